import net from 'node:net'
import tls from 'node:tls'
import type { Over } from '../../wire/over.ts'
import { clientClose, clientFrame, FrameReader } from '../../wire/websocket-frame.ts'
import { HEAD_END, isUpgraded, upgradeRequest } from '../../wire/websocket-handshake.ts'

/** Bytes, and how many of them are valid, during the call only. */
type OnBytes = (bytes: Uint8Array, length: number) => void

const shared = Buffer.alloc(64 * 1024)

const fail = (error: Error): void => { process.send!({ failed: `load generator: ${error.message}` }) }

/** Where to, over what, and with which TLS session where one is to be resumed. */
export interface Dialled {
  readonly port: number
  readonly over?: Over | undefined
  readonly session?: Buffer | undefined
}

/** A packet as it is written to a connection that was dialled. */
export const carried = ({ over }: Pick<Dialled, 'over'>, packet: Buffer): Buffer =>
  over === 'websocket' ? clientFrame(packet) : packet

/** End a connection; a WebSocket is ended by its server, which gets a Close frame. */
export const hangUp = (socket: net.Socket, { over }: Pick<Dialled, 'over'>): void => {
  if (over === 'websocket') socket.write(clientClose)
  else socket.end()
}

const plain = (port: number, onBytes: OnBytes): net.Socket => net.connect({
  port,
  host: '127.0.0.1',
  noDelay: true,
  onread: { buffer: shared, callback: (length: number, bytes: Uint8Array) => { onBytes(bytes, length); return true } }
} as unknown as net.NetConnectOpts)

/**
 * Node offers a hybrid with ML-KEM first, which HAProxy's OpenSSL 3.0 does not know: then the proxies would do
 * different work.
 */
const GROUP = 'X25519'

const secure = ({ port, session }: Dialled, onBytes: OnBytes): tls.TLSSocket => {
  const socket = tls.connect({
    port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    ecdhCurve: GROUP,
    ...(session === undefined ? {} : { session })
  })
  socket.setNoDelay(true)
  socket.on('data', (bytes: Buffer) => { onBytes(bytes, bytes.length) })
  return socket
}

/** The upgrade is part of it, and the bytes are those of the frames. */
const webSocket = (port: number, onReady: () => void, onBytes: OnBytes): net.Socket => {
  const frames = new FrameReader()
  let head = ''
  let open = false
  const socket = plain(port, (bytes, length) => {
    if (open) {
      const payload = frames.unframe(bytes, length)
      if (payload > 0) onBytes(bytes, payload)
      return
    }
    head += (bytes as Buffer).toString('latin1', 0, length)
    if (!head.endsWith(HEAD_END)) return
    if (!isUpgraded(head)) throw new Error(`the upgrade was refused: ${head.split('\r\n', 1)[0]!}`)
    open = true
    onReady()
  })
  socket.on('connect', () => socket.write(upgradeRequest))
  return socket
}

const dials: Readonly<Record<Over, (to: Dialled, onReady: () => void, onBytes: OnBytes) => net.Socket>> = {
  tcp: ({ port }, onReady, onBytes) => plain(port, onBytes).on('connect', onReady),
  tls: (to, onReady, onBytes) => secure(to, onBytes).on('secureConnect', onReady),
  websocket: ({ port }, onReady, onBytes) => webSocket(port, onReady, onBytes)
}

/** Open a connection; `onReady` when it can be written to, `onBytes` valid during the call only. Errors end the run. */
export const dial = (to: Dialled, onReady: () => void, onBytes: OnBytes): net.Socket => {
  const socket = dials[to.over ?? 'tcp'](to, onReady, onBytes)
  socket.on('error', fail)
  return socket
}
