import { wheel, WheelTimer } from '@weirlb/link'
import type { Placement, Queued } from './balancer.ts'

/** One client in a waiting line. */
class Waiter extends WheelTimer implements Queued {
  readonly placement: Placement
  readonly #line: WaitingLine
  /** The room for which it was served last. */
  room = -1

  constructor (placement: Placement, line: WaitingLine) {
    super()
    this.placement = placement
    this.#line = line
  }

  quit (): void { this.#line.quit(this) }
  override onTimeout (): void { this.#line.onTimeout(this) }
  override onFault (error: unknown): void { this.placement.onPlacementFault(error) }
}

/** The user of a waiting line. */
export interface LineHost {
  /** True if a service may have room. */
  readonly hasRoom: boolean
  /** Place this client: it quits the line, or joins it again, maybe later. */
  serve (placement: Placement): void
  /** A client has begun to wait. */
  onWaits (): void
  onTimedOut (): void
}

/**
 * Clients that wait until a service of their LB vserver has room, in the order in which they came. One at a time is
 * placed: the next one follows when it has its service. A client that gets none keeps its place, and is not served
 * again before there is more room: the services that have some may be those that it could not reach.
 */
export class WaitingLine {
  readonly #host: LineHost
  readonly #waiters = new Set<Waiter>()
  /** One of them, until its answer is there. */
  #serving: Waiter | undefined
  #scheduled = false
  /** How often there was room. */
  #room = 0

  constructor (host: LineHost) { this.#host = host }

  /** Clients that wait. */
  get length (): number { return this.#waiters.size }

  /** True if the client may wait, at most so long among at most so many, or waits on. */
  join (placement: Placement, most: number, ms: number): boolean {
    if (this.#serving !== undefined && this.#serving === placement.queued) {
      this.#serving = undefined
      this.#goOn()
      return true
    }
    placement.queued?.quit()
    // Messages of clients that have gone leave no trace until somebody needs their places.
    if (this.length >= most) for (const waiter of this.#waiters) if (waiter.placement.over) waiter.quit()
    if (this.length >= most) return false
    const waiter = new Waiter(placement, this)
    this.#waiters.add(waiter)
    placement.queued = waiter
    wheel.arm(waiter, ms)
    this.#host.onWaits()
    return true
  }

  /** A client has its service, here or elsewhere, or needs none. */
  quit (waiter: Waiter): void {
    wheel.cancel(waiter)
    this.#waiters.delete(waiter)
    if (waiter.placement.queued === waiter) waiter.placement.queued = undefined
    if (waiter !== this.#serving) return
    this.#serving = undefined
    this.#goOn()
  }

  /** A service may have room. */
  onRoom (): void {
    this.#room++
    this.#goOn()
  }

  /** Later in this turn of the loop, since what makes room may be the end of another client. */
  #goOn (): void {
    if (this.#scheduled || this.length === 0) return
    this.#scheduled = true
    setImmediate(this.#serveNext)
  }

  readonly #serveNext = (): void => {
    this.#scheduled = false
    if (this.#serving?.placement.over === true) this.#serving.quit()
    for (const waiter of this.#waiters) {
      if (this.#serving !== undefined || !this.#host.hasRoom) return
      if (waiter.placement.over) waiter.quit()
      else if (waiter.room !== this.#room) this.#serve(waiter)
    }
  }

  #serve (waiter: Waiter): void {
    waiter.room = this.#room
    this.#serving = waiter
    try {
      this.#host.serve(waiter.placement)
    } catch (error) {
      waiter.quit()
      waiter.placement.onPlacementFault(error)
    }
  }

  onTimeout (waiter: Waiter): void {
    const served = waiter === this.#serving
    waiter.quit()
    // What it waits for now is an answer, which comes.
    if (served || waiter.placement.over) return
    this.#host.onTimedOut()
    waiter.placement.onNoService('limit')
  }
}
