import { expect, test } from 'vitest'
import { HandshakeGate } from './handshake-limits.ts'

test('so many run at one time', () => {
  const gate = new HandshakeGate()
  const limits = { maxHandshakes: 2, handshakesPerSecond: 0 }
  expect([gate.enter(limits), gate.enter(limits), gate.enter(limits)]).toEqual([
    undefined,
    undefined,
    'maxHandshakes is 2'
  ])
  gate.leave()
  expect([gate.enter(limits), gate.enter(limits)]).toEqual([undefined, 'maxHandshakes is 2'])
  // Other limits, with those that run counted.
  expect([gate.enter({ ...limits, maxHandshakes: 3 }), gate.enter({ ...limits, maxHandshakes: 3 })]).toEqual([
    undefined,
    'maxHandshakes is 3'
  ])
  expect(gate.enter({ ...limits, maxHandshakes: 0 })).toBeUndefined()
})

test('so many begin in a second, all at once or spread', () => {
  let now = 0
  const gate = new HandshakeGate(() => now)
  const limits = { maxHandshakes: 0, handshakesPerSecond: 4 }
  const entered = (): number => {
    let count = 0
    while (gate.enter(limits) === undefined) count++
    return count
  }
  expect(entered()).toBe(4)
  now += 250
  expect(entered()).toBe(1)
  now += 100
  expect(gate.enter(limits)).toBe('handshakesPerSecond is 4')
  now += 60_000
  expect(entered()).toBe(4)
})
