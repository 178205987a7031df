import type { Socket } from 'node:net'
import { connectPacket, puback } from '../../wire/messages.ts'
import { carried, dial, type Dialled } from './dial.ts'

/** An MQTT connection that counts the PUBACKs it gets. */
export abstract class MqttClient {
  #held = 0
  inFlight = 0
  socket!: Socket

  /** Resolves when the server has answered the CONNECT. */
  async open (to: Dialled, clientId: string): Promise<void> {
    await new Promise<void>(resolve => {
      let connected = false
      this.socket = dial(to, () => this.socket.write(carried(to, connectPacket(clientId))), (_, length) => {
        if (connected) {
          this.#onBytes(length)
          return
        }
        connected = true
        resolve()
      })
    })
  }

  protected abstract onAcks (count: number): void

  #onBytes (length: number): void {
    this.#held += length
    const acks = Math.floor(this.#held / puback.length)
    if (acks === 0) return
    this.#held -= acks * puback.length
    this.inFlight -= acks
    this.onAcks(acks)
  }
}
