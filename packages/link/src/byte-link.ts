// The interface between the pipeline and the operating system, and between a layer and the one above. `node` and
// `uring` implement it on sockets, `layer` on other links.
//
// Life of a link:   open ──► (onEnd: the peer sends no more) ──► onClosed, exactly once, last of all
//                     └─ end(): we send no more ─┘

import type { CloseReason } from '@weirlb/model'
import type { ByteMeter } from './byte-meter.ts'
import type { ClientFacts, Peer } from './client-facts.ts'

/**
 * Why a link was closed by something other than us: `reset` by the peer or its network, `protocol` because the peer
 * violated a layer's rules. For layers and dials that did not open also `limit`, a maximum of their own, `unverified`,
 * a client that failed verification, `rule`, `function` and `challenge`, a client that those refused,
 * `function-failed`, one on which an edge function could not decide, and `internal`, a fault of ours.
 */
export interface LinkError { readonly kind: 'reset' | 'timeout' | 'refused' | 'tls' | 'protocol' | 'limit' | 'unverified' | 'rule' | 'rate-limit' | 'banned' | 'challenge' | 'function' | 'function-failed' | 'not-allowed' | 'internal' | 'other', readonly message: string }

/** The receiver of a link's events. Replaced, not wrapped, when a connection becomes a tunnel. */
export interface LinkSink {
  /**
   * Bytes arrived. They are valid during this call only, unless the link keeps them: the transport reuses the memory.
   */
  onBytes (bytes: Uint8Array): void
  /** The peer has sent its last byte (FIN). */
  onEnd (): void
  /** Everything written so far has left the process. Called after a write returned false. */
  onDrained (): void
  /**
   * The link is gone, exactly once; `error` is undefined when both ends closed in order or we closed it.
   * Everything that the peer sent before a reset has been delivered by then, unless we closed the link, also when a
   * write found the reset first.
   */
  onClosed (error: LinkError | undefined): void
  /** One of these calls threw: only the owner of this sink ends. */
  onFault (error: unknown): void
}

/** A connected, bidirectional stream of bytes. */
export interface ByteLink {
  /** A server's address and port. For a client also the facts of its layers, set when all of them are open. */
  peer: ClientFacts
  /**
   * Our own address at the socket below, as the system reports it; undefined once the socket is gone, or if a layer
   * does not know it. Costs a system call.
   */
  readonly local?: Peer | undefined
  sink: LinkSink
  readonly bytesRead: number
  readonly bytesWritten: number
  /** Counts the bytes of all links of a kind. Set by the link's owner before anything is delivered or written. */
  meter: ByteMeter
  /** Bytes written that have not left the process. */
  readonly queued: number
  /**
   * Bytes written whose arrival at the peer is not known: queued ones, and those in the operating system if it
   * reports them. Costs a system call.
   */
  readonly unsent: number
  /** Milliseconds for which it has been read without a pause; 0 in a pause. */
  readonly readFor: number
  /**
   * Send bytes that the caller will reuse: the link takes what it needs before it returns. False: stop, more than the
   * high-water mark is queued.
   */
  write (bytes: Uint8Array): boolean
  /** Send bytes that are never changed afterwards. Returns like `write`. */
  writeOwned (bytes: Uint8Array): boolean
  /**
   * Keep the bytes passed to `onBytes` in place until `release`. False: a caller that needs them longer must copy
   * them.
   */
  keep (bytes: Uint8Array): boolean
  /**
   * Kept bytes, or the rest of them, are needed no more. Once for each time they were kept, and also when the link is
   * gone. They may have been written, but never as owned.
   */
  release (bytes: Uint8Array): void
  /** Stop reading. Counted: reading resumes when every pause has been resumed. */
  pause (): void
  resume (): void
  /** Send FIN after the queued bytes; reading continues. */
  end (): void
  /** Send the queued bytes, then close both directions. A layer with a close message sends the reason. */
  close (reason?: CloseReason): void
  /** Close now with a reset; what is queued is lost. */
  abort (): void
}
