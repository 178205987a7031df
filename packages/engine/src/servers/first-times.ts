import type { ServiceRuntime } from '../balancing/service.ts'

/** Counts the times of a user vserver's clients, in milliseconds from their arrival. */
export interface ArrivalTimes {
  /** A client's first message was decided. */
  onFirstMessage (ms: number): void
  /** A client's first server is connected. */
  onConnected (ms: number): void
  /** A server has begun to reply, so long after the first message to it. */
  onFirstReply (ms: number): void
  /** The server of a client whose first message was decided has answered, or the connection is over without. */
  onAnswered (answered: boolean): void
}

/**
 * The times of a connection's beginning, for the statistics. They go when its server has begun to answer, so that a
 * connection at rest does not keep them.
 *
 *   arrived ──► first message decided ──► dialled ──► connected, and sent the message ──► first byte of the server
 */
export class FirstTimes {
  readonly #arrivedAt: number
  /** When the last dial began. */
  #dialledAt = 0
  /** When a server was sent the first message; 0: none was yet. */
  #sentAt = 0
  #decided = false
  /** A server was connected. */
  #served = false

  /** `arrivedAt`: when the client's connection was accepted, as `performance.now()` has it. */
  constructor (arrivedAt: number = performance.now()) { this.#arrivedAt = arrivedAt }

  /** The first message, and any other, went to the extension. */
  asked (): void {}

  messageDecided (vserver: ArrivalTimes): void {
    this.#decided = true
    vserver.onFirstMessage(performance.now() - this.#arrivedAt)
  }

  dialled (_service: ServiceRuntime): void { this.#dialledAt = performance.now() }

  /** The dialled server is connected. */
  connected (vserver: ArrivalTimes, service: ServiceRuntime): void {
    service.onDialled(performance.now() - this.#dialledAt)
    this.served(vserver)
  }

  /** A server is connected: the first, or another for a message that the first has not answered. */
  served (vserver: ArrivalTimes): void {
    if (this.#served) return
    this.#served = true
    vserver.onConnected(performance.now() - this.#arrivedAt)
  }

  /** The server was sent the first message. */
  sent (): void { this.#sentAt = performance.now() }

  /** Its server has answered, or it ends without. */
  over (vserver: ArrivalTimes, answered: boolean): void {
    if (!this.#decided) return
    this.#decided = false
    vserver.onAnswered(answered)
  }

  /** The server has sent its first byte: the times are over. */
  replied (
    connection: {
      firstTimes: FirstTimes | undefined
      readonly vserver: ArrivalTimes
      readonly upstream: { onFirstReply(ms: number): void }
    }
  ): void {
    connection.firstTimes = undefined
    this.over(connection.vserver, true)
    if (this.#sentAt === 0) return
    const ms = performance.now() - this.#sentAt
    connection.upstream.onFirstReply(ms)
    connection.vserver.onFirstReply(ms)
  }
}

/** Notes that a message was submitted to the extension; returns what the submission returned. */
export const noteAsked = (
  { firstTimes, vserver }: { readonly firstTimes: FirstTimes | undefined, readonly vserver: { onMessage(): void } },
  submitted: boolean
): boolean => {
  firstTimes?.asked()
  if (submitted) vserver.onMessage()
  return submitted
}
