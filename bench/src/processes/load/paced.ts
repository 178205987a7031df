import { publishPacket } from '../../wire/messages.ts'
import type { OrderOf, Outcome } from '../order.ts'
import { carried } from './dial.ts'
import { drain } from './drain.ts'
import { Meter } from './meter.ts'
import { MqttClient } from './mqtt-client.ts'
import { onTime } from './on-time.ts'
import { openAll } from './open-all.ts'

/** Unanswered messages a connection may have: more means that a path cannot hold the rate at all. */
const MOST = 1024

/**
 * A connection that sends whenever it is told to. Its latencies begin when a message was due, not when it could be
 * sent.
 */
class Paced extends MqttClient {
  readonly #meter: Meter
  readonly #publish: Buffer
  /** When the messages in flight were due; not a number for those outside the measured part. */
  readonly #dueAt = new Float64Array(MOST)
  #oldest = 0

  constructor (meter: Meter, publish: Buffer) {
    super()
    this.#meter = meter
    this.#publish = publish
  }

  send (due: number): void {
    if (this.inFlight === MOST)
      throw new Error(`${MOST} messages unanswered on a connection: the path does not hold this rate`)
    this.#dueAt[(this.#oldest + this.inFlight) % MOST] = this.#meter.counting ? due : NaN
    this.inFlight++
    this.socket.write(this.#publish)
  }

  protected onAcks (count: number): void {
    if (this.#meter.counting) this.#meter.done += count
    for (let i = 0; i < count; i++) this.#forget()
  }

  /** What was not answered to the end counts with the time it has waited. */
  giveUp (): void { for (; this.inFlight > 0; this.inFlight--) this.#forget() }

  #forget (): void {
    const due = this.#dueAt[this.#oldest]!
    if (!Number.isNaN(due)) this.#meter.latencies.add(performance.now() - due)
    this.#oldest = (this.#oldest + 1) % MOST
  }
}

/**
 * An open loop: messages begin on time whatever became of those before, so a path that stalls is charged for all it
 * kept waiting.
 */
export const paced = async (order: OrderOf<'paced'>): Promise<Outcome> => {
  const meter = new Meter()
  const publish = carried(order, publishPacket(order.size))
  const clients = Array.from({ length: order.connections }, () => new Paced(meter, publish))
  await openAll(order.connections, async i => { await clients[i]!.open(order, `client-${i}`) })
  let next = 0
  const stop = onTime(order.perSecond, due => {
    if (!meter.stopping) clients[next++ % clients.length]!.send(due)
  })
  const seconds = await meter.run(order)
  await stop()
  await drain(clients)
  for (const client of clients) client.giveUp()
  return meter.outcome(seconds)
}
