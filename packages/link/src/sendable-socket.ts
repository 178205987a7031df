import { Socket } from 'node:net'
import type { SharedSocket } from './transport.ts'
import { loadLibc } from './uring/abi/libc.ts'

/** A socket as Node sends it to another process. */
export interface SendableSocket {
  readonly handle: object
  /** It was sent. */
  close (): void
}

const isNative = (socket: SharedSocket): boolean => 'close' in socket

/**
 * Make a listener's socket one that Node can send. Node sends its own handles alone, so a descriptor of another kind is
 * duplicated, and the duplicate becomes one.
 */
export const sendable = (socket: SharedSocket): SendableSocket => {
  if (isNative(socket)) return { handle: socket, close () {} }
  const fd = loadLibc().duplicate(socket.fd)
  if (fd < 0) throw new Error(`a listening socket could not be duplicated: errno ${-fd}`)
  // It is neither read nor written.
  const holder = new Socket({ fd, readable: false, writable: false })
  return { handle: (holder as unknown as { readonly _handle: object })._handle, close () { holder.destroy() } }
}
