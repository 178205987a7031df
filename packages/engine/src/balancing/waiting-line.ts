import { wheel, WheelTimer } from '@weirlb/link'
import type { Placement } from './balancer.ts'

/** One client in a waiting line. */
class Waiter extends WheelTimer {
  readonly placement: Placement
  readonly #line: WaitingLine

  constructor (placement: Placement, line: WaitingLine) {
    super()
    this.placement = placement
    this.#line = line
  }

  override onTimeout (): void { this.#line.onTimeout(this) }
  override onFault (error: unknown): void { this.placement.onPlacementFault(error) }
}

/** The user of a waiting line. */
export interface LineHost {
  /** True if a service may have room. */
  readonly hasRoom: boolean
  /** Place this client; `placed` or `again` of the line follows, maybe later. */
  serve (placement: Placement): void
  /** A client has begun to wait. */
  onWaits (): void
  onTimedOut (): void
}

/**
 * Clients that wait until a service of their LB vserver has room, in the order in which they came. One at a time is
 * placed: the next one follows when it has its service, and it keeps its place when there is none after all.
 */
export class WaitingLine {
  readonly #host: LineHost
  #waiters: Waiter[] = []
  #serving: Waiter | undefined
  #scheduled = false

  constructor (host: LineHost) { this.#host = host }

  /** Clients that wait. */
  get length (): number { return this.#waiters.length + (this.#serving === undefined ? 0 : 1) }

  /** True if the client may wait, at most so long among at most so many, or waits on. */
  join (placement: Placement, most: number, ms: number): boolean {
    const serving = this.#serving
    if (serving?.placement === placement) {
      this.#serving = undefined
      this.#waiters.unshift(serving)
      return true
    }
    // Those that have gone leave no trace until somebody needs their places.
    if (this.length >= most) this.#waiters = this.#waiters.filter(waiter => this.#stays(waiter))
    if (this.length >= most) return false
    const waiter = new Waiter(placement, this)
    this.#waiters.push(waiter)
    wheel.arm(waiter, ms)
    this.#host.onWaits()
    return true
  }

  /** The client has its service. */
  placed (placement: Placement): void {
    if (this.#serving?.placement !== placement) return
    wheel.cancel(this.#serving)
    this.#serving = undefined
    this.onRoom()
  }

  /** A service may have room: later in this turn of the loop, since what makes room may be the end of another client. */
  onRoom (): void {
    if (this.#scheduled || this.length === 0) return
    this.#scheduled = true
    setImmediate(this.#serveNext)
  }

  readonly #serveNext = (): void => {
    this.#scheduled = false
    if (this.#serving?.placement.over === true) this.#drop()
    while (this.#serving === undefined && this.#host.hasRoom) {
      const waiter = this.#waiters.shift()
      if (waiter === undefined) return
      if (!this.#stays(waiter)) continue
      this.#serving = waiter
      try {
        this.#host.serve(waiter.placement)
      } catch (error) {
        this.#drop()
        waiter.placement.onPlacementFault(error)
      }
    }
  }

  #drop (): void {
    wheel.cancel(this.#serving!)
    this.#serving = undefined
  }

  #stays (waiter: Waiter): boolean {
    if (!waiter.placement.over) return true
    wheel.cancel(waiter)
    return false
  }

  onTimeout (waiter: Waiter): void {
    // What it waits for now is an answer, which comes.
    if (waiter === this.#serving) {
      this.#serving = undefined
      this.onRoom()
      return
    }
    this.#waiters = this.#waiters.filter(other => other !== waiter)
    if (waiter.placement.over) return
    this.#host.onTimedOut()
    waiter.placement.onNoService('limit')
  }
}
