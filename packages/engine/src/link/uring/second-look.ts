import { wheel, WheelTimer } from '../../timers/wheel.ts'

/** How long a link is quiet before it is looked at again. */
const QUIET_MS = 1000

/** A link that was heard. */
export interface Heard {
  /** Grows with what arrives. */
  readonly bytesRead: number
  /** What it was at the last look; kept by SecondLook. */
  bytesSeen: number
  /** Its descriptor is being given back. */
  readonly over: boolean
  /** Nothing arrived for a while: receive anew. */
  lookAgain (): void
}

/**
 * Looks once more at links that have become quiet.
 *
 * A multishot receive can miss the end of its stream: when bytes and a reset (or a FIN) are both there before the kernel's deferred work runs, it takes the
 * bytes, finds the queue empty, and waits for a wake-up that was already spent (io_poll_check_events gives back all its references at once; seen on 6.18).
 * A receive that is submitted anew asks the socket for its state. So a link that has heard something, and then nothing for a second, is asked once.
 */
export class SecondLook extends WheelTimer {
  #heard: Heard[] = []

  /** Something has arrived on a link that is not noted already. */
  note (link: Heard): void {
    link.bytesSeen = -1
    this.#heard.push(link)
    if (!this.armed) wheel.arm(this, QUIET_MS)
  }

  override onTimeout (): void {
    const heard = this.#heard
    let kept = 0
    for (const link of heard) {
      if (link.over) continue
      if (link.bytesSeen !== link.bytesRead) {
        link.bytesSeen = link.bytesRead
        heard[kept++] = link
      } else link.lookAgain()
    }
    heard.length = kept
    if (kept > 0) wheel.arm(this, QUIET_MS)
  }

  stop (): void { wheel.cancel(this) }
}
