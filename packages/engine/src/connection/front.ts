// What a connection needs of where it came in: a user vserver, or a rehearsal of one.
import type { CloseReason } from '@weirlb/model'
import type { ByteMeter } from '@weirlb/link'
import type { Entrance } from '../servers/client-side.ts'
import type { Recorded } from './record.ts'

/** A user vserver as its connections see it. */
export interface Front extends Entrance {
  /** What the guest calls it by. */
  readonly index: number
  /** Number of the worker that runs it. */
  readonly worker: number
  /** Counts the bytes of all its clients. */
  readonly meter: ByteMeter
  /** The connection is gone: count it. `detail`: what is to be said about the reason, or nothing. */
  onConnectionClosed (connection: Recorded, reason: CloseReason, detail: string): void
}
