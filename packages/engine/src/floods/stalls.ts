import type { UserVserver } from '@weirlb/model'

/** A connection as it is looked at for stalls. */
export interface Stallable {
  readonly number: number
  readonly ending: boolean
  /** It may stall now: it is looked at again although it does nothing. Set by the look. */
  mayStall: boolean
  /** `openFrame`: number of the message of which a part waits; -1: none does. */
  readonly clientInlet: { readonly openFrame: number }
  readonly client: { readonly queued: number, readonly unsent: number, readonly bytesWritten: number }
}

/** What stalls at a connection, and since when, in milliseconds of a monotonic clock. */
interface Stall { frame: number, frameSince: number, taken: number, takenSince: number }

/** Clients that neither finish a message nor read what they are sent. Only those that might stall have an entry. */
export class Stalls {
  readonly #stalls = new Map<number, Stall>()

  /**
   * Looks at a connection, every second in which it did something or might stall. Returns the control that ends it;
   * undefined: none does.
   */
  look (
    connection: Stallable,
    { floods: { messageSeconds, readSeconds } }: Pick<UserVserver, 'floods'>,
    now: number
  ): 'D013' | 'D021' | undefined {
    const frame = messageSeconds > 0 ? connection.clientInlet.openFrame : -1
    const { client } = connection
    const waits = readSeconds > 0 && client.queued > 0
    const stall = this.#stalls.get(connection.number)
    if ((frame < 0 && !waits) || connection.ending) {
      if (stall !== undefined) this.#stalls.delete(connection.number)
      connection.mayStall = false
      return undefined
    }
    // Whatever the peer's system has acknowledged since is another number.
    const taken = waits ? client.bytesWritten - client.unsent : -1
    if (stall === undefined) {
      this.#stalls.set(connection.number, { frame, frameSince: now, taken, takenSince: now })
      connection.mayStall = true
      return undefined
    }
    if (stall.frame !== frame) {
      stall.frame = frame
      stall.frameSince = now
    }
    if (stall.taken !== taken) {
      stall.taken = taken
      stall.takenSince = now
    }
    if (frame >= 0 && now - stall.frameSince >= messageSeconds * 1000) return 'D013'
    return waits && now - stall.takenSince >= readSeconds * 1000 ? 'D021' : undefined
  }

  forget (connection: number): void { this.#stalls.delete(connection) }
}
