import fc from 'fast-check'
import { RESTORED, SessionTable, type SessionWalk } from '@weirlb/engine'
import { expect, test } from 'vitest'
import { SessionRecordReader, SessionRecordWriter } from '../storage/session-records.ts'

/** What there is of each key: its service, and whether it is held. */
const stateOf = (table: SessionTable): string[] =>
  table.list().map(({ lbVserver, key, service, connections }) =>
    `${lbVserver} ${key} ${service} ${connections > 0 ? 'held' : 'free'}`
  ).sort()

/** A table that is made of records, read as a start reads them. */
const restored = (parts: readonly Uint8Array[], now: () => number): SessionTable => {
  const table = new SessionTable({ now })
  const reader = new SessionRecordReader({
    onStart: entries => {
      table.reserve(entries)
    },
    onHeld: (lbVserver, key, service) => {
      table.restore(lbVserver, key, service, 0, undefined)
    },
    onFreed: (lbVserver, key, service, ttlMs, expiresAt) => {
      table.restore(lbVserver, key, service, ttlMs, expiresAt - Date.now())
    },
    onRemoved: (lbVserver, key) => {
      table.restoreRemoved(lbVserver, key)
    },
    onDropped: (lbVserver, service) => {
      table.drop(lbVserver, service)
    },
    onAlive: () => {}
  })
  for (const part of parts) reader.push(part)
  expect(reader.end().damagedBytes).toBe(0)
  table.restored()
  return table
}

test('the last snapshot and the log since it began give the table, whatever happened while it was written', () => {
  const lbVserver = fc.constantFrom('lb', 'lb2')
  const key = fc.constantFrom('u', 'v', 'w', 'x', 'y', 'z')
  const service = fc.constantFrom('a', 'b')
  const holder = fc.constantFrom(1, 2)
  const step = fc.oneof(
    fc.record({ op: fc.constant('claim' as const), lbVserver, key, service, holder, down: fc.boolean() }),
    fc.record({ op: fc.constant('pin' as const), lbVserver, key, service, holder }),
    fc.record({ op: fc.constant('release' as const), lbVserver, key, holder, ttlMs: fc.constantFrom(0, 1e6, 2e6) }),
    fc.record({ op: fc.constant('die' as const), holder }),
    fc.record({ op: fc.constant('delete' as const), lbVserver, key }),
    fc.record({ op: fc.constant('drop' as const), lbVserver, service }),
    fc.record({ op: fc.constant('tidy' as const), steps: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ op: fc.constant('begin' as const) }),
    fc.record({ op: fc.constant('walk' as const), steps: fc.integer({ min: 1, max: 5 }) }))
  fc.assert(fc.property(fc.array(step, { maxLength: 80 }), fc.integer({ min: 3, max: 8 }), (steps, maxEntries) => {
    const now = (): number => 1e9
    const table = new SessionTable({ now, maxEntries })
    const log = new SessionRecordWriter()
    table.journal = log
    log.start()
    /** Whole snapshots and the logs that began with them, as files. */
    let files: Uint8Array[] = []
    let snapshot = new SessionRecordWriter()
    let walk: SessionWalk | undefined
    let before: Uint8Array[] = []
    for (const each of steps) {
      switch (each.op) {
        case 'claim': table.claim({ lbVserver: each.lbVserver, key: each.key, proposal: each.service, unavailable: each.down ? [each.service === 'a' ? 'b' : 'a'] : [] }, each.holder); break
        case 'pin': table.pin(each.lbVserver, each.key, each.service, each.holder); break
        case 'release': table.release(each.lbVserver, each.key, each.ttlMs, each.holder); break
        case 'die': table.releaseAll(each.holder, () => 1e6); break
        case 'delete': table.delete(each); break
        case 'drop': table.drop(each.lbVserver, each.service); break
        case 'tidy': table.tidy(each.steps); break
        case 'begin':
          walk?.end()
          before = files = [...files, log.take()]
          log.start()
          snapshot = new SessionRecordWriter()
          snapshot.start(table.size)
          walk = table.walk()
          break
        case 'walk':
          if (walk === undefined || walk.next(each.steps, snapshot.onEntry)) break
          // It is whole: what was before it began goes.
          files = [snapshot.take(), ...files.slice(before.length)]
          walk = undefined
      }
    }
    while (table.tidy()) { /* to the end */ }
    const again = restored([...files, log.take()], now)
    expect(stateOf(again)).toEqual(stateOf(table))
    again.releaseAll(RESTORED)
    expect(again.list().every(({ connections }) => connections === 0)).toBe(true)
  }), { numRuns: 500 })
})
