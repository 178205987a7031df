import { expect, test } from 'vitest'
import { HandshakeGate } from './handshake-limits.ts'

test('so many run at one time', () => {
  const gate = new HandshakeGate({ maxHandshakes: 2, handshakesPerSecond: 0 })
  expect([gate.enter(), gate.enter(), gate.enter()]).toEqual([undefined, undefined, 'maxHandshakes is 2'])
  gate.leave()
  expect([gate.enter(), gate.enter()]).toEqual([undefined, 'maxHandshakes is 2'])
  gate.limits = { maxHandshakes: 0, handshakesPerSecond: 0 }
  expect(gate.enter()).toBeUndefined()
})

test('so many begin in a second, all at once or spread', () => {
  let now = 0
  const gate = new HandshakeGate({ maxHandshakes: 0, handshakesPerSecond: 4 }, () => now)
  const entered = (): number => {
    let count = 0
    while (gate.enter() === undefined) count++
    return count
  }
  expect(entered()).toBe(4)
  now += 250
  expect(entered()).toBe(1)
  now += 100
  expect(gate.enter()).toBe('handshakesPerSecond is 4')
  now += 60_000
  expect(entered()).toBe(4)
})
