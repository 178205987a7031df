import { pause } from './pause.ts'
import type { MqttClient } from './mqtt-client.ts'

/** How long after the end the last answers are waited for. */
export const DRAIN_MS = 2000

/** Wait for what is in flight, then close. */
export const drain = async (clients: readonly MqttClient[]): Promise<void> => {
  const until = performance.now() + DRAIN_MS
  while (clients.some(client => client.inFlight > 0) && performance.now() < until) await pause(5)
  for (const { socket } of clients) socket.destroy()
}
