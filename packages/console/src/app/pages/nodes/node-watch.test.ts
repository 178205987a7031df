import { expect, test } from 'vitest'
import { NodeWatch, type NodeCard } from './node-watch.ts'

const card = (name: string, more: Partial<NodeCard> = {}): NodeCard => ({
  name,
  version: '1',
  revision: 4,
  clients: 7,
  uptimeSeconds: 60,
  lastSeenSeconds: 1,
  probes: 0,
  defending: [],
  self: name === 'a',
  ...more
})
const shortOf = (rows: ReturnType<NodeWatch['see']>): string =>
  rows.map(({ name, state }) => `${name} ${state}`).join(', ')

test('a node that has not yet reported the newest revision is behind after ten seconds only', () => {
  const watch = new NodeWatch(true)
  expect(shortOf(watch.see([card('b', { revision: 3 }), card('a')], 0))).toBe('a up, b catching up')
  expect(shortOf(watch.see([card('a'), card('b', { revision: 3 })], 9999))).toBe('a up, b catching up')
  const late = watch.see([card('a'), card('b', { revision: 3 })], 10_000)
  expect(shortOf(late)).toBe('a up, b behind')
  expect(late[1]!.reason).toBe('It runs revision 3; the newest is 4.')
  expect(shortOf(watch.see([card('a'), card('b')], 10_001))).toBe('a up, b up')
  // Another time, it has its ten seconds again.
  expect(shortOf(watch.see([card('a', { revision: 5 }), card('b')], 20_002))).toBe('a up, b catching up')
})

test('revisions of nodes that have their own configurations do not compare', () => {
  const watch = new NodeWatch(false)
  watch.see([card('a'), card('b', { revision: 3 })], 0)
  expect(shortOf(watch.see([card('a'), card('b', { revision: 3 })], 60_000))).toBe('a up, b up')
})

test('a node that refuses, is silent, or is gone is told, and one that comes back is up', () => {
  const watch = new NodeWatch(true)
  watch.see([card('a'), card('b'), card('c')], 0)
  const rows = watch.see(
    [card('a'), card('b', { revision: 3, refused: { revision: 4, reason: 'port 7 is taken' } })],
    3000
  )
  expect(shortOf(rows)).toBe('a up, b refuses, c gone')
  expect(rows[1]!.reason).toBe('It cannot run revision 4, and keeps 3: port 7 is taken')
  expect(rows[2]).toMatchObject({ clients: 0, lastSeenSeconds: 4 })
  expect(shortOf(watch.see([card('a'), card('b', { lastSeenSeconds: 6 }), card('c')], 4000))).toBe(
    'a up, b silent, c up'
  )
})

test('of nodes that are gone, the last twenty are shown', () => {
  const watch = new NodeWatch(true)
  for (let i = 0; i < 30; i++) watch.see([card('a'), card(`n${i}`)], i)
  const gone = watch.see([card('a')], 31).filter(({ state }) => state === 'gone')
  expect(gone).toHaveLength(20)
  expect(gone.map(({ name }) => name)).toContain('n29')
})
