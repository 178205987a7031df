import net from 'node:net'
import tls from 'node:tls'
import { connack, puback } from '../../wire/messages.ts'
import { PacketCounter } from '../../wire/packet-counter.ts'
import { readInto } from '../../wire/read-into.ts'
import { FrameReader, serverClose, serverFrame } from '../../wire/websocket-frame.ts'
import { HEAD_END, upgradeResponse } from '../../wire/websocket-handshake.ts'
import { listening, untilClosed } from './listening.ts'

const BATCH = 64
const batch = (ack: Buffer): Buffer => Buffer.concat(Array.from({ length: BATCH }, () => ack))
const acks = batch(puback)
const ackFrames = batch(serverFrame(puback))

/** What a server does with the bytes of one connection: a CONNACK for the first packet, a PUBACK for every other. */
const answer = (welcome: Buffer, acks: Buffer): ((socket: net.Socket, bytes: Uint8Array, length: number) => void) => {
  let connected = false
  const counter = new PacketCounter()
  return (socket, bytes, length) => {
    let whole = counter.count(bytes, length)
    if (!connected && whole > 0) {
      connected = true
      whole--
      socket.write(welcome)
    }
    for (; whole > 0; whole -= BATCH)
      socket.write(whole >= BATCH ? acks : acks.subarray(0, whole * acks.length / BATCH))
  }
}

const welcomeOf = (index: number): Buffer => {
  const welcome = Buffer.from(connack)
  welcome[2] = index
  return welcome
}

/** An MQTT server that answers and forgets; its port. The session-present bit of its CONNACKs is `index`. */
export const listenMqtt = async (index: number): Promise<number> => {
  const welcome = welcomeOf(index)
  return await listening(net.createServer({ pauseOnConnect: true, noDelay: true }, accepted => {
    const onBytes = answer(welcome, acks)
    const socket = readInto(accepted, (bytes, length) => { onBytes(socket, bytes, length) })
    untilClosed(socket)
  }))
}

/** The same over TLS. */
export const listenMqttTls = async (cert: string, key: string): Promise<number> =>
  await listening(tls.createServer({ cert, key, noDelay: true }, socket => {
    const onBytes = answer(connack, acks)
    socket.on('data', (bytes: Buffer) => {
      onBytes(socket, bytes, bytes.length)
    })
    untilClosed(socket)
  }))

/** The same in binary messages of WebSockets, one for each packet. */
export const listenMqttWebSocket = async (index: number): Promise<number> => {
  const welcome = serverFrame(welcomeOf(index))
  return await listening(net.createServer({ pauseOnConnect: true, noDelay: true }, accepted => {
    const onBytes = answer(welcome, ackFrames)
    const frames = new FrameReader()
    let head = ''
    let open = false
    const socket = readInto(accepted, (bytes, length) => {
      if (open) {
        onBytes(socket, bytes, frames.unframe(bytes, length))
        if (frames.closed) socket.end(serverClose)
        return
      }
      // No client sends frames before it has the response.
      head += bytes.toString('latin1', 0, length)
      if (!head.endsWith(HEAD_END)) return
      open = true
      socket.write(upgradeResponse(head))
    })
    untilClosed(socket)
  }))
}
