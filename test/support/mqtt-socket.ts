import { connect, type Socket } from 'node:net'
import { generate, parser, type Packet } from 'mqtt-packet'
import { until } from '@weirlb/testing'
import { NAME_TOPIC } from './mosquitto.ts'

/** An MQTT client that decides about every byte itself. */
export class MqttSocket {
  readonly packets: Packet[] = []
  /** All bytes that came back. */
  received = Buffer.alloc(0)
  closed = false
  /** The other side has ended the connection in order, with a FIN. */
  fin = false
  readonly #socket: Socket
  readonly #version: number

  constructor (port: number, version = 4) {
    this.#version = version
    const parse = parser({ protocolVersion: version })
    parse.on('packet', packet => { this.packets.push(packet) })
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.on('data', chunk => {
      this.received = Buffer.concat([this.received, chunk])
      parse.parse(chunk)
    })
    this.#socket.on('end', () => { this.fin = true })
    this.#socket.on('error', () => { this.fin = false })
    this.#socket.on('close', () => { this.closed = true })
  }

  /** Resolves when the bytes were handed to the system. */
  async send (bytes: Uint8Array): Promise<void> {
    await new Promise<void>((resolve, reject) => { this.#socket.write(bytes, error => { if (error) reject(error); else resolve() }) })
  }

  async packet<C extends Packet['cmd']> (cmd: C): Promise<Packet & { cmd: C }> {
    return await until(() => {
      const found = this.packets.find(packet => packet.cmd === cmd)
      if (found === undefined && this.closed)
        throw new Error(`closed before ${cmd}; received ${this.received.toString('hex')}`)
      return found as (Packet & { cmd: C }) | undefined
    }, cmd)
  }

  /** The name of the broker at the other end; CONNECT must have been sent. */
  async brokerName (): Promise<string> {
    await this.packet('connack')
    await this.send(subscribeToName(this.#version))
    const { payload } = await this.packet('publish')
    return payload.toString()
  }

  async end (): Promise<void> {
    this.#socket.end(generate({ cmd: 'disconnect' }, { protocolVersion: this.#version }))
    await this.isClosed()
  }

  async isClosed (): Promise<void> { await until(() => this.closed, 'the connection to close') }
  destroy (): void { this.#socket.destroy() }
}

/** SUBSCRIBE to where a broker keeps its name. */
export const subscribeToName = (version: number): Buffer =>
  generate({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: NAME_TOPIC, qos: 0 }] }, { protocolVersion: version })
