import { expect, test } from 'vitest'
import { latin1, until } from '../testing/recording-sink.ts'
import { wheel } from '../timers/wheel.ts'
import type { Pairs } from './pairs.ts'

const MB = 1024 * 1024
/** Over the send and receive buffers of a loopback connection together. */
const MORE_THAN_THE_KERNEL_TAKES = 32 * MB

/** What every link promises of its end, whoever brings it about. */
export const testEnds = (pairs: Pairs): void => {
  test('the client ends first: the server still answers', async () => {
    const { client, server } = await pairs.connect()
    client.link.write(latin1('question'))
    client.link.end()
    await until(() => server.ends === 1)
    expect(server.text).toBe('question')
    server.link.write(latin1('answer'))
    await until(() => client.text === 'answer')
    expect(client.ends).toBe(0)
    server.link.end()
    await until(() => client.closes === 1 && server.closes === 1)
    expect([client.ends, server.ends, client.error, server.error]).toEqual([1, 1, undefined, undefined])
  })

  test('the server ends first: the client still sends', async () => {
    const { client, server } = await pairs.connect()
    server.link.end()
    server.link.end()
    await until(() => client.ends === 1)
    client.link.write(latin1('still here'))
    await until(() => server.text === 'still here')
    client.link.end()
    await until(() => client.closes === 1 && server.closes === 1)
    expect([client.error, server.error]).toEqual([undefined, undefined])
  })

  test('end() comes after what is queued, and the drain is told all the same', async () => {
    const { client, server } = await pairs.connect()
    server.link.pause()
    const chunk = Buffer.alloc(64 * 1024, 1)
    let written = 0
    do written += chunk.length; while (client.link.write(chunk) && written < 64 * MB)
    client.link.end()
    expect(client.link.write(latin1('too late'))).toBe(true)
    server.link.resume()
    await until(() => server.ends === 1)
    expect(server.bytes).toBe(written)
    await until(() => client.drains === 1)
  })

  test('close() sends what is queued, then closes; nothing is delivered after it', async () => {
    const { client, server } = await pairs.connect()
    client.link.write(Buffer.alloc(3 * MB, 2))
    client.link.close()
    server.link.write(latin1('unwanted'))
    await until(() => server.ends === 1)
    expect(server.bytes).toBe(3 * MB)
    expect(client.closes).toBe(0)
    server.link.close()
    await until(() => client.closes === 1 && server.closes === 1)
    expect([client.bytes, client.ends, client.error, server.error]).toEqual([0, 0, undefined, undefined])
  })

  test('the last word survives unread bytes: close() does not reset', async () => {
    const { client, server } = await pairs.connect()
    server.link.pause()
    client.link.write(Buffer.alloc(200_000, 3))
    await until(() => client.link.queued === 0)
    server.link.write(latin1('goodbye'))
    server.link.close()
    await until(() => client.ends === 1)
    expect(client.text).toBe('goodbye')
    client.link.close()
    await until(() => client.closes === 1 && server.closes === 1)
    expect([client.error, server.error]).toEqual([undefined, undefined])
  })

  test('a peer that never closes is left after the linger time', async () => {
    const { client, server } = await pairs.connect()
    // By the clock that timers go by, which is behind while the loop is busy.
    const start = wheel.now
    server.link.close()
    await until(() => client.ends === 1)
    await until(() => server.closes === 1)
    expect(wheel.now - start).toBeGreaterThan(900)
    expect(server.error).toBeUndefined()
    client.link.abort()
    await until(() => client.closes === 1)
  })

  test('a peer that does not take the rest is reset after the linger time', async () => {
    const { client, server } = await pairs.connect()
    client.link.pause()
    server.link.writeOwned(Buffer.alloc(MORE_THAN_THE_KERNEL_TAKES, 1))
    server.link.close()
    await until(() => server.closes === 1)
    client.link.resume()
    await until(() => client.closes === 1)
    expect(client.error?.kind).toBe('reset')
  })

  test('abort() resets: the peer is told, we hear nothing more', async () => {
    const { client, server } = await pairs.connect()
    client.link.write(latin1('bytes in flight'))
    server.link.abort()
    await until(() => client.closes === 1 && server.closes === 1)
    expect(client.error?.kind).toBe('reset')
    expect([server.error, server.bytes, server.ends]).toEqual([undefined, 0, 0])
    server.link.abort()
    expect(server.link.write(latin1('into the void'))).toBe(true)
    client.link.close()
    client.link.end()
  })

  test('abort() resets also behind an end() that waits for its queue', async () => {
    const { client, server } = await pairs.connect()
    client.link.pause()
    server.link.writeOwned(Buffer.alloc(MORE_THAN_THE_KERNEL_TAKES, 1))
    server.link.end()
    server.link.abort()
    await until(() => server.closes === 1)
    client.link.resume()
    await until(() => client.closes === 1)
    expect(client.error?.kind).toBe('reset')
    expect(client.ends).toBe(0)
  })

  test('a sink may abort in onBytes, and hears only onClosed after it', async () => {
    const { client, server } = await pairs.connect()
    const { onBytes } = server
    server.onBytes = function (bytes) {
      onBytes.call(server, bytes)
      server.link.abort()
    }
    client.link.write(Buffer.alloc(MB, 1))
    await until(() => server.closes === 1 && client.closes === 1)
    expect(server.bytes).toBeLessThanOrEqual(64 * 1024)
    expect(server.ends).toBe(0)
  })

  test('closing the listener leaves its links', async () => {
    const { client, server } = await pairs.connect()
    pairs.closeListeners()
    client.link.write(latin1('still'))
    await until(() => server.text === 'still')
  })
}
