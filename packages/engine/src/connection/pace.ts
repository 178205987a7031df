import { wheel, WheelTimer } from '@weirlb/link'
import type { Inlet } from '../direction/inlet.ts'
import { JudgedInlet } from '../direction/judged-inlet.ts'
import { CLIENT, type Side } from '../direction/side.ts'
import type { ActiveLimit } from '../gate/active-limit.ts'
import type { RuleSubject } from '../gate/rule-subject.ts'

/** How often a client that waits is looked at: its rate limits may be others by then. */
const LOOK_EVERY_MS = 1000

/** A connection as its pace has it. */
export interface Paced {
  readonly ending: boolean
  readonly clientInlet: Inlet
  onActivity (side: Side): void
  onFault (error: unknown): void
}

/**
 * Makes one client wait for its rate limits. Messages that wait are not inspected, and their bytes stay with the
 * client: its link is not read. Each message that passes reserves the time of the next one. So clients that share a
 * counter take turns, and none asks whether it is its turn.
 *
 *   a message passes ──► there is room ──► the next one at once
 *                   └──► there is none ──► not read ──► its time has come ──► read, one message inspected
 */
export class Pace extends WheelTimer {
  readonly #connection: Paced
  readonly #subject: RuleSubject
  #limits: readonly ActiveLimit[] = []
  /** When the next message may pass, in milliseconds on the steady clock. */
  #nextAt = 0
  /** What the last message took: those that are being inspected are taken to be like it. 0: there was none. */
  #last = 0
  /** A rule lets it wait: what it would make of further messages is not known before their verdicts. */
  #slowed = false

  constructor (connection: Paced, subject: RuleSubject) {
    super()
    this.#connection = connection
    this.#subject = subject
  }

  /** These limits count its messages now. */
  follow (limits: readonly ActiveLimit[]): void { this.#limits = limits }

  /** Its limits are others now, or none: nothing is waited for. */
  end (): void {
    this.#limits = []
    this.#nextAt = 0
    this.#slowed = false
  }

  /** A rule lets the next message wait so long. */
  slowed (pauseMs: number): void {
    this.#slowed = true
    this.#nextAt = Math.max(this.#nextAt, performance.now() + pauseMs)
  }

  /** A message passed, and for one of the limits the next one has to wait so long. */
  took (amount: number, pauseMs: number): void {
    this.#last = Math.max(1, amount)
    if (pauseMs > 0) this.#nextAt = Math.max(this.#nextAt, performance.now() + pauseMs)
  }

  mayAsk (undecided: number): boolean {
    const now = performance.now()
    if (now < this.#nextAt) {
      if (!this.armed) wheel.arm(this, Math.min(this.#nextAt - now, LOOK_EVERY_MS))
      return false
    }
    // The first may always pass when its time has come. Others might pass unseen while their verdicts are awaited.
    if (undecided === 0) return true
    if (this.#slowed || (this.#last === 0 && this.#limits.length > 0)) return false
    for (let n = 0; n < this.#limits.length; n++) {
      if (!this.#limits[n]!.simulated && this.#limits[n]!.room(this.#subject, now) < (undecided + 1) * this.#last)
        return false
    }
    return true
  }

  stop (): void { wheel.cancel(this) }

  /** Its time may have come. */
  override onTimeout (): void {
    const { ending, clientInlet } = this.#connection
    if (ending || !(clientInlet instanceof JudgedInlet)) return
    // It was not silent, but not read.
    this.#connection.onActivity(CLIENT)
    clientInlet.advance()
  }

  override onFault (error: unknown): void { this.#connection.onFault(error) }
}
