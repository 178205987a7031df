import type { CloseReason } from '@weirlb/model'
import type { LinkError } from '@weirlb/link'
import type { Inlet } from '../direction/inlet.ts'
import { SERVER, type Side } from '../direction/side.ts'
import type { GuestClient } from '../extension/guest-client.ts'
import type { Deadline } from './deadline.ts'
import type { Front } from './front.ts'
import type { GoodbyeReason } from './goodbye-reason.ts'
import { endsBetweenMessages } from './departure.ts'
import { recordEnd, type Recorded } from './record.ts'

/** Maximum time of a goodbye, from the request to the extension until it is sent between two frames. */
const GOODBYE_MS = 1000

/** Returns why a client has ended, with this error of its link, and this side as the first that ended. */
export const clientsEnd = (error: LinkError | undefined, firstEnd: Side | undefined): CloseReason => {
  if (error !== undefined) return error.kind === 'protocol' ? 'protocol-error' : 'client-reset'
  return firstEnd === SERVER ? 'server-closed' : 'client-closed'
}

/** The interface of a connection for its end. */
export interface Endable extends Recorded, GuestClient {
  readonly vserver: Front
  readonly clientInlet: Inlet
  readonly deadline: Deadline
  /** The client's link is closed. */
  clientGone: boolean
}

/**
 * How far an end has come: a goodbye is awaited, or waits for the end of a frame; both sides are being closed; all
 * links are gone.
 */
type Step = 'begun' | 'goodbye' | 'closing' | 'gone'

/**
 * The end of a connection: its one reason, a goodbye if the protocol has one, and then the connection no longer
 * counts as open. Created when the end begins.
 *
 *   begun ──► goodbye requested ──► sent, or its time is over ──► both sides are closed ──► gone
 *     └─────────────────────────────────────────────────────────────┘
 */
export class Ending {
  readonly reason: CloseReason
  readonly #detail: string
  readonly #connection: Endable
  step: Step = 'begun'

  constructor (connection: Endable, reason: CloseReason, detail: string) {
    this.#connection = connection
    this.reason = reason
    this.#detail = detail
  }

  /** Request a goodbye from the extension, and close once it is sent. */
  ask (reason: GoodbyeReason): void {
    const { deadline, host, upstream } = this.#connection
    this.step = 'goodbye'
    // A killed client gets no more time.
    if (this.reason === 'killed') deadline.exactly(GOODBYE_MS)
    else deadline.lastBytes(GOODBYE_MS)
    const calls = host.declaration.hooks.goodbye ? host.callsAbout(this.#connection) : undefined
    if (calls === undefined) this.onGoodbye(undefined)
    else calls.addGoodbye(this.#connection, reason, upstream.answered)
  }

  onGoodbye (bytes: Uint8Array | undefined): void {
    if (this.step !== 'goodbye') return
    const { upstream } = this.#connection
    // It may only be sent where a frame, or the passed bytes of a stream, have certainly ended.
    const { toClient } = upstream
    const known = !upstream.answered || toClient.knowsBoundaries
    if (!known || bytes === undefined || bytes.length === 0) {
      if (!known || upstream.gone || !endsBetweenMessages.has(this.reason) || !toClient.awaitBoundary()) this.close()
      return
    }
    toClient.goodbye(bytes)
    if (this.step === 'goodbye' && (!toClient.waits || upstream.gone)) this.close()
  }

  /** Close where the protocol has no goodbye. */
  withoutWords (): void {
    this.step = 'goodbye'
    this.#connection.deadline.lastBytes(GOODBYE_MS)
    this.onGoodbye(undefined)
  }

  /** The event that the goodbye waited for has happened, or can no longer happen. */
  stopWaiting (): void { if (this.step === 'goodbye') this.close() }

  /** Close both sides, after what is queued. */
  close (): void {
    if (this.step === 'gone') return
    const { deadline, client, upstream } = this.#connection
    this.step = 'closing'
    deadline.cancel()
    client.close(this.reason)
    upstream.close(false)
    this.settle()
  }

  /** Close both sides at once, and be gone. */
  abort (): void {
    const connection = this.#connection
    try {
      connection.upstream.close(true)
    } finally {
      connection.client.abort()
      connection.clientGone = true
      this.#gone()
    }
  }

  /** A link has closed: when it was the last, the connection is gone. */
  settle (): void { if (this.#connection.clientGone && this.#connection.upstream.gone) this.#gone() }

  /** All links are gone: write the line, count, release. */
  #gone (): void {
    if (this.step === 'gone') return
    this.step = 'gone'
    const connection = this.#connection
    connection.deadline.cancel()
    // Even if this throws, the connection no longer counts as open.
    try {
      recordEnd(connection, this.reason, this.#detail)
      connection.clientInlet.dispose()
    } finally {
      try {
        connection.upstream.leave()
        connection.host.release(connection, this.reason)
      } finally {
        connection.vserver.onConnectionClosed(connection, this.reason, this.#detail)
      }
    }
  }
}
