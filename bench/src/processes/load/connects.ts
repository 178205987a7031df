import type { TLSSocket } from 'node:tls'
import { connack, connectPacket } from '../../wire/messages.ts'
import type { OrderOf, Outcome } from '../order.ts'
import { carried, dial, hangUp } from './dial.ts'
import { DRAIN_MS } from './drain.ts'
import { Meter } from './meter.ts'
import { pause } from './pause.ts'

type Connects = OrderOf<'connects'>

/** The server that each client ID was on first, by the session-present bit of its CONNACKs. */
const servers = new Map<string, number>()

/** A place for one connection after the other. */
class Slot {
  /** The last session ticket that was given out here. */
  #session: Buffer | undefined

  async connect (order: Connects, meter: Meter, id: string): Promise<void> {
    await new Promise<void>(resolve => {
      const from = performance.now()
      let held = 0
      const socket = dial({ port: order.port, over: order.over, session: this.#session }, () => socket.write(carried(order, connectPacket(id))), (bytes, length) => {
        held += length
        if (held !== connack.length) return
        meter.add(performance.now() - from)
        if (meter.counting && order.over === 'tls' && (socket as TLSSocket).isSessionReused()) meter.resumed++
        const first = servers.get(id)
        const server = bytes[length - 2]!
        if (first === undefined) servers.set(id, server)
        else if (first !== server) meter.moved++
        hangUp(socket, order)
      })
      if (order.resume === true) socket.on('session', (session: Buffer) => { this.#session = session })
      socket.on('close', () => { resolve() })
    })
  }
}

/** A closed loop of connections that live for one CONNECT and its CONNACK. */
export const connects = async (order: Connects): Promise<Outcome> => {
  const meter = new Meter()
  servers.clear()
  let next = 0
  const slots = Array.from({ length: order.connections }, () => new Slot())
  // So that each has a session to resume.
  if (order.resume === true)
    await Promise.all(slots.map(async slot => {
      await slot.connect(order, meter, `client-${next++ % order.ids}`)
    }))
  const loops = Promise.all(slots.map(async slot => {
    while (!meter.stopping) await slot.connect(order, meter, `client-${next++ % order.ids}`)
  }))
  const seconds = await meter.run(order)
  await Promise.race([loops, pause(DRAIN_MS)])
  return meter.outcome(seconds)
}
