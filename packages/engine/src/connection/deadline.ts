import { type ByteLink, wheel, WheelTimer } from '@weirlb/link'

/** How often a deadline that is over looks whether its client gets on. */
const LOOK_MS = 1000
/** Checks of an idle connection before its time is over. */
const STILL_LOOKS = 4

/** A deadline's interface of its connection. */
export interface Timed {
  readonly client: ByteLink
  /** The client's message is before the extension. */
  readonly waitsForGuest: boolean
  /**
   * Another number whenever a peer has sent something, or has taken something that was sent to it. Costs system calls.
   */
  readonly moved: number
  /** The time is over. */
  onDeadline (): void
  onFault (error: unknown): void
}

/** Kinds of deadlines. */
const kinds = { exact: 0, firstMessage: 1, silence: 2, stillness: 3, lastBytes: 4 } as const
type Kind = typeof kinds[keyof typeof kinds]

/**
 * The deadline of a connection, which has one at a time. None runs for a side that Weir has stopped reading, or while
 * a peer still reads queued bytes:
 *
 *   kind          the time is over when                                              it starts again when
 *   exact         it is over
 *   firstMessage  the first message is incomplete                                    the client is read again; it waits
 * for the extension silence       the client has sent nothing                                        the client is read
 * again; it has read the queued bytes stillness     no peer has sent or read anything, at STILL_LOOKS checks in a row
 * one has lastBytes     the client reads nothing                                           it has read some of the
 * queued bytes
 */
export class Deadline extends WheelTimer {
  readonly #connection: Timed
  #kind: Kind = kinds.exact
  #ms = 0
  /** The sum of moved bytes at the last check; -1 before the first. */
  #moved = -1
  #looks = 0

  constructor (connection: Timed) {
    super()
    this.#connection = connection
  }

  #arm (kind: Kind, ms: number, first: number): void {
    this.#kind = kind
    this.#ms = ms
    this.#moved = -1
    this.#looks = 0
    wheel.arm(this, first)
  }

  exactly (ms: number): void { this.#arm(kinds.exact, ms, ms) }
  firstMessage (ms: number): void { this.#arm(kinds.firstMessage, ms, ms) }
  lastBytes (ms: number): void { this.#arm(kinds.lastBytes, ms, ms) }
  stillness (ms: number): void { this.#arm(kinds.stillness, ms, ms / STILL_LOOKS) }

  /** 0: never. */
  silence (ms: number): void {
    if (ms > 0) this.#arm(kinds.silence, ms, ms)
    else this.cancel()
  }

  /** The client has sent bytes. */
  heard (): void {
    this.#moved = -1
    wheel.arm(this, this.#ms)
  }

  cancel (): void { wheel.cancel(this) }

  override onTimeout (): void {
    const more = this.#more()
    if (more > 0) wheel.arm(this, more)
    else this.#connection.onDeadline()
  }

  override onFault (error: unknown): void { this.#connection.onFault(error) }

  /** Milliseconds until the next look; 0: the time is over. */
  #more (): number {
    switch (this.#kind) {
      case kinds.exact: return 0
      case kinds.firstMessage: return this.#connection.waitsForGuest ? LOOK_MS : this.#unread()
      case kinds.silence: return this.#unread() || this.#takes(Math.min(this.#ms, LOOK_MS), this.#ms)
      case kinds.stillness: return this.#still()
      case kinds.lastBytes: return this.#takes(this.#ms, 0)
    }
  }

  /** Returns the remaining time since the client was read again. */
  #unread (): number { return Math.max(0, this.#ms - this.#connection.client.readFor) }

  /** Check again after `look` while the client reads queued bytes, and after `behind` when it has. */
  #takes (look: number, behind: number): number {
    const { client } = this.#connection
    const { unsent } = client
    const looking = this.#moved >= 0
    if (unsent === 0) {
      this.#moved = -1
      return looking ? behind : 0
    }
    const taken = client.bytesWritten - unsent
    if (taken === this.#moved) return 0
    this.#moved = taken
    return look
  }

  #still (): number {
    const { moved } = this.#connection
    if (moved !== this.#moved) this.#looks = 0
    else if (++this.#looks === STILL_LOOKS) return 0
    this.#moved = moved
    return this.#ms / STILL_LOOKS
  }
}
