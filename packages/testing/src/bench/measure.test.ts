import { expect, test } from 'vitest'
import { measure } from './measure.ts'

const module = (sides: string): { source: string } => ({
  source: `import { defineProtocol, forward, frame, reject } from '@weirlb/sdk'
const framing = frame.lines({ max: 80 })
export default defineProtocol({ name: 'x', api: 1, balance: 'per-connection', ${sides} })`
})
const first = module("client: { framing, onMessage: line => forward({ token: line.text(), then: 'tunnel' }) }")
const every = module('client: { framing, onMessage: () => forward() }, server: { framing, onMessage: () => forward() }')
const text = (value: string): Uint8Array => new TextEncoder().encode(value)

test.each(['in-process', 'sandbox'] as const)(
  'connections that speak together share a crossing (%s)',
  async runtime => {
    const { messages, closed, ...figures } = await measure(first, runtime, text('hello\n'), {
      seconds: 0.05,
      connections: 16
    })
    expect(figures).toEqual({
      crossingsPerMessage: 1,
      messagesPerCrossing: 16,
      messagesPerSecond: expect.any(Number) as number,
      nsPerMessage: expect.any(Number) as number
    })
    expect(figures.nsPerMessage).toBeGreaterThan(0)
    expect(messages % 16).toBe(0)
    expect(Object.keys(closed)).toEqual(['client-closed'])
  }
)

test('messages of one connection share a crossing too, and servers speak', async () => {
  const figures = await measure(every, 'sandbox', text('1\n2\n3\n4\n'), {
    seconds: 0.05,
    connections: 8,
    answers: text('a\nb\n'),
    mode: 'thread'
  })
  // Four messages in one, two answers in another.
  expect(figures.crossingsPerMessage).toBeCloseTo(2 / 6)
  expect(figures.messages % 48).toBe(0)
})

test('there are figures however short the time', async () => {
  const { messages, messagesPerSecond } = await measure(first, 'in-process', text('hello\n'), {
    seconds: 1e-9,
    connections: 2
  })
  expect(messages).toBe(2)
  expect(messagesPerSecond).toBeGreaterThan(0)
})

test('how connections end is told', async () => {
  const refusing = module("client: { framing, onMessage: () => reject('no') }")
  expect(Object.keys((await measure(refusing, 'in-process', text('hello\n'), { seconds: 0.02 })).closed)).toEqual(['rejected'])
})

test.each([
  ['no handler', module('client: { framing }')],
  [
    'none that `only` lets in',
    module('client: { framing, only: { at: 0, mask: 255, in: [63] }, onMessage: () => forward() }')
  ]
])('messages that do not enter the sandbox cost no crossing: %s', async (_, silent) => {
  const { messages, closed, ...figures } = await measure(silent, 'in-process', text('hello\nagain\n'), {
    seconds: 0.02,
    connections: 4,
    answers: text('ok\n')
  })
  expect(figures).toEqual({
    crossingsPerMessage: 0,
    messagesPerCrossing: undefined,
    messagesPerSecond: expect.any(Number) as number,
    nsPerMessage: expect.any(Number) as number
  })
  expect(figures.messagesPerSecond).toBeGreaterThan(0)
  // Answers that nobody cuts are no messages.
  expect(messages % 8).toBe(0)
  expect(messages).toBeGreaterThan(0)
  expect(Object.keys(closed)).toEqual(['client-closed'])
})

test('a stream without a whole message is no measure', async () => {
  const framed = module('client: { framing: frame.length({ at: 0, size: 4, max: 1000 }) }')
  await expect(measure(framed, 'in-process', text('hel'), { seconds: 1 })).rejects.toThrow(
    'no message of this stream is whole'
  )
  await expect(measure(first, 'in-process', text('hello'), { seconds: 1, params: { unknown: 1 } })).rejects
    .toMatchObject({ code: 'params-invalid' })
})
