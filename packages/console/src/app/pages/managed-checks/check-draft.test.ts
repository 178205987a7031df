import type { ManagedCheck } from '@weirlb/admin/client'
import { expect, test } from 'vitest'
import { choose, chooseMode, chosenMode, countOf, noDraft, patchOf } from './check-draft.ts'

const check = { mode: 'default', sensitivity: 'low', rules: { M008: 'block' } } as unknown as ManagedCheck

test('a draft has what differs, and what is chosen back is no change', () => {
  const changed = chooseMode(check, choose(check, noDraft, 'sensitivity', 'high'), 'M001', 'off')
  expect([
    countOf(changed),
    chosenMode(check, changed, 'M001'),
    chosenMode(check, changed, 'M008'),
    chosenMode(check, changed, 'M002')
  ]).toEqual([2, 'off', 'block', 'default'])
  expect(chooseMode(check, choose(check, changed, 'sensitivity', 'low'), 'M001', 'default')).toEqual(noDraft)
})

test('the patch takes a check out of those that are named when it is as its group', () => {
  expect(patchOf(chooseMode(check, chooseMode(check, noDraft, 'M008', 'default'), 'M001', 'simulate'))).toEqual({
    rules: { M008: null, M001: 'simulate' }
  })
  expect(patchOf(choose(check, noDraft, 'mode', 'simulate'))).toEqual({ mode: 'simulate' })
})
