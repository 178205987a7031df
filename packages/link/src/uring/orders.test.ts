import { expect, test } from 'vitest'
import type { ByteLink, LinkSink } from '../byte-link.ts'
import { dialled, listening, until, untilStill } from '../testing/recording-sink.ts'
import type { UringLoop } from './loop.ts'
import type { Completions } from './ring.ts'
import { describeUring, freshLoop } from './test/fresh-loop.ts'
import { createUringTransport } from './uring-transport.ts'

/** Numbers that look random, the same in each run (mulberry32). */
const numbers = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = state + 0x6d2b79f5 | 0
    let t = Math.imul(state ^ state >>> 15, 1 | state)
    t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t
    return (t ^ t >>> 14) >>> 0
  }
}

/** Completions of one operation stay in order; the kernel promises nothing else. */
const shuffleCompletions = ({ ring }: UringLoop, next: () => number): void => {
  const drain = ring.drain.bind(ring)
  ring.drain = (to: Completions): number => {
    const operations = new Map<string, (readonly [number, number, number, number])[]>()
    const count = drain({
      onCompletion (low, high, result, flags) {
        const key = `${low} ${high}`
        const of = operations.get(key)
        if (of === undefined) operations.set(key, [[low, high, result, flags]])
        else of.push([low, high, result, flags])
      }
    })
    while (operations.size > 0) {
      const key = [...operations.keys()][next() % operations.size]!
      const of = operations.get(key)!
      to.onCompletion(...of.shift()!)
      if (of.length === 0) operations.delete(key)
    }
    return count
  }
}

/** Writes back what it reads, and stops reading while the peer does not. */
class Echo implements LinkSink {
  readonly #link: ByteLink
  constructor (link: ByteLink) { this.#link = link }
  onBytes (bytes: Uint8Array): void { if (!this.#link.write(bytes)) this.#link.pause() }
  onDrained (): void { this.#link.resume() }
  onEnd (): void { this.#link.end() }
  onClosed (): void {}
  onFault (error: unknown): void { throw error }
}

/** Sends bytes of its own in pieces, one more whenever something has come back, and ends. */
class Asker implements LinkSink {
  readonly sent: Buffer
  readonly got: Buffer[] = []
  ended = false
  closed = false
  readonly #link: ByteLink
  readonly #piece: number
  #at = 0

  constructor (link: ByteLink, sent: Buffer, piece: number) {
    this.#link = link
    this.sent = sent
    this.#piece = piece
    link.sink = this
  }

  more (): void {
    if (this.#at >= this.sent.length) return
    this.#link.write(this.sent.subarray(this.#at, this.#at += this.#piece))
    if (this.#at >= this.sent.length) this.#link.end()
  }

  onBytes (bytes: Uint8Array): void {
    this.got.push(Buffer.from(bytes))
    this.more()
  }

  onDrained (): void {}
  onEnd (): void { this.ended = true }
  onClosed (): void { this.closed = true }
  onFault (error: unknown): void { throw error }
}

const bytesOf = (next: () => number, length: number): Buffer => Buffer.from(Array.from({ length }, () => next() & 255))

describeUring('whatever the order', () => {
  test.each([1, 2, 3, 4])('of completions of different operations, bytes and ends are in order (%i)', async seed => {
    const loop = freshLoop({ buffers: 64 })
    const next = numbers(seed)
    shuffleCompletions(loop, next)
    const transport = createUringTransport(loop)
    const { listener } = await listening(transport, {}, link => { link.sink = new Echo(link) })
    const askers = await Promise.all(Array.from({ length: 40 }, async (_, i) => {
      const { link } = await dialled(transport, { port: listener.port })
      return new Asker(link!, bytesOf(next, 1 + next() % 40_000), i % 8 === 0 ? 9000 : 1 + next() % 3000)
    }))
    for (const asker of askers) asker.more()
    await until(() => askers.every(({ closed }) => closed), 'all to have their last bytes')
    for (const { sent, got, ended } of askers) {
      expect(Buffer.concat(got).equals(sent)).toBe(true)
      expect(ended).toBe(true)
    }
    listener.close()
    await until(() => loop.users === 0)
    expect(loop.buffers.out).toBe(0)
    expect(loop.slots.used).toBe(0)
  })

  test('of idleness and bursts, everybody is answered, and the loop rests again', async () => {
    const loop = freshLoop({ buffers: 16 })
    const transport = createUringTransport(loop)
    const { listener } = await listening(transport, {}, link => { link.sink = new Echo(link) })
    const next = numbers(5)
    const links = await Promise.all(
      Array.from({ length: 100 }, async () => (await dialled(transport, { port: listener.port })).link!)
    )
    let expected = 0
    let got = 0
    for (const link of links)
      link.sink = {
        onBytes (bytes) {
          got += bytes.length
        },
        onEnd () {},
        onDrained () {},
        onClosed () {},
        onFault (error) {
          throw error
        }
      }
    for (let burst = 0; burst < 2; burst++) {
      await untilStill(() => loop.turns, 'the loop to rest')
      // More at once than there are buffers.
      for (const link of links) {
        const bytes = bytesOf(next, 1 + next() % 6000)
        expected += bytes.length
        link.write(bytes)
      }
      await until(() => got === expected, 'all of the burst to be answered')
    }
    for (const link of links) link.abort()
    listener.close()
    await until(() => loop.users === 0)
  })

  test('of a peer that takes one byte at a time, the others are not held up and it gets all in order', async () => {
    const loop = freshLoop({ buffers: 16 })
    const transport = createUringTransport(loop)
    const { listener } = await listening(transport, {}, link => { link.sink = new Echo(link) })
    const next = numbers(6)
    const slow = (await dialled(transport, { port: listener.port })).link!
    const sent = bytesOf(next, 400)
    const got: Buffer[] = []
    let others = 0
    const other = (await dialled(transport, { port: listener.port })).link!
    other.sink = {
      onBytes (bytes) {
        others += bytes.length
      },
      onEnd () {},
      onDrained () {},
      onClosed () {},
      onFault (error) {
        throw error
      }
    }
    slow.sink = {
      // One byte for each turn: what it has is little, and it reads no more before the next.
      onBytes (bytes) {
        got.push(Buffer.from(bytes))
        slow.pause()
        setImmediate(() => { slow.resume() })
      },
      onEnd () {}, onDrained () {}, onClosed () {}, onFault (error) { throw error }
    }
    for (let i = 0; i < sent.length; i++) {
      slow.write(sent.subarray(i, i + 1))
      other.write(sent.subarray(i, i + 1))
      await new Promise(resolve => { setImmediate(resolve) })
    }
    await until(() => others === sent.length && Buffer.concat(got).length === sent.length, 'both to have all')
    expect(Buffer.concat(got).equals(sent)).toBe(true)
    for (const link of [slow, other]) link.abort()
    listener.close()
    await until(() => loop.users === 0)
    expect(loop.buffers.out).toBe(0)
  })
})
