import net from 'node:net'
import tls from 'node:tls'

const shared = Buffer.alloc(64 * 1024)

const fail = (error: Error): void => { process.send!({ failed: `load generator: ${error.message}` }) }

/** Where to, and with which TLS session where one is to be resumed. */
export interface Dialled { readonly port: number, readonly tls?: boolean | undefined, readonly session?: Buffer | undefined }

const plain = (port: number, onBytes: (bytes: Uint8Array, length: number) => void): net.Socket => net.connect({
  port,
  host: '127.0.0.1',
  noDelay: true,
  onread: { buffer: shared, callback: (length: number, bytes: Uint8Array) => { onBytes(bytes, length); return true } }
} as unknown as net.NetConnectOpts)

const secure = ({ port, session }: Dialled, onBytes: (bytes: Uint8Array, length: number) => void): tls.TLSSocket => {
  const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...(session === undefined ? {} : { session }) })
  socket.setNoDelay(true)
  socket.on('data', (bytes: Buffer) => { onBytes(bytes, bytes.length) })
  return socket
}

/** Open a connection; `onReady` when it can be written to, `onBytes` valid during the call only. Errors end the run. */
export const dial = (to: Dialled, onReady: () => void, onBytes: (bytes: Uint8Array, length: number) => void): net.Socket => {
  const socket = to.tls === true ? secure(to, onBytes) : plain(to.port, onBytes)
  socket.on(to.tls === true ? 'secureConnect' : 'connect', onReady)
  socket.on('error', fail)
  return socket
}
