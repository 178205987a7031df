import { wheel, WheelTimer } from '../timers/wheel.ts'

/** How long a link is quiet before it is checked again. */
const QUIET_MS = 1000

/** A link that received bytes. */
export interface Heard {
  /** Grows with what arrives. */
  readonly bytesRead: number
  /**
   * Its total at the last check, and the link's place among those that received bytes, or UNHEARD. SecondLook
   * maintains both.
   */
  bytesSeen: number
  heardAt: number
  /** Nothing arrived for a while: submit a new receive. */
  lookAgain (): void
}

/** The link is on no list. */
export const UNHEARD = -1

/**
 * Checks links once more after they have become quiet.
 *
 * A multishot receive can miss the end of its stream. It happens when bytes and a reset (or a FIN) both arrive before
 * the kernel's deferred work runs. The receive takes the bytes, finds the queue empty, and waits for a wake-up that
 * was already spent (io_poll_check_events returns all its references at once; seen on 6.18). A newly submitted
 * receive checks the socket's state. So a link that received bytes, and then nothing for a second, is checked once.
 */
export class SecondLook extends WheelTimer {
  readonly #heard: Heard[] = []

  /** Something has arrived on a link that is on no list. */
  note (link: Heard): void {
    link.bytesSeen = -1
    link.heardAt = this.#heard.push(link) - 1
    if (!this.armed) wheel.arm(this, QUIET_MS)
  }

  /** The link is over, or was checked. The last of the list takes its place. */
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
    // Backwards, so that a link which takes a removed one's place was already checked.
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
