import { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'

const OWNER = Symbol('owner')
/** Guards that are kept for the next writes. */
const MAX_SPARE_GUARDS = 64

/** The receiver of a socket's events: first the dial, then the link. */
export interface SocketOwner {
  onSocketConnect (): void
  onSocketBytes (bytes: Uint8Array): void
  onSocketEnd (): void
  onSocketDrain (): void
  onSocketError (error: Error): void
  /** A write failed. The socket continues reading, and accepts no more writes. Only guarded sockets report this. */
  onSocketWriteFailed (error: Error): void
  onSocketClose (): void
  /** One of these calls threw. */
  onSocketFault (error: unknown): void
}

/** Node's callback for a chunk that has left. */
type Written = (error?: Error | null) => void

/** A socket with a reference to its owner. */
export type OwnedSocket = Socket & { [OWNER]: SocketOwner }

// All sockets share these listeners, which find the owner through `this`: a connection costs no closures, and a new
// owner is one store. An exception in them would be uncaught, and would end every connection of the process.
function onConnect (this: OwnedSocket): void {
  const owner = this[OWNER]
  try { owner.onSocketConnect() } catch (error) { owner.onSocketFault(error) }
}
function onData (this: OwnedSocket, bytes: Uint8Array): void {
  const owner = this[OWNER]
  try { owner.onSocketBytes(bytes) } catch (error) { owner.onSocketFault(error) }
}
function onEnd (this: OwnedSocket): void {
  const owner = this[OWNER]
  try { owner.onSocketEnd() } catch (error) { owner.onSocketFault(error) }
}
function onDrain (this: OwnedSocket): void {
  const owner = this[OWNER]
  try { owner.onSocketDrain() } catch (error) { owner.onSocketFault(error) }
}
function onError (this: OwnedSocket, error: Error): void {
  const owner = this[OWNER]
  try { owner.onSocketError(error) } catch (fault) { owner.onSocketFault(fault) }
}
function onClose (this: OwnedSocket): void {
  const owner = this[OWNER]
  try { owner.onSocketClose() } catch (error) { owner.onSocketFault(error) }
}

// Node destroys a socket whose write fails, with all the bytes that the kernel has received for it. A server that
// answers and closes without reading everything resets (RFC 9293 §3.10.4; a broker that refuses a client does so). A
// writer that has not read yet would lose the answer. Linux keeps received bytes readable after a reset. So a guarded
// socket hides the failure from Node's stream, which continues reading until the end or the reset.
class WriteGuard {
  #socket: OwnedSocket | undefined
  #written: Written | undefined

  /** Returns the function to pass to Node instead of `written`, for one write. */
  for (socket: OwnedSocket, written: Written): Written {
    this.#socket = socket
    this.#written = written
    return this.#done
  }

  readonly #done: Written = error => {
    const socket = this.#socket!
    const written = this.#written!
    this.#socket = this.#written = undefined
    if (guards.length < MAX_SPARE_GUARDS) guards.push(this)
    if (!error || socket.destroyed) {
      written(error)
      return
    }
    const owner = socket[OWNER] as SocketOwner | undefined
    // A socket of one of Node's own streams, which has had an owner before or never (a layer took it before its link
    // began).
    if (owner === undefined || owner === givenAway) {
      written(error)
      return
    }
    try { owner.onSocketWriteFailed(error) } catch (fault) { owner.onSocketFault(fault) }
  }
}

// Nearly every write is done before it returns, so that one guard serves all sockets. measured: a guard a socket is 120
// bytes of each.
const guards: WriteGuard[] = []
const guard = (socket: OwnedSocket, written: Written): Written =>
  (guards.pop() ?? new WriteGuard()).for(socket, written)

