import { describe, expect, test } from 'vitest'
import type { ByteLink } from '../byte-link.ts'
import { dialled, latin1, listening, RecordingSink, until, untilStill } from '../testing/recording-sink.ts'
import type { UringLoop } from './loop.ts'
import { talkingTo } from './test/echo.ts'
import { describeUring, freshLoop } from './test/fresh-loop.ts'
import { createUringTransport } from './uring-transport.ts'

describeUring('buffers', () => {
  test('more bytes than there are buffers: everybody gets theirs, in order', async () => {
    const loop = freshLoop({ buffers: 4, shortBytes: 128, longBytes: 512 })
    const transport = createUringTransport(loop)
    const { listener, links } = await listening(transport)
    const clients = await Promise.all(
      Array.from({ length: 40 }, async () => (await dialled(transport, { port: listener.port })).link!)
    )
    await until(() => links.length === 40)
    const expected = clients.map((_, i) => Buffer.alloc(100_000 + i, String.fromCharCode(65 + i)))
    for (const [i, client] of clients.entries()) client.write(expected[i]!)
    await until(() => links.every(link => link.bytes > 0 && link.bytes === expected[link.all[0]! - 65]!.length))
    for (const link of links) expect(link.all.equals(expected[link.all[0]! - 65]!)).toBe(true)
    for (const client of clients) client.abort()
    listener.close()
    await until(() => loop.users === 0)
    expect([loop.buffers.out, loop.slots.used]).toEqual([0, 0])
  })

  test('readers that do not read keep a quarter of them at most: others go on', async () => {
    const loop = freshLoop({ buffers: 4, shortBytes: 512, longBytes: 4096 })
    const transport = createUringTransport(loop)
    const { listener, links } = await listening(transport, {}, link => {
      // An echo that listens to backpressure.
      const sink = links.at(-1)!
      sink.onBytes = bytes => { if (!link.write(bytes)) link.pause() }
      sink.onDrained = () => { link.resume() }
    })
    const stuck = await Promise.all(Array.from({ length: 12 }, async () => {
      const { link } = await dialled(transport, { port: listener.port })
      link!.pause()
      for (let i = 0; i < 200; i++) link!.write(Buffer.alloc(64 * 1024, 1))
      return link!
    }))
    const stopped = (): boolean => links.length === 12 && links.every(({ link }) => link.queued > 64 * 1024)
    await until(stopped, 'every echo to have its answers refused')
    expect([loop.buffers.short.out, loop.buffers.long.out].every(out => out <= 1)).toBe(true)
    const { link } = await dialled(transport, { port: listener.port })
    const lively = new RecordingSink(link!)
    for (let i = 1; i <= 100; i++) {
      lively.link.write(latin1('still here'))
      await until(() => lively.bytes === i * 10)
    }
    for (const each of [...stuck, lively.link]) each.abort()
    listener.close()
    await until(() => loop.users === 0)
    expect([loop.buffers.out, loop.slots.used]).toEqual([0, 0])
  })

  /** Clients whose every chunk is kept as far as it may be, and what becomes of it: `end` gives all back. */
  const keeping = async (loop: UringLoop, count: number) => {
    const transport = createUringTransport(loop)
    const kept: { readonly link: ByteLink, readonly bytes: Uint8Array }[] = []
    const refused: ByteLink[] = []
    const { listener, links } = await listening(transport, {}, link => {
      links.at(-1)!.onBytes = bytes => {
        if (link.keep(bytes)) kept.push({ link, bytes })
        else refused.push(link)
      }
    })
    const clients = await Promise.all(
      Array.from({ length: count }, async () => (await dialled(transport, { port: listener.port })).link!)
    )
    const end = async (): Promise<void> => {
      for (const { link, bytes } of kept) link.release(bytes)
      for (const client of clients) client.abort()
      listener.close()
      await until(() => loop.users === 0)
      expect([loop.buffers.out, loop.slots.used]).toEqual([0, 0])
    }
    return { clients, kept, refused, end }
  }

  test('what is kept to be judged keeps a quarter of them at most, and the rest is copied', async () => {
    const loop = freshLoop({ buffers: 8, shortBytes: 512, longBytes: 4096 })
    const { clients, kept, refused, end } = await keeping(loop, 12)
    for (const [i, client] of clients.entries()) client.write(latin1(`this is client ${i}`))
    await until(() => kept.length + refused.length === 12)
    expect([kept.length, refused.length, loop.buffers.out]).toEqual([2, 10, 2])
    for (const { bytes } of kept) expect(Buffer.from(bytes).toString()).toMatch(/^this is client \d+$/)
    await end()
  })

  test('the kernel is given more of them when those it has do not suffice', async () => {
    const loop = freshLoop({ buffers: 256, shortBytes: 512, longBytes: 4096 })
    const { clients, kept, refused, end } = await keeping(loop, 100)
    expect(loop.buffers.short.used).toBe(64)
    for (const client of clients) client.write(latin1('hello'))
    await until(() => kept.length + refused.length === 100)
    expect([kept.length, loop.buffers.short.used]).toEqual([64, 128])
    await end()
  })

  test('one that is held, unknown, or said to be longer than it is ends everything', () => {
    const { buffers } = freshLoop({ buffers: 4, shortBytes: 128, longBytes: 512 })
    const { short, long } = buffers
    expect(() => short.take(4, 1)).toThrow('io_uring is lost: a completion names buffer 4, where there are 0 to 3')
    expect(() => long.take(3, 1)).toThrow('io_uring is lost: a completion names buffer 3, where there are 4 to 7')
    expect(() => short.take(0, 129)).toThrow('io_uring is lost: a completion says 129 bytes in a buffer of 128')
    long.take(5, 512)
    expect(() => long.take(5, 1)).toThrow('a completion names buffer 5, which the kernel does not have')
    buffers.release(5)
    expect(() => { buffers.release(5) }).toThrow('buffer 5 is released twice')
    expect(() => { buffers.hold(5) }).toThrow('bytes of buffer 5 are written after their delivery')
  })

  test('one may have very many holders', () => {
    const { buffers } = freshLoop({ buffers: 4, shortBytes: 128, longBytes: 512 })
    const id = buffers.idOf(buffers.long.take(6, 100))
    for (let i = 0; i < 100_000; i++) buffers.hold(id)
    for (let i = 0; i < 100_000; i++) buffers.release(id)
    expect(buffers.out).toBe(1)
    buffers.release(id)
    expect(buffers.out).toBe(0)
  })

  describe('a paused link takes little of what its peer goes on to send', () => {
    const MB = 1024 * 1024
    const settled = async (loop: UringLoop): Promise<void> => { await untilStill(() => loop.turns, 'the ring to rest') }

    test.each<[string, { readonly first: number, readonly pauseAt: number }]>([
      ['paused while it waits for the first byte', { first: 0, pauseAt: 0 }],
      ['paused after a message', { first: 100, pauseAt: 100 }],
      ['paused at the first bytes of much', { first: 0, pauseAt: 1 }],
      ['paused at the first bytes of much, after a message', { first: 100, pauseAt: 101 }],
      ['paused amid much', { first: 100, pauseAt: 3 * MB }]
    ])('%s', async (_when, { first, pauseAt }) => {
      const loop = freshLoop()
      const { listener, links } = await listening(createUringTransport(loop), {}, () => {
        const sink = links.at(-1)!
        const { onBytes } = sink
        sink.onBytes = bytes => {
          onBytes.call(sink, bytes)
          if (sink.bytes >= pauseAt && sink.bytes - bytes.length < pauseAt) sink.link.pause()
        }
      })
      const socket = await talkingTo(listener.port)
      await until(() => links.length === 1)
      const [sink] = links as [RecordingSink]
      if (first > 0) socket.write(Buffer.alloc(first))
      await until(() => sink.bytes === first)
      // A receive is in flight by now.
      await settled(loop)
      if (pauseAt === 0) sink.link.pause()
      socket.write(Buffer.alloc(16 * MB))
      await until(() => sink.bytes >= pauseAt)
      await settled(loop)
      // What came in the pause is delivered in one go, before the ring is entered again.
      let turn = -1
      let early = 0
      sink.onBytes = bytes => {
        if (turn === -1) turn = loop.turns
        if (loop.turns === turn) early += bytes.length
      }
      sink.link.resume()
      await until(() => turn !== -1 && loop.turns > turn)
      expect(early).toBeLessThanOrEqual(192 * 1024)
      sink.link.abort()
      listener.close()
      await until(() => loop.users === 0)
      expect(loop.buffers.out).toBe(0)
    })
  })
})
