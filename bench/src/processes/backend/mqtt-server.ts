import { once } from 'node:events'
import net from 'node:net'
import tls from 'node:tls'
import { connack, puback } from '../../wire/messages.ts'
import { PacketCounter } from '../../wire/packet-counter.ts'
import { readInto } from '../../wire/read-into.ts'

const BATCH = 64
const acks = Buffer.concat(Array.from({ length: BATCH }, () => puback))

/** What a server does with the bytes of one connection: a CONNACK for the first packet, a PUBACK for every other. */
const answer = (welcome: Buffer): ((socket: net.Socket, bytes: Uint8Array, length: number) => void) => {
  let connected = false
  const counter = new PacketCounter()
  return (socket, bytes, length) => {
    let whole = counter.count(bytes, length)
    if (!connected && whole > 0) {
      connected = true
      whole--
      socket.write(welcome)
    }
    for (; whole > 0; whole -= BATCH) socket.write(whole >= BATCH ? acks : acks.subarray(0, whole * puback.length))
  }
}

const untilClosed = (socket: net.Socket): void => {
  socket.on('end', () => socket.end())
  socket.on('error', () => socket.destroy())
}

const listening = async (server: net.Server): Promise<number> => {
  server.listen(0, '127.0.0.1', 4096)
  await once(server, 'listening')
  return (server.address() as net.AddressInfo).port
}

/** An MQTT server that answers and forgets; its port. The session-present bit of its CONNACKs is `index`. */
export const listenMqtt = async (index: number): Promise<number> => {
  const welcome = Buffer.from(connack)
  welcome[2] = index
  return await listening(net.createServer({ pauseOnConnect: true, noDelay: true }, accepted => {
    const onBytes = answer(welcome)
    const socket = readInto(accepted, (bytes, length) => { onBytes(socket, bytes, length) })
    untilClosed(socket)
  }))
}

/** The same over TLS. */
export const listenMqttTls = async (cert: string, key: string): Promise<number> => await listening(tls.createServer({ cert, key, noDelay: true }, socket => {
  const onBytes = answer(connack)
  socket.on('data', (bytes: Buffer) => { onBytes(socket, bytes, bytes.length) })
  untilClosed(socket)
}))
