import { wheel, WheelTimer } from '../timers/wheel.ts'
import type { KeepAlive } from '../transport.ts'
import type { Slots } from './slots.ts'
import type { SocketOptions } from './socket-options.ts'

/** When keep-alive is set at the latest. */
const LATE_MS = 1000
/** Numbers of one entry: slot, generation, descriptor. */
const ENTRY = 3

/**
 * Sets keep-alive of dialled sockets up to a second later. It is four system calls and nothing for a connection that
 * is over by then: the shortest idle time is a second. Accepted sockets inherit it.
 *
 * An entry has numbers only, so no link that is gone is kept. While the slot is in the same generation, the descriptor
 * is still the link's.
 */
export class LateKeepAlive extends WheelTimer {
  readonly #slots: Slots
  readonly #options: SocketOptions
  readonly #entries: number[] = []
  readonly #wanted: KeepAlive[] = []

  constructor (slots: Slots, options: SocketOptions) {
    super()
    this.#slots = slots
    this.#options = options
  }

  /** The link of `slot` is connected by `fd`. */
  add (slot: number, fd: number, keepAlive: KeepAlive): void {
    this.#entries.push(slot, this.#slots.generation(slot), fd)
    this.#wanted.push(keepAlive)
    if (!this.armed) wheel.arm(this, LATE_MS)
  }

  override onTimeout (): void {
    const entries = this.#entries
    for (const [i, keepAlive] of this.#wanted.entries()) {
      const at = i * ENTRY
      if (this.#slots.generation(entries[at]!) === entries[at + 1])
        this.#options.keepAlive(entries[at + 2]!, keepAlive)
    }
    entries.length = 0
    this.#wanted.length = 0
  }

  stop (): void { wheel.cancel(this) }
}
