// Monitors that probe nothing: what clients find of a service takes it down, and time brings it back.
import { until } from '@weirlb/link/testing'
import { expect, test } from 'vitest'
import { boardOf } from './monitor-bench.ts'

const passive = { type: 'passive', failures: 3, windowSeconds: 3600, downSeconds: 0.1 } as const

test('enough failures take the service down, time brings it back, and on trial one is enough', async () => {
  const { board, detail, changes } = boardOf({ monitors: [passive] }, 1)
  expect(detail()).toMatchObject({ health: 'up', monitors: [{ type: 'passive', health: 'up' }] })
  board.onServiceFailed('s', 'dial-failed', 'connection refused')
  board.onServiceFailed('s', 'closed', 'the server closed')
  expect(detail().health).toBe('up')
  board.onServiceFailed('s', 'refused', 'CONNACK code 3')
  expect(changes).toEqual([[
    false,
    '127.0.0.1:1: 3 failures within 3600 s of clients, the last refused: CONNACK code 3',
    expect.any(Number)
  ]])
  // What still arrives changes nothing.
  for (let i = 0; i < 10; i++) board.onServiceFailed('s', 'refused', 'CONNACK code 3')
  expect(changes).toHaveLength(1)
  await until(() => changes.length === 2)
  expect([detail().health, changes[1]]).toEqual(['up', [true, 'it was down for 0.1 s, and is tried again', expect.any(Number)]])
  board.onServiceFailed('s', 'unanswered', 'nothing within 1 s')
  expect(changes[2]).toEqual([
    false,
    '127.0.0.1:1: a client failed again, unanswered: nothing within 1 s',
    expect.any(Number)
  ])
})

test('failures that are not counted do not matter, nor those of another service', () => {
  const { board, detail } = boardOf({ monitors: [{ ...passive, counts: ['refused'], failures: 1 }] }, 1)
  for (let i = 0; i < 10; i++) board.onServiceFailed('s', 'dial-failed', 'refused')
  board.onServiceFailed('other', 'refused', 'CONNACK code 3')
  expect(detail().health).toBe('up')
  board.onServiceFailed('s', 'refused', 'CONNACK code 3')
  expect(detail().reason).toBe('1 failure of clients, refused: CONNACK code 3')
})

test('failures beyond the window are forgotten', async () => {
  const { board, detail } = boardOf({ monitors: [{ ...passive, failures: 2, windowSeconds: 0.05 }] }, 1)
  for (let i = 0; i < 4; i++) {
    board.onServiceFailed('s', 'dial-failed', 'refused')
    const until = performance.now() + 60
    while (performance.now() < until) await new Promise(resolve => setImmediate(resolve))
  }
  expect(detail().health).toBe('up')
})

test('it counts with its weight beside monitors that probe', () => {
  const { board, detail } = boardOf({
    monitors: [passive, { type: 'tcp', intervalSeconds: 3600, weight: 2 }],
    monitorThreshold: 2
  }, 1)
  for (let i = 0; i < 3; i++) board.onServiceFailed('s', 'dial-failed', 'refused')
  expect(detail().monitors[0]!.health).toBe('down')
  expect(detail().health).not.toBe('down')
})
