import type { Socket } from 'node:net'
import { connectPacket } from '../../wire/messages.ts'
import type { OrderOf } from '../order.ts'
import { carried, dial } from './dial.ts'
import { openAll } from './open-all.ts'

const idle: Socket[] = []

/** Open connections beside those that are open already; each has got its CONNACK. */
export const openIdle = async (order: OrderOf<'idle'>): Promise<{ open: number }> => {
  const from = idle.length
  await openAll(order.connections, async i => {
    await new Promise<void>(resolve => {
      const socket = dial(order, () => socket.write(carried(order, connectPacket(`idle-${from + i}`))), () => {
        resolve()
      })
      idle.push(socket)
    })
  })
  return { open: idle.length }
}

/** Close them all. */
export const dropIdle = (): { open: number } => {
  for (const socket of idle.splice(0)) socket.destroy()
  return { open: 0 }
}
