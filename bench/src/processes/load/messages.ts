import { publishPacket } from '../../wire/messages.ts'
import type { OrderOf, Outcome } from '../order.ts'
import { carried } from './dial.ts'
import { drain } from './drain.ts'
import { Meter } from './meter.ts'
import { MqttClient } from './mqtt-client.ts'
import { openAll } from './open-all.ts'

type Messages = OrderOf<'messages'>

/** A connection with `window` messages in flight. All that one read acknowledges is replaced with one write. */
class Publisher extends MqttClient {
  readonly #meter: Meter
  readonly #window: number
  readonly #size: number
  readonly #publishes: Buffer
  readonly #sentAt: Float64Array
  #oldest = 0

  constructor (meter: Meter, window: number, publishes: Buffer) {
    super()
    this.#meter = meter
    this.#window = window
    this.#size = publishes.length / window
    this.#publishes = publishes
    this.#sentAt = new Float64Array(window)
  }

  begin (): void {
    this.#sentAt.fill(performance.now())
    this.#send(this.#window)
  }

  #send (count: number): void {
    this.inFlight += count
    this.socket.write(count === this.#window ? this.#publishes : this.#publishes.subarray(0, count * this.#size))
  }

  protected onAcks (count: number): void {
    const now = performance.now()
    for (let i = 0; i < count; i++) {
      this.#meter.add(now - this.#sentAt[this.#oldest]!)
      this.#sentAt[this.#oldest] = now
      this.#oldest = (this.#oldest + 1) % this.#window
    }
    if (!this.#meter.stopping) this.#send(count)
  }
}

/** Whose turn it is: one after the other, but for those that still wait for an answer. */
class Turns {
  readonly clients: Taker[] = []
  #next = 0

  begin (): void {
    let client
    do client = this.clients[this.#next++ % this.clients.length]!
    while (client.inFlight > 0)
    client.begin()
  }
}

/** A connection that sends when its turn comes: each answer, on whichever connection, lets the next one go. */
class Taker extends MqttClient {
  readonly #meter: Meter
  readonly #turns: Turns
  readonly #publish: Buffer
  #sentAt = 0

  constructor (meter: Meter, turns: Turns, publish: Buffer) {
    super()
    this.#meter = meter
    this.#turns = turns
    this.#publish = publish
    turns.clients.push(this)
  }

  begin (): void {
    this.inFlight++
    this.#sentAt = performance.now()
    this.socket.write(this.#publish)
  }

  protected onAcks (): void {
    this.#meter.add(performance.now() - this.#sentAt)
    if (!this.#meter.stopping) this.#turns.begin()
  }
}

/** A closed loop: each answer lets the next message go. */
export const messages = async (order: Messages): Promise<Outcome> => {
  const meter = new Meter()
  const turns = new Turns()
  const publishes = Buffer.concat(Array.from({ length: order.window }, () => carried(order, publishPacket(order.size))))
  const clients = Array.from(
    { length: order.connections },
    () =>
      order.active === undefined ? new Publisher(meter, order.window, publishes) : new Taker(meter, turns, publishes)
  )
  await openAll(order.connections, async i => {
    await clients[i]!.open(order, `client-${i}`)
  })
  for (const client of order.active === undefined ? clients : clients.slice(0, order.active)) client.begin()
  const seconds = await meter.run(order)
  await drain(clients)
  return meter.outcome(seconds)
}
