import { expect, test } from 'vitest'
import { ClaimsLog, type Stay, type Window } from './claims-log.ts'
import { Windows } from './windows.ts'

const stay = (service: string, node: string, from: number, asked = from): Stay => ({ service, node, from, asked })
const windows = (...all: Window[]) => () => all

test('a key at two servers at one time is found, outside of the windows', () => {
  const log = new ClaimsLog()
  log.connected('k', '1', 'n1', 'a', 0)
  log.connected('other', '2', 'n1', 'b', 0)
  log.connected('k', '3', 'n2', 'b', 100)
  log.connected('k', '4', 'n2', 'b', 150)
  log.closed('k', '1', 200)
  expect(log.check(windows(), 0, 1000).found).toEqual([
    { key: 'k', stays: [stay('a', 'n1', 0), stay('b', 'n2', 100)], from: 100, to: 200 },
    { key: 'k', stays: [stay('a', 'n1', 0), stay('b', 'n2', 150)], from: 150, to: 200 }
  ])
  expect(log.check(windows({ from: 90, to: 140 }, { from: 120, to: 160 }), 39, 1000).found).toHaveLength(2)
  expect(log.check(windows({ from: 120, to: 160 }, { from: 90, to: 140 }), 40, 1000).found).toEqual([])
  expect(log.check(windows({ from: 0, to: 150 }), 50, 1000)).toMatchObject({ found: [], short: [{}, {}], excused: [] })
  expect(log.check(windows({ from: 0, to: 200 }), 50, 1000)).toMatchObject({ found: [], short: [], excused: [{}, {}] })
})

test('what is still open at the end counts, and one server with many connections does not', () => {
  const log = new ClaimsLog()
  log.connected('k', '1', 'n1', 'a', 0)
  log.connected('k', '2', 'n2', 'a', 10)
  log.connected('l', '3', 'n1', 'a', 0)
  log.connected('l', '4', 'n2', 'b', 10)
  expect(log.check(windows(), 0, 50).found).toEqual([
    { key: 'l', stays: [stay('a', 'n1', 0), stay('b', 'n2', 10)], from: 10, to: 50 }
  ])
})

test('a window is that of the connections that the guide names, and of no others', () => {
  const run = new Windows({ lateMs: 5, closingMs: 10, forgottenMs: 1000, behindMs: 50 })
  const why = (one: Stay, two: Stay): string[] =>
    run.permits({ key: 'k', stays: [one, two], from: 0, to: 0 }).map(({ why, from, to }) => `${why} ${from} ${to}`)
  const at = (node: string, from: number, asked = from): Stay => stay('any', node, from, asked)
  run.left('n2', 100)
  run.left('n2', 150)
  run.returned('n2', 200)
  run.returned('n3', 200)
  expect(why(at('n1', 50), at('n2', 150))).toEqual(['away 95 210'])
  expect(why(at('n1', 50), at('n2', 300, 199))).toEqual(['away 95 210'])
  // Its node was away, but not when it led these.
  expect(why(at('n1', 50), at('n2', 300, 201))).toEqual([])
  expect(why(at('n2', 50), at('n1', 150))).toEqual([])
  expect(why(at('n1', 50), at('n3', 150))).toEqual([])

  run.left('n2', 2000)
  expect(why(at('n2', 50), at('n1', 2994))).toEqual([])
  run.returned('n2', 3500)
  expect(why(at('n2', 50), at('n1', 3100))).toEqual(['lease 3100 3510'])

  // One node has offered what it held long before the other one has.
  run.lost('store-empty', 4990, 5000)
  for (const node of ['n1', 'n2']) run.left(node, 5100)
  run.returned('n1', 5200)
  expect(why(at('n2', 4000), at('n1', 5300))).toEqual(['store-empty 4990 Infinity'])
  expect(why(at('n1', 4000), at('n1', 5300))).toEqual([])
  run.returned('n2', 5400)
  expect(why(at('n2', 4000), at('n1', 5300))).toEqual(['store-empty 4990 5410'])
  expect(why(at('n2', 4000), at('n1', 5401))).toEqual([])

  run.lost('store-behind', 7000, 7000)
  run.left('n2', 7100)
  run.returned('n2', 7200)
  expect(why(at('n2', 6960), at('n1', 7150))).toEqual(['store-behind 7000 7210'])
  expect(why(at('n2', 6940), at('n1', 7150))).toEqual([])
  expect(run.awayMs(8000)).toBe(100 + 1500 + 100 + 300 + 100)
})
