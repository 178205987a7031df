import { parseConfig, type Config } from '@weirlb/model'
import { describe, expect, test } from 'vitest'
import type { Histories } from '../storage/extension-history.ts'
import { maxPrevious, nextHistories, type Turn } from './extension-history.ts'

const config = (source: string, canary?: string): Config =>
  parseConfig({
    extensions: [{ name: 'x', source, ...(canary === undefined ? {} : { canary: { source: canary, percent: 10 } }) }]
  })

/** Changes one after the other; answers the last history, as text. */
const after = (...changes: readonly (readonly [string, (string | undefined)?, Turn?])[]): string => {
  let histories: Histories = {}
  let present = parseConfig({})
  for (const [n, [source, canary, turn]] of changes.entries()) {
    const next = config(source, canary)
    histories = nextHistories(histories, present, next, `t${n}`, turn)
    present = next
  }
  const { current, canary, previous, lastCanary, versions } = histories['x']!
  return [
    `${current}${canary === undefined ? '' : `+${canary}`}`,
    previous.map(p => `${p.version}${p.source}`).join(),
    lastCanary === undefined ? '' : `${lastCanary.version} ${lastCanary.outcome}`,
    versions.map(v => v.version).join()
  ].join(' | ')
}
const back: Turn = { extension: 'x', rollback: true }

describe('the versions of an extension', () => {
  test.each([
    ['one', [['A']], '1 |  |  | 1'],
    ['the same code again', [['A'], ['A']], '1 |  |  | 1'],
    ['other code', [['A'], ['B']], '2 | 1A |  | 2,1'],
    ['old code, written again', [['A'], ['B'], ['A']], '3 | 2B,1A |  | 3,2,1'],
    ['a rollback', [['A'], ['B'], ['A', undefined, back]], '1 |  |  | 2,1'],
    ['a rollback, and another version', [['A'], ['B'], ['A', undefined, back], ['C']], '3 | 1A |  | 3,2,1'],
    ['two rollbacks', [['A'], ['B'], ['C'], ['B', undefined, back], ['A', undefined, back]], '1 |  |  | 3,2,1'],
    ['a canary', [['A'], ['A', 'B']], '1+2 |  |  | 2,1'],
    ['a canary from the first', [['A', 'B']], '1+2 |  |  | 2,1'],
    ['a canary that is promoted', [['A'], ['A', 'B'], ['B']], '2 | 1A | 2 promoted | 2,1'],
    ['and rolled back', [['A'], ['A', 'B'], ['B'], ['A', undefined, back]], '1 |  |  | 2,1'],
    ['a canary that is ended', [['A'], ['A', 'B'], ['A']], '1 |  | 2 ended | 2,1'],
    ['a canary that is reverted', [['A'], ['A', 'B'], ['A', undefined, { extension: 'x', revert: 'why' }]], '1 |  | 2 reverted | 2,1'],
    ['a canary after one that was reverted', [['A'], ['A', 'B'], ['A', undefined, { extension: 'x', revert: 'why' }], ['A', 'B']], '1+3 |  |  | 3,2,1'],
    ['another canary in its place', [['A'], ['A', 'B'], ['A', 'C']], '1+3 |  |  | 3,2,1'],
    ['a canary that is promoted with another behind it', [['A'], ['A', 'B'], ['B', 'C']], '2+3 | 1A |  | 3,2,1'],
    ['other code in place of both', [['A'], ['A', 'B'], ['C']], '3 | 1A | 2 ended | 3,2,1'],
    ['somebody else\'s turn', [['A'], ['B'], ['A', undefined, { extension: 'y', rollback: true }]], '3 | 2B,1A |  | 3,2,1']
  ] as const)('%s', (_, changes, expected) => {
    expect(after(...changes)).toBe(expected)
  })

  test('a rollback goes back a bounded number of versions', () => {
    const changes = Array.from({ length: 40 }, (_, n) => [`v${n}`] as const)
    const [current, previous, , versions] = after(...changes).split(' | ')
    expect([current, previous!.split(',').length, versions!.split(',').length]).toEqual(['40', maxPrevious, 20])
  })

  test('an extension that is deleted has no history when its name comes again', () => {
    const first = nextHistories({}, parseConfig({}), config('A'), 't0')
    const second = nextHistories(first, config('A'), config('B'), 't1')
    const gone = nextHistories(second, config('B'), parseConfig({}), 't2')
    expect(gone).toEqual({})
    expect(nextHistories(gone, parseConfig({}), config('B'), 't3')['x']).toMatchObject({ current: 1, previous: [] })
  })
})
