import { parseConfig, type LbVserver } from '@weirlb/model'
import { expect, test } from 'vitest'
import { SessionBook } from './session-book.ts'

const lb = (services: string[], persistence: object = { type: 'user-session', timeoutSeconds: 60 }): LbVserver[] =>
  parseConfig({ lbVservers: [{ name: 'lb', persistence, services: services.map(name => ({ name })) }] }).lbVservers
const claim = (book: SessionBook, key: string, proposal: string, holder = 1) => book.claim({ lbVserver: 'lb', key, proposal, unavailable: [] }, holder)

test('what a dead worker held lives on for the configured time, even if nothing was ever let go before', () => {
  const book = new SessionBook()
  book.configure(lb(['a']))
  claim(book, 'k', 'a')
  book.releaseAll(1)
  const [entry] = book.list({})
  expect(entry).toMatchObject({ key: 'k', connections: 0 })
  expect(entry!.expiresInMs).toBeGreaterThan(55_000)
})

test('an entry whose service is no longer bound is dropped', () => {
  const book = new SessionBook()
  book.configure(lb(['a', 'b']))
  claim(book, 'k', 'a')
  claim(book, 'l', 'b')
  book.configure(lb(['b']))
  expect(book.list({}).map(e => e.key)).toEqual(['l'])
})

test('entries of an LB vserver that is gone, or pins no more, are dropped', () => {
  const book = new SessionBook()
  for (const next of [[], lb(['a'], { type: 'none' })]) {
    book.configure(lb(['a']))
    claim(book, 'k', 'a')
    book.configure(next)
    expect(book.list({})).toEqual([])
  }
})

test('entries are found by their text', () => {
  const book = new SessionBook()
  book.configure(lb(['a']))
  for (const key of ['plain', '\xff', 'x'.repeat(100)]) claim(book, key, 'a')
  expect(book.list({ key: 'hex:ff' }).map(e => e.key)).toEqual(['\xff'])
  expect(book.delete({ key: 'plain' })).toBe(1)
  expect(book.list({ limit: 1 })).toHaveLength(1)
  expect(book.delete({ lbVserver: 'other' })).toBe(0)
})

test('what is saved comes back, held entries with their whole time', () => {
  const book = new SessionBook()
  book.configure(lb(['a']))
  claim(book, 'held', 'a')
  claim(book, 'free', 'a')
  book.release('lb', 'free', 5000, 1)
  const saved = book.save()
  const again = new SessionBook()
  again.restore(saved)
  again.configure(lb(['a']))
  const times = Object.fromEntries(again.list({}).map(e => [e.key, e.expiresInMs!]))
  expect(times['held']).toBeGreaterThan(55_000)
  expect(times['free']).toBeLessThanOrEqual(5001)
  expect(claim(again, 'held', 'b')).toEqual({ service: 'a', hit: true })
})
