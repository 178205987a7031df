import type { CloseReason } from '@weirlb/model'
import type { Upstream } from '../servers/upstream.ts'
import type { Deadline } from './deadline.ts'
import type { Front } from './front.ts'

/** How long replies to earlier messages may take. */
const REPLIES_MS = 1000

/** The last turn's interface of its connection. */
interface Waiting { readonly deadline: Deadline, readonly vserver: Front, readonly upstream: Upstream }

/**
 * A message of the client that ends the connection, until it is its turn: earlier messages go to their servers first,
 * and replies to them come first, if they come soon. Servers that are not there yet have longer.
 */
export class LastTurn {
  readonly reason: CloseReason
  readonly why: string
  readonly #connection: Waiting
  #late = false

  constructor (connection: Waiting, reason: CloseReason, why: string) {
    this.#connection = connection
    this.reason = reason
    this.why = why
    connection.deadline.lastBytes(REPLIES_MS)
  }

  /** The time is over: returns true when nothing more is waited for. */
  isOver (): boolean {
    const { deadline, vserver, upstream } = this.#connection
    if (this.#late || upstream.delivered) return true
    this.#late = true
    deadline.stillness(vserver.config.limits.halfClosedTimeoutSeconds * 1000)
    return false
  }
}
