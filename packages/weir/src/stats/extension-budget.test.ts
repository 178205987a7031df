import type { ExtensionStats, VersionStats } from '@weirlb/engine'
import { parseEntity } from '@weirlb/model'
import { expect, test } from 'vitest'
import { budgetOf, versionStatus } from './extension-budget.ts'

const counts = (up: number, down: number): VersionStats => ({ up, down, connections: 0, accepted: 0, errors: 0 })

/** What was used, each number another; what a budget is not made of is not there. */
const used = (more: Partial<ExtensionStats> = {}): ExtensionStats =>
  ({
    batchMsPeak: 1.5,
    heapBytesPeak: 2,
    originatedBytesPeak: 3,
    heldBytesPeak: 4,
    heldBytes: 5,
    strikes: 6,
    downUntil: 0,
    versions: { 7: counts(1, 0), 8: counts(0, 1) },
    ...more
  }) as ExtensionStats

const extension = parseEntity('extensions', {
  name: 'e',
  source: 'x',
  limits: { heapMb: 32, batchTimeoutMs: 50, originatedBytes: 2048, heldBytes: 8192 },
  strikes: { failures: 9, windowSeconds: 10 }
})

test('each limit stands beside what was used of it', () => {
  expect(budgetOf(extension, 7, used())).toEqual({
    batchMs: { limit: 50, peak: 1.5 },
    heapBytes: { limit: 32 * 1024 * 1024, peak: 2 },
    originatedBytes: { limit: 2048, peak: 3 },
    heldBytes: { limit: 8192, peak: 4, total: 5 },
    strikes: { limit: 9, windowSeconds: 10, now: 6 },
    status: 'up',
    downUntil: undefined
  })
})

test('the state is the present version\'s, and the time at which it is tried again is a date', () => {
  expect(budgetOf(extension, 8, used({ downUntil: Date.UTC(2026, 0, 2, 3, 4, 5) }))).toMatchObject({
    status: 'down',
    downUntil: '2026-01-02T03:04:05.000Z'
  })
  expect(budgetOf(extension, 9, used()).status).toBe('rebuilding')
})

test.each([
  ['up', counts(1, 1)],
  ['down', counts(0, 1)],
  ['rebuilding', counts(0, 0)],
  ['rebuilding', undefined]
] as const)('a version is %s: %j', (state, of) => { expect(versionStatus(of)).toBe(state) })
