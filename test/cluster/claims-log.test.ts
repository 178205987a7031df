import { expect, test } from 'vitest'
import { ClaimsLog } from './claims-log.ts'

test('a key at two servers at one time is found, outside of the windows', () => {
  const log = new ClaimsLog()
  log.connected('k', '1', 'n1', 'a', 0)
  log.connected('other', '2', 'n1', 'b', 0)
  log.connected('k', '3', 'n2', 'b', 100)
  log.connected('k', '4', 'n2', 'b', 150)
  log.closed('k', '1', 200)
  expect(log.check([], 0, 1000)).toEqual([
    { key: 'k', services: ['a', 'b'], nodes: ['n1', 'n2'], from: 100, to: 200 },
    { key: 'k', services: ['a', 'b'], nodes: ['n1', 'n2'], from: 150, to: 200 }
  ])
  expect(log.check([{ from: 90, to: 140 }, { from: 120, to: 160 }], 39, 1000)).toHaveLength(2)
  expect(log.check([{ from: 120, to: 160 }, { from: 90, to: 140 }], 40, 1000)).toEqual([])
  expect(log.check([{ from: 0, to: 150 }], 50, 1000)).toEqual([])
})

test('what is still open at the end counts, and one server with many connections does not', () => {
  const log = new ClaimsLog()
  log.connected('k', '1', 'n1', 'a', 0)
  log.connected('k', '2', 'n2', 'a', 10)
  log.connected('l', '3', 'n1', 'a', 0)
  log.connected('l', '4', 'n2', 'b', 10)
  expect(log.check([], 0, 50)).toEqual([{ key: 'l', services: ['a', 'b'], nodes: ['n1', 'n2'], from: 10, to: 50 }])
})
