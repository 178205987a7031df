import { expect, test } from 'vitest'
import { measure } from './measure.ts'

const module = (sides: string): { source: string } => ({
  source: `import { defineProtocol, forward, frame, reject } from '@weir/sdk'
const framing = frame.lines({ max: 80 })
export default defineProtocol({ name: 'x', api: 1, balance: 'per-connection', ${sides} })`
})
const first = module("client: { framing, onMessage: line => forward({ token: line.text(), then: 'tunnel' }) }")
const every = module('client: { framing, onMessage: () => forward() }, server: { framing, onMessage: () => forward() }')
const text = (value: string): Uint8Array => new TextEncoder().encode(value)

test.each(['in-process', 'sandbox'] as const)('connections that speak together share a crossing (%s)', async runtime => {
  const { messages, closed, ...figures } = await measure(first, runtime, text('hello\n'), { seconds: 0.05, connections: 16 })
  expect(figures).toEqual({ crossingsPerMessage: 1, messagesPerCrossing: 16, messagesPerSecond: expect.any(Number) as number, nsPerMessage: expect.any(Number) as number })
  expect(figures.nsPerMessage).toBeGreaterThan(0)
  expect(messages % 16).toBe(0)
  expect(Object.keys(closed)).toEqual(['client-closed'])
})

test('messages of one connection share a crossing too, and servers speak', async () => {
  const figures = await measure(every, 'sandbox', text('1\n2\n3\n4\n'), { seconds: 0.05, connections: 8, answers: text('a\nb\n'), mode: 'thread' })
  // Four messages in one, two answers in another.
  expect(figures.crossingsPerMessage).toBeCloseTo(2 / 6)
  expect(figures.messages % 48).toBe(0)
})

test('how connections end is told', async () => {
  const refusing = module("client: { framing, onMessage: () => reject('no') }")
  expect(Object.keys((await measure(refusing, 'in-process', text('hello\n'), { seconds: 0.02 })).closed)).toEqual(['rejected'])
})

test('a stream of which nothing enters the sandbox is no measure', async () => {
  await expect(measure(module('client: { framing }'), 'in-process', text('hello\n'), { seconds: 1 })).rejects.toThrow('no message of this stream enters the sandbox')
  await expect(measure(first, 'in-process', text('hello'), { seconds: 1, params: { unknown: 1 } })).rejects.toMatchObject({ code: 'params-invalid' })
})
