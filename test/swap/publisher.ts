import { connect, type Socket } from 'node:net'
import { generate } from 'mqtt-packet'

const CONNACK_BYTES = 4
const PUBACK_BYTES = 4
const PACE_MS = 50

/**
 * An MQTT 3.1.1 client that is cheap: it publishes with QoS 1, and again as soon as the PUBACK is there, until it is
 * told to stop.
 */
export class Publisher {
  readonly id: string
  published = 0
  acknowledged = 0
  closed = false
  #stopped = false
  #next: NodeJS.Timeout | undefined
  #received = 0
  readonly #socket: Socket

  constructor (port: number, id: string) {
    this.id = id
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.write(
      generate({ cmd: 'connect', clientId: id, clean: true, keepalive: 0, protocolId: 'MQTT', protocolVersion: 4 })
    )
    this.#socket.on('error', () => {})
    this.#socket.on('close', () => { this.closed = true })
    this.#socket.on('data', chunk => {
      this.#received += chunk.length
      if (this.#received < CONNACK_BYTES) return
      // Nothing else comes: the client subscribes to nothing.
      this.acknowledged = Math.floor((this.#received - CONNACK_BYTES) / PUBACK_BYTES)
      // At a pace that leaves the machine time for what is tested.
      if (this.acknowledged === this.published) this.#next = setTimeout(() => { this.#publish() }, PACE_MS)
    })
  }

  /** Nothing is under way: all that was published is acknowledged. */
  get idle (): boolean { return this.#received >= CONNACK_BYTES && this.acknowledged === this.published }

  #publish (): void {
    if (this.#stopped) return
    const n = ++this.published
    this.#socket.write(
      generate({
        cmd: 'publish',
        topic: `swap/${this.id}`,
        payload: `${this.id} ${n}`,
        qos: 1,
        messageId: n,
        dup: false,
        retain: false
      })
    )
  }

  /** Publish no more. */
  stop (): void {
    this.#stopped = true
    clearTimeout(this.#next)
  }

  /** Leave as MQTT wants it. */
  disconnect (): void { this.#socket.end(generate({ cmd: 'disconnect' })) }
}
