import net from 'node:net'

const shared = Buffer.alloc(64 * 1024)

interface Handled { _handle: unknown }

/**
 * Read an accepted socket (server with pauseOnConnect) into one buffer that all share; `onBytes` gets it with the
 * length.
 */
export const readInto = (accepted: net.Socket, onBytes: (bytes: Buffer, length: number) => void): net.Socket => {
  const owner = accepted as unknown as Handled
  const handle = owner._handle
  owner._handle = null
  const socket = new net.Socket({
    handle, allowHalfOpen: true, onread: { buffer: shared, callback: (length: number, bytes: Uint8Array) => { onBytes(bytes as Buffer, length); return true } }
  } as unknown as net.SocketConstructorOpts)
  socket.setNoDelay(true)
  socket.resume()
  return socket
}
