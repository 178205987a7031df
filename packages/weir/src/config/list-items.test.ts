import { parseEntity, runAtOnce, type List, type WeirError } from '@weirlb/model'
import { expect, test } from 'vitest'
import { changingList, parseListChange } from './list-items.ts'

const addresses = (length: number, first = 0): string[] =>
  Array.from({ length }, (_, i) => `10.${(i + first) >> 16}.${(i + first) >> 8 & 255}.${(i + first) & 255}`)
/** The result is as valid as one that is sent whole. */
const change = (list: List, sent: object): List => {
  const changed = runAtOnce(changingList(list, parseListChange(sent)))
  expect(changed).toEqual(parseEntity('lists', changed))
  return changed
}

test('a list grows to 100,000 items in batches, and no further', () => {
  let list = parseEntity('lists', { name: 'l', type: 'ip' })
  for (let n = 0; n < 5; n++) list = change(list, { add: addresses(20_000, n * 20_000) })
  expect(list.items).toHaveLength(100_000)
  const refusal = expect.objectContaining(
    {
      code: 'config-invalid',
      issues: [{ path: 'add', message: expect.stringContaining('would have 100001 items; at most 100000') as string }]
    } satisfies Partial<WeirError>
  ) as Error
  expect(() => change(list, { add: ['192.0.2.1'] })).toThrow(refusal)
  const moved = change(list, { add: ['192.0.2.1', '10.0.0.1'], remove: ['10.0.0.0'] })
  expect([moved.items.length, moved.items.at(-1), moved.items[0]]).toEqual([100_000, '192.0.2.1', '10.0.0.1'])
  expect(() => parseListChange({ add: addresses(20_001) })).toThrow(
    expect.objectContaining({
      issues: [{ path: 'add', message: expect.stringContaining('at most 20000') as string }]
    }) as Error
  )
})

test('a change takes steps, in which only what comes in is checked', () => {
  const list = parseEntity('lists', { name: 'l', type: 'ip', items: addresses(100_000) })
  const steps = changingList(list, parseListChange({ remove: ['10.0.0.1'] }))
  let count = 0
  while (steps.next().done !== true) count++
  expect(count).toBeGreaterThanOrEqual(200)
})

test('names that objects have are items like others', () => {
  const list = parseEntity('lists', { name: 'l', type: 'string', items: ['constructor', 'toString'] })
  const changed = change(list, {
    add: ['hasOwnProperty', 'constructor'],
    remove: ['toString'],
    expiresAt: '2099-01-01T00:00:00Z'
  })
  expect(changed.items).toEqual(['constructor', 'hasOwnProperty'])
  expect(Object.keys(changed.expires)).toEqual(['constructor', 'hasOwnProperty'])
  expect(change(changed, { add: ['constructor'] }).expires).toEqual({ hasOwnProperty: '2099-01-01T00:00:00Z' })
})
