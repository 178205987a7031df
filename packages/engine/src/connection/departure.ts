import type { CloseReason } from '@weirlb/model'
import { JudgedInlet } from '../direction/judged-inlet.ts'
import type { Inlet } from '../direction/inlet.ts'
import type { Phase } from '../servers/phase.ts'
import type { Upstream } from '../servers/upstream.ts'
import type { Deadline } from './deadline.ts'

/** Maximum time until the messages under way have passed. */
const PASSING_MS = 1000

/** A departure's interface of its connection. */
interface Leaver {
  readonly deadline: Deadline
  readonly clientInlet: Inlet
  readonly upstream: Upstream
  readonly waitsForGuest: boolean
  readonly phase: Phase
  finish (reason: CloseReason, detail: string): void
}

/**
 * A connection that is to end between two messages: what the extension inspects is decided first, and the message of
 * the client that is being forwarded reaches its server whole. The goodbye then waits for the server's message.
 *
 *   asked ──► no message is inspected ──► the client's stream is between two messages ──► finished
 */
export class Departure {
  readonly #connection: Leaver
  readonly #reason: CloseReason
  readonly #detail: string
  #awaits = false

  constructor (connection: Leaver, reason: CloseReason, detail: string) {
    this.#connection = connection
    this.#reason = reason
    this.#detail = detail
    connection.deadline.exactly(PASSING_MS)
  }

  /** End the connection if it may. Called after every batch, and when the message of the client has passed. */
  look (): void { if (this.#mayEnd) this.end() }

  /** End it now. */
  end (): void { this.#connection.finish(this.#reason, this.#detail) }

  get #mayEnd (): boolean {
    const { clientInlet, phase, upstream, waitsForGuest } = this.#connection
    if (phase !== 'open' && phase !== 'tunnel') return true
    if (waitsForGuest || upstream.inspecting) return false
    if (clientInlet instanceof JudgedInlet) clientInlet.passDecided()
    if (clientInlet.atBoundary) return true
    // Where messages have servers of their own, each has what it was sent.
    const toServer = this.#awaits ? undefined : upstream.toServer(undefined)
    this.#awaits = true
    return toServer !== undefined && !toServer.awaitBoundary()
  }
}

/** Ends that wait for the end of a server's message, also where the protocol has no goodbye. */
export const endsBetweenMessages: ReadonlySet<CloseReason> = new Set([
  'draining',
  'rebalanced',
  'service-down',
  'shutdown'
])
