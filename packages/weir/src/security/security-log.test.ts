import { expect, test } from 'vitest'
import type { SecurityEvent } from './security-event.ts'
import { SecurityLog, type SecurityFollower } from './security-log.ts'

const quiet = { debug () {}, info () {}, warn () {}, error () {} }
const eventOf = (n: number, more: Partial<SecurityEvent> = {}): SecurityEvent => ({
  id: `r-1-${n}`,
  time: 1000 + n,
  kind: 'rule',
  name: 'one',
  action: 'block',
  simulated: false,
  phase: 'message',
  userVserver: 'v',
  address: `10.0.0.${n % 256}`,
  port: 5,
  connection: '1-1',
  clientId: `c${n}`,
  topic: 'a/b',
  country: undefined,
  asn: undefined,
  fields: {},
  detail: undefined,
  weight: 1,
  worker: 1,
  ...more
})
const made = (count: number, more: (n: number) => Partial<SecurityEvent> = () => ({})): SecurityEvent[] =>
  Array.from({ length: count }, (_, n) => eventOf(n, more(n)))

/** A follower that keeps what it gets. */
const keeping = () => {
  const got: string[] = []
  const follower: SecurityFollower = {
    send: ({ id }, position) => {
      got.push(`${id} at ${position.split('.')[1]}`)
    },
    mark: position => {
      got.push(`mark ${position.split('.')[1]}`)
    },
    lost: count => {
      got.push(`lost ${count}`)
    }
  }
  return { got, follower }
}

test('pages lead from the newest to the oldest, by every filter', () => {
  const log = new SecurityLog(quiet)
  log.add(
    made(10, n => ({ kind: n % 2 === 0 ? 'rule' : 'flood', simulated: n === 3, asn: n === 4 ? 64496 : undefined })),
    2
  )
  const first = log.list({ limit: 4 })
  expect(first.items.map(({ time }) => time)).toEqual([1009, 1008, 1007, 1006])
  expect(first).toMatchObject({ oldest: 1000, lost: 2 })
  // What comes meanwhile moves no page.
  log.add([eventOf(50)], 0)
  const second = log.list({ limit: 4, before: first.next })
  expect(second.items.map(({ time }) => time)).toEqual([1005, 1004, 1003, 1002])
  const third = log.list({ limit: 4, before: second.next })
  expect(third.items.map(({ time }) => time)).toEqual([1001, 1000])
  expect(third.next).toBeUndefined()
  const times = (filter: object): number[] => log.list({ limit: 100, ...filter }).items.map(({ time }) => time - 1000)
  expect(times({ kind: 'flood' })).toEqual([9, 7, 5, 3, 1])
  expect(times({ simulated: true })).toEqual([3])
  expect(times({ simulated: false, kind: 'flood' })).toEqual([9, 7, 5, 1])
  expect(times({ address: '10.0.0.2/31' })).toEqual([3, 2])
  expect(times({ address: '10.0.0.7' })).toEqual([7])
  expect(times({ clientId: 'c8' })).toEqual([8])
  expect(times({ asn: 64496 })).toEqual([4])
  expect(times({ id: 'r-1-6' })).toEqual([6])
  expect(times({ sinceMs: 1003, untilMs: 1005 })).toEqual([4, 3])
  expect(times({ name: 'one', action: 'block', phase: 'message', userVserver: 'v', topic: 'a/b' }).length).toBe(11)
  expect(times({ country: 'DE' })).toEqual([])
})

test.for([
  ['an address that is none', { address: '10.0.0' }, "query parameter 'address': expected an IP address, or a network such as 10.0.0.0/8; got \"10.0.0\""],
  ['a position of another run', { before: 'abc.5' }, "query parameter 'before': expected 'next' of a page of this run of the server; got \"abc.5\""],
  ['a position that is none', { before: 'x' }, "query parameter 'before': expected 'next' of a page of this run of the server; got \"x\""]
] as const)('%s is refused', ([, query, message]) => {
  expect(() => new SecurityLog(quiet).list({ limit: 5, ...query })).toThrow(expect.objectContaining({ code: 'query-invalid', message }))
})

test('events and their size are bounded', () => {
  const log = new SecurityLog(quiet)
  log.add(made(25_000), 0)
  expect(log.list({ limit: 100_000 }).items.length).toBe(20_000)
  log.add(made(20_000, () => ({ fields: { big: 'x'.repeat(2000) } })), 0)
  const { items, oldest } = log.list({ limit: 100_000 })
  expect(items.length).toBeLessThan(7000)
  expect(oldest).toBe(items.at(-1)!.time)
})

test('a follower gets what it has missed, and what comes', () => {
  const log = new SecurityLog(quiet)
  log.add(made(3), 0)
  const now = keeping()
  const end = log.follow({ clientId: 'c1' }, undefined, now.follower)
  log.add([eventOf(1), eventOf(2)], 4)
  expect(now.got).toEqual(['mark 3', 'r-1-1 at 4', 'lost 4'])
  end()
  log.add([eventOf(1)], 0)
  expect(now.got.length).toBe(3)
  const { next } = log.list({ limit: 1 })
  const run = next!.split('.')[0]!
  const back = keeping()
  log.follow({}, `${run}.4`, back.follower)
  expect(back.got).toEqual(['r-1-2 at 5', 'r-1-1 at 6', 'mark 6'])
  const stranger = keeping()
  log.follow({}, 'other.99', stranger.follower)
  expect(stranger.got.length).toBe(7)
  log.add(made(25_000), 0)
  const late = keeping()
  log.follow({}, `${run}.4`, late.follower)
  expect(late.got[0]).toBe('lost 5002')
})

test('a follower that throws harms nothing, and there are at most a hundred', () => {
  const log = new SecurityLog(quiet)
  log.follow({}, undefined, { send () { throw new Error('mine') }, mark () {}, lost () {} })
  const other = keeping()
  log.follow({}, undefined, other.follower)
  log.add(made(1), 0)
  expect(other.got).toEqual(['mark 0', 'r-1-0 at 1'])
  for (let n = 2; n < 100; n++) log.follow({}, undefined, keeping().follower)
  expect(() => log.follow({}, undefined, keeping().follower)).toThrow(
    expect.objectContaining({ code: 'worker-unavailable' })
  )
})
