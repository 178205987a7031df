import type { LinkSink } from '../byte-link.ts'
import type { ByteMeter } from '../byte-meter.ts'
import type { UringLoop } from './loop.ts'

// Kinds of a link's operations.
export const RECV = 0
export const SEND = 1
export const CANCEL = 2
export const CLOSE = 3

/** No buffer of the ring. */
export const NONE = -1

/** The interface of a link for its two directions: the socket, and the state of its end. */
export interface RingSocket {
  readonly loop: UringLoop
  readonly fd: number
  /** The owner of all operations on the socket. */
  readonly slot: number
  readonly sink: LinkSink
  readonly meter: ByteMeter
  /** Operations without their last completion. */
  operations: number
  /** Of those, cancellations. */
  cancels: number
  /** We closed or aborted: nothing more is delivered but onClosed. */
  readonly closed: boolean
  /** The descriptor is being given back. */
  readonly tearing: boolean
  /** Call the link's `onTurn` once more in this turn. */
  defer (): void
}
