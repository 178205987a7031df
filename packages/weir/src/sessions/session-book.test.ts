import { pinningOf, type Pinning } from '@weirlb/engine'
import { parseConfig } from '@weirlb/model'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { SessionBook } from './session-book.ts'

const lb = (
  services: string[],
  persistence: object = { type: 'user-session', timeoutSeconds: 60 }
): readonly Pinning[] =>
  pinningOf(parseConfig({ lbVservers: [{ name: 'lb', persistence, services: services.map(name => ({ name })) }] }))
const claim = (book: SessionBook, key: string, proposal: string, holder = 1) =>
  book.claim({ lbVserver: 'lb', key, proposal, unavailable: [] }, holder)

test('what a dead worker held lives on for the configured time, even if nothing was ever let go before', async () => {
  const book = new SessionBook()
  book.configure(lb(['a']))
  claim(book, 'k', 'a')
  book.releaseAll(1)
  const [entry] = (await book.list({}))
  expect(entry).toMatchObject({ key: 'k', connections: 0 })
  expect(entry!.expiresInMs).toBeGreaterThan(55_000)
})

test('an entry whose service is no longer bound is dropped', async () => {
  const book = new SessionBook()
  book.configure(lb(['a', 'b']))
  claim(book, 'k', 'a')
  claim(book, 'l', 'b')
  book.configure(lb(['b']))
  expect((await book.list({})).map(e => e.key)).toEqual(['l'])
})

test('entries of an LB vserver that is gone, or pins no more, are dropped', async () => {
  const book = new SessionBook()
  for (const next of [[], lb(['a'], { type: 'none' })]) {
    book.configure(lb(['a']))
    claim(book, 'k', 'a')
    book.configure(next)
    expect((await book.list({}))).toEqual([])
  }
})

test('entries are found by their text', async () => {
  const book = new SessionBook()
  book.configure(lb(['a']))
  for (const key of ['plain', '\xff', 'x'.repeat(100)]) claim(book, key, 'a')
  expect((await book.list({ key: 'hex:ff' })).map(e => e.key)).toEqual(['\xff'])
  expect(book.delete({ key: 'plain' })).toBe(1)
  expect((await book.list({ limit: 1 }))).toHaveLength(1)
  expect(book.delete({ lbVserver: 'other' })).toBe(0)
})

test('an LB vserver keeps its own limit, and the table the one of all', () => {
  const book = new SessionBook({ maxEntries: 3 })
  book.configure([
    ...lb(['a'], { type: 'user-session', maxEntries: 2 }),
    ...pinningOf(
      parseConfig({ lbVservers: [{ name: 'other', persistence: { type: 'user-session' }, services: [{ name: 'a' }] }] })
    )
  ])
  for (const key of ['k', 'l', 'm']) {
    claim(book, key, 'a')
    book.release('lb', key, 1000, 1)
  }
  expect([book.size, book.counts('lb')]).toMatchObject([2, { size: 2, evicted: 1 }])
  for (const key of ['k', 'l']) book.claim({ lbVserver: 'other', key, proposal: 'a', unavailable: [] }, 1)
  expect([book.size, book.counts('lb'), book.counts('other')]).toMatchObject([3, { size: 1, evicted: 2 }, { size: 2, evicted: 0 }])
})

test('entries that were held when their process was last alive are let go as of then, for the time that is configured', async () => {
  const book = new SessionBook()
  book.onAlive(Date.now() - 40_000)
  book.onHeld('lb', 'held', 'a')
  book.onFreed('lb', 'free', 'a', 60_000, Date.now() + 5000)
  book.restored(10_000)
  book.configure(lb(['a']))
  const times = Object.fromEntries(
    (await book.list({})).map((
      { key, connections, expiresInMs }
    ) => [key, [connections, Math.round(expiresInMs! / 1000)]])
  )
  expect(times).toEqual({ held: [0, 30], free: [0, 5] })
  expect(claim(book, 'held', 'b')).toMatchObject({ service: 'a', hit: true })
})

test('no entry comes back with more time than it had at first', async () => {
  const book = new SessionBook()
  book.onFreed('lb', 'k', 'a', 60_000, Date.now() + 1e12)
  book.restored()
  book.configure(lb(['a']))
  expect((await book.list({}))[0]!.expiresInMs).toBeLessThanOrEqual(60_000)
})

test('a table of many is tidied in turns of the event loop, by itself', async () => {
  const book = new SessionBook()
  book.configure(lb(['a']))
  const count = 5000
  for (let i = 0; i < count; i++) claim(book, `k${i}`, 'a')
  book.releaseAll(1)
  expect(book.holdsAny).toBe(true)
  await until(() => !book.holdsAny, 'all let go')
  expect(book.delete({})).toBe(count)
  book.close()
})

test('many entries are listed in many turns of the event loop, and each that stays is listed once', async () => {
  const book = new SessionBook()
  book.configure(lb(['a']))
  const count = 20_000
  for (let i = 0; i < count; i++) claim(book, `k${i}`, 'a')
  let turns = 0
  const change = (): void => {
    turns++
    // The table is used meanwhile.
    claim(book, `later ${turns}`, 'a')
    book.delete({ key: `k${count - turns}` })
    ticking = setImmediate(change)
  }
  let ticking = setImmediate(change)
  const listed = await book.list({})
  clearImmediate(ticking)
  expect(turns).toBeGreaterThanOrEqual(9)
  const keys = listed.map(({ key }) => key)
  expect(new Set(keys).size).toBe(keys.length)
  expect(keys.filter(key => key.startsWith('k')).length).toBeGreaterThanOrEqual(count - turns)
  expect(await book.list({ limit: 3000 })).toHaveLength(3000)
  expect(await book.list({ lbVserver: 'other' })).toEqual([])
  book.close()
})
