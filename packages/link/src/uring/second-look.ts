import { wheel, WheelTimer } from '../timers/wheel.ts'

/** How long a link is quiet before it is looked at again. */
const QUIET_MS = 1000

/** A link that was heard. */
export interface Heard {
  /** Grows with what arrives. */
  readonly bytesRead: number
  /** What it was at the last look, and the link's place among those that were heard, or UNHEARD. Both are kept by SecondLook. */
  bytesSeen: number
  heardAt: number
  /** Nothing arrived for a while: receive anew. */
  lookAgain (): void
}

/** The link is on no list. */
export const UNHEARD = -1

/**
 * Looks once more at links that have become quiet.
 *
 * A multishot receive can miss the end of its stream: when bytes and a reset (or a FIN) are both there before the kernel's deferred work runs, it takes the
 * bytes, finds the queue empty, and waits for a wake-up that was already spent (io_poll_check_events gives back all its references at once; seen on 6.18).
 * A receive that is submitted anew asks the socket for its state. So a link that has heard something, and then nothing for a second, is asked once.
 */
export class SecondLook extends WheelTimer {
  readonly #heard: Heard[] = []

  /** Something has arrived on a link that is on no list. */
  note (link: Heard): void {
    link.bytesSeen = -1
    link.heardAt = this.#heard.push(link) - 1
    if (!this.armed) wheel.arm(this, QUIET_MS)
  }

  /** The link is over, or was asked. The last of the list takes its place. */
  forget (link: Heard): void {
    const at = link.heardAt
    if (at === UNHEARD) return
    link.heardAt = UNHEARD
    const last = this.#heard.pop()!
    if (last === link) return
    this.#heard[at] = last
    last.heardAt = at
  }

  override onTimeout (): void {
    const heard = this.#heard
    // From the end, so that whoever takes the place of one that goes was looked at already.
    for (let i = heard.length - 1; i >= 0; i--) {
      const link = heard[i]!
      if (link.bytesSeen !== link.bytesRead) link.bytesSeen = link.bytesRead
      else {
        this.forget(link)
        link.lookAgain()
      }
    }
    if (heard.length > 0) wheel.arm(this, QUIET_MS)
  }

  stop (): void { wheel.cancel(this) }
}