// The implementation of a stream.Writable (`_write`, `_writev`), with a guard instead of Node's callback.
function write (this: OwnedSocket, chunk: unknown, encoding: BufferEncoding, written: Written): void {
  Socket.prototype._write.call(this, chunk, encoding, guard(this, written))
}
function writev (this: OwnedSocket, chunks: Chunk[], written: Written): void {
  Socket.prototype._writev!.call(this, chunks, guard(this, written))
}
// measured: one text costs 0.7 µs less than a head, a body and the empty end of a response as parts of one writev.
function writeJoined (this: OwnedSocket, chunks: Chunk[], written: Written): void {
  const text = shortText(chunks)
  if (text === undefined) writev.call(this, chunks, written)
  else Socket.prototype._write.call(this, text, 'latin1', guard(this, written))
}

interface Chunk { readonly chunk: Buffer | string, readonly encoding: BufferEncoding }

/** The longest text that Node encodes on the stack (StreamBase::WriteString). */
const SHORT = 16 * 1024

/** Chunks that begin with a text, as one; undefined where they are none, or too long. */
const shortText = (chunks: readonly Chunk[]): string | undefined => {
  if (typeof chunks[0]!.chunk !== 'string') return undefined
  let length = 0
  for (const { chunk, encoding } of chunks) {
    length += chunk.length
    if (length > SHORT || (typeof chunk === 'string' && encoding !== 'latin1')) return undefined
  }
  let text = ''
  for (const { chunk } of chunks) text += typeof chunk === 'string' ? chunk : chunk.toString('latin1')
  return text
}

/** A plain socket whose writes are guarded. */
export class PlainSocket extends Socket {}
Object.assign(PlainSocket.prototype, { _write: write, _writev: writeJoined })

/** Guard the writes of a TLS socket, which is not ours to make. */
export const guardWrites = (socket: Socket): void => { Object.assign(socket, { _write: write, _writev: writev }) }

/** Give the socket's events to `owner`, from now on or instead of the owner before. */
export const own = (socket: Socket, owner: SocketOwner): void => {
  const first = !(OWNER in socket)
  ;(socket as OwnedSocket)[OWNER] = owner
  if (!first) return
  socket.on('end', onEnd)
  socket.on('drain', onDrain)
  socket.on('error', onError)
  socket.on('close', onClose)
}

/** The owner of a socket that was passed to one of Node's own streams, which has its own listeners. */
const givenAway: SocketOwner = {
  onSocketConnect () {},
  onSocketBytes () {},
  onSocketEnd () {},
  onSocketDrain () {},
  onSocketError () {},
  onSocketWriteFailed () {},
  onSocketClose () {},
  onSocketFault (error) { throw error }
}

/** End the handling of a socket's events here; arrived bytes stay in it. */
export const giveAway = (socket: Socket): void => {
  (socket as OwnedSocket)[OWNER] = givenAway
  if (!socket.off('data', onData).isPaused()) socket.pause()
}

/** Call the owner when a dialled socket is connected. */
export const ownConnect = (socket: Socket): void => { socket.once('connect', onConnect) }

/** Call the owner when the handshake of a dialled TLS socket is over, as for a connect. */
export const ownSecureConnect = (socket: TLSSocket): void => { socket.once('secureConnect', onConnect) }

/**
 * Deliver through 'data' events, for sockets that cannot use the shared buffer. Starts the flow at the next turn of the
 * loop.
 */
export const ownData = (socket: Socket): void => { socket.on('data', onData) }

/**
 * One buffer for reading every plain socket of the process, and its one callback. Node calls it with the socket as
 * `this`.
 *
 * Sharing is sound because libuv on Unix reads only when there are bytes, and delivers them before it reads the next
 * socket. Not for TLS: Node aborts the process there in rare cases (nodejs/node#31823), ignores the option on
 * accepted sockets, and copies anyway.
 */
export const sharedRead = {
  buffer: Buffer.allocUnsafeSlow(64 * 1024),
  callback (this: unknown, length: number, buffer: Uint8Array): boolean {
    onData.call(this as OwnedSocket, buffer.subarray(0, length))
    return true
  }
}
