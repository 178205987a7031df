import type { Socket } from 'node:net'
import { redisGets, REPLY_BYTES } from '../../wire/redis-get.ts'
import type { OrderOf, Outcome } from '../order.ts'
import { dial } from './dial.ts'
import { drain } from './drain.ts'
import { Meter } from './meter.ts'
import { openAll } from './open-all.ts'

type Commands = OrderOf<'commands'>

/** A connection that writes `depth` commands at once, and the next ones when all of them are answered. */
class Commander {
  readonly #meter: Meter
  /** What it writes in turn: each begins with another key. */
  readonly #writes: readonly Buffer[]
  readonly #depth: number
  #next: number
  #held = 0
  #sentAt = 0
  inFlight = 0
  socket!: Socket

  constructor (meter: Meter, writes: readonly Buffer[], depth: number, first: number) {
    this.#meter = meter
    this.#writes = writes
    this.#depth = depth
    this.#next = first
  }

  async open (to: Commands): Promise<void> {
    await new Promise<void>(resolve => {
      this.socket = dial(to, resolve, (_, length) => {
        this.#onBytes(length)
      })
    })
  }

  begin (): void {
    this.inFlight = this.#depth
    this.#sentAt = performance.now()
    this.socket.write(this.#writes[this.#next++ % this.#writes.length]!)
  }

  #onBytes (length: number): void {
    this.#held += length
    const replies = Math.floor(this.#held / REPLY_BYTES)
    this.#held -= replies * REPLY_BYTES
    this.inFlight -= replies
    const took = performance.now() - this.#sentAt
    for (let i = 0; i < replies; i++) this.#meter.add(took)
    if (this.inFlight === 0 && !this.#meter.stopping) this.begin()
  }
}

/** A closed loop of Redis commands. */
export const commands = async (order: Commands): Promise<Outcome> => {
  const meter = new Meter()
  const { depth } = order
  const writes = redisGets.map((_, first) =>
    Buffer.concat(Array.from({ length: depth }, (_, i) => redisGets[(first + i) % redisGets.length]!))
  )
  const clients = Array.from({ length: order.connections }, (_, i) => new Commander(meter, writes, depth, i * 7))
  await openAll(order.connections, async i => { await clients[i]!.open(order) })
  for (const client of clients) client.begin()
  const seconds = await meter.run(order)
  await drain(clients)
  return meter.outcome(seconds)
}
