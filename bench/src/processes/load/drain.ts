import type { Socket } from 'node:net'
import { pause } from './pause.ts'

/** How long after the end the last answers are waited for. */
export const DRAIN_MS = 2000

/** A connection with something in flight. */
interface Waiting { readonly inFlight: number, readonly socket: Socket }

/** Wait for what is in flight, then close. */
export const drain = async (clients: readonly Waiting[]): Promise<void> => {
  const until = performance.now() + DRAIN_MS
  while (clients.some(client => client.inFlight > 0) && performance.now() < until) await pause(5)
  for (const { socket } of clients) socket.destroy()
}
