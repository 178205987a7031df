// The load generator, told by its parent what to do (order.ts). Says { started } when the measured part begins, and then the outcome.
import net from 'node:net'
import { connectPacket, connack, publishPacket, puback } from '../wire/messages.ts'
import { Histogram } from './histogram.ts'
import type { Order, Outcome } from './order.ts'

type Messages = Extract<Order, { kind: 'messages' }>
type Connects = Extract<Order, { kind: 'connects' }>

/** Connections that are being opened at the same time, so that no listen queue overflows. */
const OPENING = 50
/** How long after the end the last answers are waited for. */
const DRAIN_MS = 2000

const shared = Buffer.alloc(64 * 1024)
const pause = async (ms: number): Promise<void> => { await new Promise(resolve => { setTimeout(resolve, ms) }) }

const connect = (port: number, onBytes: (length: number, bytes: Uint8Array) => void): net.Socket => net.connect({
  port,
  host: '127.0.0.1',
  noDelay: true,
  onread: { buffer: shared, callback: (length: number, bytes: Uint8Array) => { onBytes(length, bytes); return true } }
} as unknown as net.NetConnectOpts)

const fail = (error: Error): void => { process.send!({ failed: `load generator: ${error.message}` }) }

/** Run `open` for 0 to count-1, a few at a time. */
const openAll = async (count: number, open: (i: number) => Promise<void>): Promise<void> => {
  let next = 0
  await Promise.all(Array.from({ length: Math.min(OPENING, count) }, async () => {
    while (next < count) await open(next++)
  }))
}

class Meter {
  readonly latencies = new Histogram()
  done = 0
  moved = 0
  counting = false
  stopping = false

  add (latency: number): void {
    if (!this.counting) return
    this.done++
    this.latencies.add(latency)
  }

  /** Warm up, count for the ordered time, stop. */
  async run ({ warmUpSeconds, seconds }: Messages | Connects): Promise<Outcome> {
    await pause(warmUpSeconds * 1000)
    process.send!({ started: true })
    this.counting = true
    const from = performance.now()
    await pause(seconds * 1000)
    this.counting = false
    this.stopping = true
    const took = (performance.now() - from) / 1000
    return { done: this.done, seconds: took, p50: this.latencies.quantile(0.5), p99: this.latencies.quantile(0.99), moved: this.moved }
  }
}

/** A connection with `window` messages in flight. All that one read acknowledges is replaced with one write. */
class Publisher {
  readonly #meter: Meter
  readonly #window: number
  readonly #size: number
  readonly #publishes: Buffer
  readonly #sentAt: Float64Array
  #oldest = 0
  #held = 0
  inFlight = 0
  socket!: net.Socket

  constructor (meter: Meter, { window, size }: Messages, publishes: Buffer) {
    this.#meter = meter
    this.#window = window
    this.#size = size
    this.#publishes = publishes
    this.#sentAt = new Float64Array(window)
  }

  async open (port: number, clientId: string): Promise<void> {
    await new Promise<void>(resolve => {
      let connected = false
      this.socket = connect(port, length => {
        if (connected) {
          this.#onAcks(length)
          return
        }
        connected = true
        resolve()
      })
      this.socket.on('connect', () => this.socket.write(connectPacket(clientId)))
      this.socket.on('error', fail)
    })
  }

  begin (): void {
    this.#sentAt.fill(performance.now())
    this.#send(this.#window)
  }

  #send (count: number): void {
    this.inFlight += count
    this.socket.write(count === this.#window ? this.#publishes : this.#publishes.subarray(0, count * this.#size))
  }

  #onAcks (length: number): void {
    this.#held += length
    const acks = Math.floor(this.#held / puback.length)
    if (acks === 0) return
    this.#held -= acks * puback.length
    this.inFlight -= acks
    const now = performance.now()
    for (let i = 0; i < acks; i++) {
      this.#meter.add(now - this.#sentAt[this.#oldest]!)
      this.#sentAt[this.#oldest] = now
      this.#oldest = (this.#oldest + 1) % this.#window
    }
    if (!this.#meter.stopping) this.#send(acks)
  }
}

const messages = async (order: Messages): Promise<Outcome> => {
  const meter = new Meter()
  const publishes = Buffer.concat(Array.from({ length: order.window }, () => publishPacket(order.size)))
  const publishers = Array.from({ length: order.connections }, () => new Publisher(meter, order, publishes))
  await openAll(order.connections, async i => { await publishers[i]!.open(order.port, `client-${i}`) })
  for (const publisher of publishers) publisher.begin()
  const outcome = await meter.run(order)
  const until = performance.now() + DRAIN_MS
  while (publishers.some(publisher => publisher.inFlight > 0) && performance.now() < until) await pause(5)
  for (const { socket } of publishers) socket.destroy()
  return outcome
}

/** The server that each client ID was on first, by the session-present bit of its CONNACKs. */
const servers = new Map<string, number>()

const connectOnce = async (order: Connects, meter: Meter, id: string): Promise<void> => {
  await new Promise<void>(resolve => {
    const from = performance.now()
    let held = 0
    const socket = connect(order.port, (length, bytes) => {
      held += length
      if (held !== connack.length) return
      meter.add(performance.now() - from)
      const first = servers.get(id)
      const server = bytes[length - 2]!
      if (first === undefined) servers.set(id, server)
      else if (first !== server) meter.moved++
      socket.end()
    })
    socket.on('connect', () => socket.write(connectPacket(id)))
    socket.on('error', fail)
    socket.on('close', () => { resolve() })
  })
}

const connects = async (order: Connects): Promise<Outcome> => {
  const meter = new Meter()
  servers.clear()
  let next = 0
  const loops = Promise.all(Array.from({ length: order.connections }, async () => {
    while (!meter.stopping) await connectOnce(order, meter, `client-${next++ % order.ids}`)
  }))
  const outcome = await meter.run(order)
  await Promise.race([loops, pause(DRAIN_MS)])
  return outcome
}

const idle: net.Socket[] = []

const openIdle = async (port: number, connections: number): Promise<void> => {
  const from = idle.length
  await openAll(connections, async i => {
    await new Promise<void>(resolve => {
      const socket = connect(port, () => { resolve() })
      socket.on('connect', () => socket.write(connectPacket(`idle-${from + i}`)))
      socket.on('error', fail)
      idle.push(socket)
    })
  })
}

const obey = async (order: Order): Promise<object> => {
  switch (order.kind) {
    case 'messages': return await messages(order)
    case 'connects': return await connects(order)
    case 'idle':
      await openIdle(order.port, order.connections)
      return { open: idle.length }
    case 'drop':
      for (const socket of idle.splice(0)) socket.destroy()
      return { open: 0 }
  }
}

process.on('message', (order: Order) => {
  obey(order).then(said => process.send!(said), fail)
})
process.on('disconnect', () => process.exit())
process.send!({ ready: true })
