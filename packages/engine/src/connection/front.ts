// A connection's interface of its entry: a user vserver, or a rehearsal of one.
import type { CloseReason } from '@weirlb/model'
import type { ByteMeter, ServerLayer } from '@weirlb/link'
import type { Entrance } from '../servers/client-side.ts'
import type { Recorded } from './record.ts'

/** A user vserver as its connections see it. */
export interface Front extends Entrance {
  /** The guest's index of it. */
  readonly index: number
  /** Number of the worker that runs it. */
  readonly worker: number
  /** Counts the bytes of all its clients. */
  readonly meter: ByteMeter
  /** What is put on a client's link when it asks for TLS inside the protocol; none: TLS cannot be started. */
  readonly tlsLayers: readonly ServerLayer[]
  /** The connection is gone: count it. `detail`: further text about the reason, if any. */
  onConnectionClosed (connection: Recorded, reason: CloseReason, detail: string): void
}
