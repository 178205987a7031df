import type { Socket } from 'node:net'
import { httpRequest, responseCounter } from '../../wire/http-messages.ts'
import type { OrderOf, Outcome } from '../order.ts'
import { dial } from './dial.ts'
import { drain } from './drain.ts'
import { Meter } from './meter.ts'
import { openAll } from './open-all.ts'

type Requests = OrderOf<'requests'>

/** A connection with one request in flight. */
class Requester {
  readonly #meter: Meter
  readonly #responses = responseCounter()
  #sentAt = 0
  inFlight = 0
  socket!: Socket

  constructor (meter: Meter) { this.#meter = meter }

  async open (to: Requests): Promise<void> {
    await new Promise<void>(resolve => {
      this.socket = dial(to, resolve, (bytes, length) => {
        this.#onBytes(bytes, length)
      })
    })
  }

  begin (): void {
    this.inFlight = 1
    this.#sentAt = performance.now()
    this.socket.write(httpRequest)
  }

  #onBytes (bytes: Uint8Array, length: number): void {
    if (this.#responses.count(bytes, length) === 0) return
    this.inFlight = 0
    this.#meter.add(performance.now() - this.#sentAt)
    if (!this.#meter.stopping) this.begin()
  }
}

/** A closed loop: each response lets the next request of its connection go. */
export const requests = async (order: Requests): Promise<Outcome> => {
  const meter = new Meter()
  const clients = Array.from({ length: order.connections }, () => new Requester(meter))
  await openAll(order.connections, async i => { await clients[i]!.open(order) })
  for (const client of clients) client.begin()
  const seconds = await meter.run(order)
  await drain(clients)
  return meter.outcome(seconds)
}
