import type { Socket } from 'node:net'

const OWNER = Symbol('owner')

/** Who hears a socket's events: first the dial, then the link. */
export interface SocketOwner {
  onSocketConnect (): void
  onSocketBytes (bytes: Uint8Array): void
  onSocketEnd (): void
  onSocketDrain (): void
  onSocketError (error: Error): void
  onSocketClose (): void
}

/** A socket that knows who it belongs to. */
export type OwnedSocket = Socket & { [OWNER]: SocketOwner }

// The listeners are shared by all sockets and find their owner through `this`: a connection costs no closures, and changing hands is one store.
function onConnect (this: OwnedSocket): void { this[OWNER].onSocketConnect() }
function onData (this: OwnedSocket, bytes: Uint8Array): void { this[OWNER].onSocketBytes(bytes) }
function onEnd (this: OwnedSocket): void { this[OWNER].onSocketEnd() }
function onDrain (this: OwnedSocket): void { this[OWNER].onSocketDrain() }
function onError (this: OwnedSocket, error: Error): void { this[OWNER].onSocketError(error) }
function onClose (this: OwnedSocket): void { this[OWNER].onSocketClose() }

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

/** Tell the owner when a dialled socket is connected. */
export const ownConnect = (socket: Socket, event: 'connect' | 'secureConnect'): void => { socket.once(event, onConnect) }

/** Deliver through 'data' events, for sockets that cannot use the shared buffer. Starts the flow at the next turn of the loop. */
export const ownData = (socket: Socket): void => { socket.on('data', onData) }

/**
 * One buffer that every plain socket of the process is read into, and the one callback that hears of it. Node calls it with the socket as `this`.
 *
 * Sharing is sound because libuv on Unix reads only when there is something to read, and hands the bytes over before it reads the next socket.
 * Not for TLS: Node aborts the process there in rare cases (nodejs/node#31823), it ignores the option on accepted sockets, and it copies anyway.
 */
export const sharedRead = {
  buffer: Buffer.allocUnsafeSlow(64 * 1024),
  callback (this: unknown, length: number, buffer: Uint8Array): boolean {
    (this as OwnedSocket)[OWNER].onSocketBytes(buffer.subarray(0, length))
    return true
  }
}
