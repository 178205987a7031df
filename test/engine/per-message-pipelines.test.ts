// Clients that send many requests at once: whatever the limits and however slowly both sides read, every request is
// answered once, in order.
import { createRuntime } from '@weirlb/sandbox'
import { until } from '@weirlb/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { around, startEngine, TestServer, type TestClient } from '../support/engine-bench.ts'
import { perMessageProtocol, SERVER_LINES } from '../support/per-message-protocol.ts'
import { numbered, vserver } from '../support/per-message-servers.ts'

/** Stop reading for a moment after each chunk. */
const readSlowly = (socket: TestClient['socket']): void => {
  socket.on('data', () => {
    socket.pause()
    setImmediate(() => socket.resume())
  })
}

/** Says back every line. */
const echoing = async (slow: boolean): Promise<TestServer> => await TestServer.listen((chunk, socket) => {
  if (slow) {
    socket.pause()
    setImmediate(() => socket.resume())
  }
  return chunk
})

test.each([[1025, 1024], [5, 4], [1800, 1024], [3, 1], [2, 1]])('%i requests in one write, of which %i may be under way', async (count, outstandingReplies) => {
  const bench = await startEngine(around(perMessageProtocol('in-order', SERVER_LINES), [await echoing(false)], vserver({ outstandingReplies })))
  const client = bench.connect()
  client.socket.write(numbered(count))
  await until(() => client.text.length >= numbered(count).length, 'every answer')
  expect(client.text).toBe(numbered(count))
})

// Small pieces are copied together, larger ones are not: each stands behind the other.
test('messages and replies of any size keep their order, however slow one of the servers is', async () => {
  const bench = await startEngine(around(perMessageProtocol('in-order', SERVER_LINES), [await echoing(true), await echoing(false)]))
  const client = bench.connect()
  const sent = Array.from({ length: 400 }, (_, i) => `m${i} ${'x'.repeat(i % 7 === 0 ? i * i * 37 % 6000 : i * 11 % 90)}\n`).join('')
  await client.writeSplit(Buffer.from(sent), [1, 5000, 300, 20_000])
  await until(() => client.received.length >= sent.length, 'every answer')
  expect(client.text === sent).toBe(true)
})

describe.each([['on the event loop', true], ['on a thread of its own', false]] as const)('an extension %s', (_, trusted) => {
  test('pipelines of any length, limits of any size, slow readers on either side', async () => {
    const runtime = createRuntime()
    const servers = [await echoing(false), await echoing(true)]
    const bench = await startEngine(around(perMessageProtocol('in-order', SERVER_LINES), servers, { extensions: [{ name: 'ext', source: perMessageProtocol('in-order', SERVER_LINES), trusted, limits: { batchTimeoutMs: 1000 } }] }), { runtime })
    const someCase = fc.record({
      count: fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 1, max: 3000 }) }, { weight: 1, arbitrary: fc.constantFrom(1023, 1024, 1025, 20_000, 100_000) }),
      outstandingReplies: fc.oneof(fc.constantFrom(1, 2, 4, 1023, 1024), fc.integer({ min: 1, max: 1024 })),
      bufferedBytes: fc.constantFrom(4096, 65_536, 1_048_576),
      slow: fc.boolean(),
      pieces: fc.array(fc.integer({ min: 1, max: 70_000 }), { maxLength: 5 })
    })
    await fc.assert(fc.asyncProperty(someCase, async ({ count: most, outstandingReplies, bufferedBytes, slow, pieces }) => {
      // One at a time, a hundred thousand take minutes.
      const count = Math.min(most, 300 * outstandingReplies)
      await bench.apply(vserver({ outstandingReplies, bufferedBytes }))
      const client = bench.connect()
      if (slow) readSlowly(client.socket)
      const sent = numbered(count)
      await client.writeSplit(Buffer.from(sent), pieces)
      let got = 0
      await until(() => {
        const before = got
        got = client.received.length
        return got >= sent.length || (client.closed && before === got && Promise.reject(new Error(`closed after ${got} of ${sent.length} bytes: ${JSON.stringify(bench.log.lines.slice(-3))}`)))
      }, 'every answer')
      expect(client.text === sent).toBe(true)
      client.socket.end()
      await client.closes()
    }), { numRuns: 40, endOnFailure: true })
  })
})
