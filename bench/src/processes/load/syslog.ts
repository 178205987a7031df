import type { Socket } from 'node:net'
import { syslogMessages } from '../../wire/syslog-messages.ts'
import type { OrderOf, Outcome } from '../order.ts'
import { dial } from './dial.ts'
import { Meter } from './meter.ts'
import { onTime } from './on-time.ts'
import { openAll } from './open-all.ts'
import { pause } from './pause.ts'

/** For what is on its way when the clock stops. */
const ARRIVE_MS = 200

/**
 * Log lines as they come, one way: nobody answers, so the rate is given and what arrives is counted at the other end.
 */
export const syslog = async (order: OrderOf<'syslog'>): Promise<Outcome> => {
  const meter = new Meter()
  const messages = syslogMessages(order.size)
  const sockets: Socket[] = []
  await openAll(order.connections, async () => {
    await new Promise<void>(resolve => { sockets.push(dial(order, resolve, () => {})) })
  })
  let next = 0
  const stop = onTime(order.perSecond, () => {
    if (meter.stopping) return
    const message = messages[next % messages.length]!
    // A sender whose path does not take its lines loses them, as a syslog client would.
    const socket = sockets[next % sockets.length]!
    next++
    if (socket.writableLength < socket.writableHighWaterMark) socket.write(message)
    if (meter.counting) meter.done++
  })
  const seconds = await meter.run(order)
  await stop()
  await pause(ARRIVE_MS)
  for (const socket of sockets) socket.destroy()
  return meter.outcome(seconds)
}
