import { expect, test } from 'vitest'
import { latin1, RecordingSink, until } from '../testing/recording-sink.ts'
import type { Pairs } from './pairs.ts'

const MB = 1024 * 1024

/** What every link promises of the bytes themselves: all of them, in order, and whose the memory is. */
export const testBytes = (pairs: Pairs): void => {
  test('bytes go both ways and are counted; peers are named', async () => {
    const { client, server } = await pairs.connect()
    expect(client.link.write(latin1('ping'))).toBe(true)
    await until(() => server.text === 'ping')
    server.link.writeOwned(latin1('pong!'))
    await until(() => client.text === 'pong!')
    expect([client.link.bytesWritten, server.link.bytesRead]).toEqual([4, 4])
    expect([client.link.bytesRead, server.link.bytesWritten]).toEqual([5, 5])
    expect(server.link.peer.address).toBe('127.0.0.1')
    expect(server.link.peer.port).toBeGreaterThan(0)
    expect(client.link.peer).toMatchObject({ address: '127.0.0.1' })
  })

  test('write takes a copy: the caller may reuse the memory at once', async () => {
    const { client, server } = await pairs.connect()
    const reused = Buffer.alloc(1000)
    let expected = ''
    for (let i = 0; i < 500; i++) {
      const letter = 97 + i % 26
      reused.fill(letter)
      client.link.write(reused)
      expected += String.fromCharCode(letter).repeat(1000)
    }
    await until(() => server.bytes === 500_000)
    expect(server.text === expected).toBe(true)
  })

  test('chunks of every size arrive in order', async () => {
    const { client, server } = await pairs.connect()
    const sizes = [1, 8191, 8192, 8193, 32768, 65536, 65537, 200_000, 3]
    const sent: Buffer[] = []
    for (const [i, size] of [...sizes, ...sizes, ...sizes].entries()) {
      const bytes = Buffer.alloc(size, i + 1)
      sent.push(Buffer.from(bytes))
      client.link.write(bytes)
      bytes.fill(0)
      await until(() => client.link.queued === 0 || i % 3 !== 0)
    }
    const expected = Buffer.concat(sent)
    await until(() => server.bytes === expected.length)
    expect(server.all.equals(expected)).toBe(true)
  })

  test('a stream is the same wherever it is cut', async () => {
    const { client, server } = await pairs.connect()
    const bytes = Buffer.from(Array.from({ length: 48 }, (_, i) => i + 1))
    for (let at = 0; at <= bytes.length; at++) {
      client.link.write(bytes.subarray(0, at))
      // The halves leave in turns of their own.
      if (at > 0) await until(() => server.bytes === at + (at * 48))
      client.link.write(bytes.subarray(at))
      await until(() => server.bytes === (at + 1) * 48)
    }
    expect(server.all.equals(Buffer.concat(Array.from({ length: 49 }, () => bytes)))).toBe(true)
  })

  test('nothing is written by a write of no bytes', async () => {
    const { client, server } = await pairs.connect()
    expect(client.link.write(new Uint8Array(0))).toBe(true)
    expect(client.link.writeOwned(new Uint8Array(0))).toBe(true)
    client.link.end()
    await until(() => server.ends === 1)
    expect([server.bytes, client.link.bytesWritten, client.link.queued]).toEqual([0, 0, 0])
  })

  test('what arrives may be passed on in whole and in parts while it is being delivered', async () => {
    const { client, server } = await pairs.connect()
    let turn = 0
    server.onBytes = bytes => {
      // In one piece, in two, backwards by halves, and with bytes of our own between.
      const half = bytes.length >> 1
      switch (turn++ % 3) {
        case 0: server.link.write(bytes); break
        case 1:
          server.link.write(bytes.subarray(0, half))
          server.link.write(bytes.subarray(half))
          break
        default:
          server.link.writeOwned(latin1('<'))
          server.link.write(bytes)
          server.link.writeOwned(latin1('>'))
      }
    }
    let expected = ''
    for (let i = 0; i < 300; i++) {
      const text = String.fromCharCode(97 + i % 26).repeat(1 + i * 37 % 3000)
      client.link.write(latin1(text))
      expected += text
      await until(() => client.text.replaceAll(/[<>]/g, '').length === expected.length)
    }
    expect(client.text.replaceAll(/[<>]/g, '') === expected).toBe(true)
  })

  test('a descriptor that is used again brings nothing of the link before', async () => {
    for (let i = 0; i < 60; i++) {
      const { client, server } = await pairs.connect()
      const other = await pairs.connect()
      client.link.write(latin1(`old ${i}`))
      if (i % 3 === 0) await until(() => server.bytes > 0)
      if (i % 2 === 0) client.link.abort()
      else server.link.abort()
      const next = await pairs.connect()
      next.client.link.write(latin1(`new ${i}`))
      other.client.link.write(latin1(`other ${i}`))
      await until(() => next.server.text === `new ${i}` && other.server.text === `other ${i}`)
      expect(['', `old ${i}`]).toContain(server.text)
      await until(() => client.closes === 1 && server.closes === 1)
      for (const each of [next, other]) each.client.link.abort()
    }
  })

  test('what is kept stays as it is until it is released, and may be written from where it is', async () => {
    const { client, server } = await pairs.connect()
    const waiting: { readonly bytes: Uint8Array, readonly kept: boolean }[] = []
    server.onBytes = bytes => {
      const kept = server.link.keep(bytes)
      waiting.push({ bytes: kept ? bytes : Uint8Array.from(bytes), kept })
      server.bytes += bytes.length
    }
    const sent = Buffer.from(Array.from({ length: 3 * MB }, (_, i) => i * 7 % 251))
    for (let at = 0; at < sent.length; at += 20_000) {
      client.link.write(sent.subarray(at, at + 20_000))
      if (at % 100_000 === 0) await until(() => server.bytes >= at)
    }
    await until(() => server.bytes === sent.length)
    for (const { bytes, kept } of waiting) {
      const half = bytes.length >> 1
      server.link.write(bytes.subarray(0, half))
      server.link.write(bytes.subarray(half))
      if (kept) server.link.release(bytes.subarray(half))
    }
    await until(() => client.bytes === sent.length)
    expect(client.all.equals(sent)).toBe(true)
    client.link.abort()
    await until(() => client.closes === 1 && server.closes === 1)
  })

  test('what is kept of a link outlives it', async () => {
    const { client, server } = await pairs.connect()
    let words: Uint8Array | undefined
    let kept = false
    server.onBytes = bytes => {
      kept = server.link.keep(bytes)
      words = kept ? bytes : Uint8Array.from(bytes)
    }
    client.link.write(latin1('last words'))
    await until(() => words !== undefined)
    client.link.abort()
    await until(() => server.closes === 1)
    const { client: other, server: otherServer } = await pairs.connect()
    other.link.write(Buffer.alloc(MB, 1))
    await until(() => otherServer.bytes === MB)
    expect(Buffer.from(words!).toString()).toBe('last words')
    if (kept) server.link.release(words!)
  })

  test('sinks are swapped by assignment', async () => {
    const { client, server } = await pairs.connect()
    client.link.write(latin1('one'))
    await until(() => server.text === 'one')
    const second = new RecordingSink(server.link)
    client.link.write(latin1('two'))
    await until(() => second.text === 'two')
    client.link.abort()
    await until(() => second.closes === 1)
    expect([server.text, server.closes]).toEqual(['one', 0])
  })
}
