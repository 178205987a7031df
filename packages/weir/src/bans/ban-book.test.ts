import { expect, test } from 'vitest'
import { Events } from '../events.ts'
import { makeLog } from '../log.ts'
import type { SavedBan } from '../storage/ban-archive.ts'
import { FakeDataPlane } from '../test/fake-data-plane.ts'
import { BanBook } from './ban-book.ts'

const log = makeLog('silent', {})

const bookWith = (
  saved: readonly SavedBan[] | undefined = undefined
): { book: BanBook, plane: FakeDataPlane, kept: () => readonly SavedBan[] | undefined, events: object[] } => {
  const plane = new FakeDataPlane()
  const bus = new Events(log)
  const events: object[] = []
  bus.on('address-banned', ({ address, by, seconds }) => { events.push({ address, by, seconds }) })
  let kept = saved
  const archive = { load: async () => kept, save: async (bans: readonly SavedBan[]) => { kept = bans } }
  return { book: new BanBook({ plane, events: bus, log, archive }), plane, kept: () => kept, events }
}

test('a ban of a worker reaches all, once, and is kept over a restart', async () => {
  const { book, plane, events, kept } = bookWith()
  book.onBan({ address: '192.0.2.1', forMs: 60_000 }, 'logins')
  // Another worker has reached the limit at the same time.
  book.onBan({ address: '192.0.2.1', forMs: 59_000 }, 'logins')
  expect(plane.told).toEqual(['ban 192.0.2.1 for 60000'])
  expect(events).toEqual([{ address: '192.0.2.1', by: 'logins', seconds: 60 }])
  expect(book.list()).toMatchObject([{ address: '192.0.2.1', by: 'logins', remainingSeconds: 60 }])
  await book.stop()
  const next = bookWith(kept())
  await next.book.restore()
  expect(next.book.list()).toMatchObject([{ address: '192.0.2.1', by: 'logins' }])
  expect(next.plane.told).toHaveLength(1)
})

test('operators ban, shorten, and lift', () => {
  const { book, plane } = bookWith()
  expect(book.set({ address: '2001:db8::1', seconds: 3600, comment: 'noisy' })).toMatchObject({
    address: '2001:db8:0:0::/64',
    by: undefined,
    comment: 'noisy',
    remainingSeconds: 3600
  })
  expect(book.set({ address: '2001:db8::2', seconds: 60 })).toMatchObject({ remainingSeconds: 60 })
  expect(plane.told).toEqual([
    'ban 2001:db8:0:0::/64 for 3600000',
    'unban 2001:db8:0:0::/64',
    'ban 2001:db8:0:0::/64 for 60000'
  ])
  expect([book.delete('2001:db8::3'), book.delete('2001:db8::3'), book.get('2001:db8::3')]).toEqual([
    true,
    false,
    undefined
  ])
  book.set({ address: '192.0.2.1', seconds: 1 })
  expect([book.deleteAll(), book.list()]).toEqual([1, []])
  for (const address of ['nonsense', '192.0.2.0/24', ''])
    expect(() => book.set({ address, seconds: 1 })).toThrow(expect.objectContaining({ code: 'ban-invalid' }))
})

test('of other nodes the longest ban holds, until an operator sets another end', () => {
  const hour = 3_600_000
  const address = '192.0.2.1'
  const { book, plane } = bookWith()
  const left = (): number | undefined => book.get(address)?.remainingSeconds
  expect(book.take({ address, by: 'logins', forMs: 2 * hour }, hour)).toBe(true)
  // Of a limit, as long as before, and older than what is here.
  for (const [by, forMs, ageMs] of [['logins', 60_000, 0], ['logins', 2 * hour, hour + 100], [undefined, 60_000, hour + 5000]] as const)
    book.take({ address, by, forMs }, ageMs)
  expect(plane.told).toEqual([`ban ${address} for ${hour}`])
  expect(book.take({ address, by: 'logins', forMs: 60_000 })).toBe(false)
  expect(book.take({ address, forMs: 600_000 }, 60_000)).toBe(true)
  expect(left()).toBeLessThanOrEqual(540)
  expect(plane.told.slice(1)).toEqual([`unban ${address}`, `ban ${address} for 540000`])
  // One that has ended since.
  expect(book.take({ address, forMs: 1000 }, 30_000)).toBe(true)
  expect([left(), plane.told.at(-1)]).toEqual([undefined, `unban ${address}`])
  book.take({ address, forMs: hour, ageMs: 60_000 }, 60_000)
  expect(book.shared(9)).toMatchObject([{ address, forMs: hour }])
  expect(Math.round(book.shared(9)[0]!.ageMs! / 10_000)).toBe(12)
})

test('a clock that jumped between two starts prolongs no ban, and what is no address is left out', async () => {
  const now = Date.now()
  const hour = 3_600_000
  const { book } = bookWith([
    // The clock was a year ahead when it was saved.
    { address: '192.0.2.1', since: now, endsAt: now + 365 * 24 * hour, forMs: 60_000 },
    { address: '192.0.2.2', since: now - hour, endsAt: now - 1, forMs: hour },
    { address: 'nonsense', since: now, endsAt: now + hour, forMs: hour }
  ])
  await book.restore()
  expect(book.list().map(({ address, remainingSeconds }) => [address, remainingSeconds])).toEqual([['192.0.2.1', 60]])
})
