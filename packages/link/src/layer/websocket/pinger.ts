import { wheel, WheelTimer } from '../../timers/wheel.ts'

/** A pinger's interface of its link. */
export interface Pinged {
  ping (): boolean
  onPongMissing (): void
  onFault (error: unknown): void
}

/** Sends pings at an interval, and ends a link whose ping was not answered by the time of the next. */
export class Pinger extends WheelTimer {
  readonly #link: Pinged
  readonly #everyMs: number
  #awaited = false

  constructor (link: Pinged, everyMs: number) {
    super()
    this.#link = link
    this.#everyMs = everyMs
    wheel.arm(this, everyMs)
  }

  onPong (): void { this.#awaited = false }

  override onTimeout (): void {
    const sent = this.#link.ping()
    // While the link is not read, a pong may wait in it; checked again later.
    if (sent && this.#awaited) {
      this.#link.onPongMissing()
      return
    }
    this.#awaited = sent
    wheel.arm(this, this.#everyMs)
  }

  override onFault (error: unknown): void { this.#link.onFault(error) }
}
