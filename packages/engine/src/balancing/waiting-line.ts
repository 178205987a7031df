import { wheel, WheelTimer } from '@weirlb/link'
import { statFields } from '../stats/fields.ts'
import { observe } from '../stats/histogram.ts'
import type { LbVserverStats } from '../stats/stats.ts'
import type { Placement, Queued } from './balancer.ts'

/**
 * Clients that are served in one turn of the event loop: of a long line, none may be able to have the room there is.
 */
const MAX_PER_TURN = 64

/** One client in a waiting line. */
class Waiter extends WheelTimer implements Queued {
  readonly placement: Placement
  readonly #line: WaitingLine
  /** Its neighbours in the line. */
  before: Waiter | undefined = undefined
  behind: Waiter | undefined = undefined
  waits = true
  readonly since = performance.now()

  constructor (placement: Placement, line: WaitingLine) {
    super()
    this.placement = placement
    this.#line = line
  }

  get awaitsAnswer (): boolean { return this.#line.serves(this) }
  quit (): void { this.#line.quit(this) }
  served (): void { this.#line.served(this) }
  override onTimeout (): void { this.#line.onTimeout(this) }
  override onFault (error: unknown): void { this.placement.onPlacementFault(error) }
}

/** The user of a waiting line. */
export interface LineHost {
  /** True if a service may have room. */
  readonly hasRoom: boolean
  /** Nobody can wait here any more: those that do are led anew from where they came. */
  readonly closed: boolean
  /** Place this client: it quits the line, or joins it again, maybe later. */
  serve (placement: Placement): void
  /** Clients that wait are counted there. */
  readonly stats: Pick<LbVserverStats, 'waited' | 'waitedInVain' | 'noService' | 'waitMs'>
}

/**
 * Clients that wait until a service of their LB vserver has room, in the order in which they came. One at a time is
 * placed: the next one follows when it has its service. A client that gets none keeps its place, and is not served
 * again before there is more room: the services that have some may be those that it could not reach.
 *
 *   first ⇄ … ⇄ (served in vain) ⇄ next ⇄ … ⇄ last
 *                                   ▲ whose turn it is; there is more room: the first
 *
 * Each step costs the same in a line of any length.
 */
export class WaitingLine {
  readonly #host: LineHost
  #first: Waiter | undefined
  #last: Waiter | undefined
  /** The first one that was not served for the room that there is. */
  #next: Waiter | undefined
  /** One of them, until its answer is there. */
  #serving: Waiter | undefined
  #length = 0
  #scheduled = false

  constructor (host: LineHost) { this.#host = host }

  /** Clients that wait. */
  get length (): number { return this.#length }

  serves (waiter: Waiter): boolean { return waiter === this.#serving }

  /** True if others have their turn before this client, which does not wait yet, may take what has room. */
  precedes (placement: Placement): boolean {
    const serving = this.#serving
    if (serving === undefined) return this.#next !== undefined
    return serving !== placement.queued
  }

  /**
   * True if the client may wait, at most so long among at most so many, or waits on. `inTurn`: it has not been served
   * for the room that there is.
   */
  join (placement: Placement, most: number, ms: number, inTurn: boolean): boolean {
    if (this.#serving !== undefined && this.#serving === placement.queued) {
      this.#serving = undefined
      this.#goOn()
      return true
    }
    placement.queued?.quit()
    if (placement.clientEnded || this.#length >= most) return false
    const waiter = new Waiter(placement, this)
    waiter.before = this.#last
    if (this.#last === undefined) this.#first = waiter
    else this.#last.behind = waiter
    this.#last = waiter
    if (inTurn) this.#next ??= waiter
    this.#length++
    placement.queued = waiter
    wheel.arm(waiter, ms)
    this.#host.stats.waited++
    if (inTurn) this.#goOn()
    return true
  }

  /** A client has a service: its wait counts. */
  served (waiter: Waiter): void {
    observe(this.#host.stats.waitMs, statFields.lbVservers.waitMs.bounds, performance.now() - waiter.since)
    this.quit(waiter)
  }

  /** A client has its service, here or elsewhere, or needs none. */
  quit (waiter: Waiter): void {
    if (!waiter.waits) return
    waiter.waits = false
    wheel.cancel(waiter)
    const { before, behind } = waiter
    if (before === undefined) this.#first = behind
    else before.behind = behind
    if (behind === undefined) this.#last = before
    else behind.before = before
    if (this.#next === waiter) this.#next = behind
    this.#length--
    if (waiter.placement.queued === waiter) waiter.placement.queued = undefined
    if (waiter !== this.#serving) return
    this.#serving = undefined
    this.#goOn()
  }

  /** A service may have room, or nobody can wait here any more. */
  onRoom (): void {
    this.#next = this.#first
    this.#goOn()
  }

  /** Later in this turn of the loop, since what makes room may be the end of another client. */
  #goOn (): void {
    if (this.#scheduled || this.#length === 0) return
    this.#scheduled = true
    setImmediate(this.#serveNext)
  }

  readonly #serveNext = (): void => {
    this.#scheduled = false
    if (this.#host.closed) {
      this.#leadAnew()
      return
    }
    if (this.#serving?.placement.over === true) this.#serving.quit()
    for (let served = 0; this.#next !== undefined && this.#serving === undefined && this.#host.hasRoom; served++) {
      if (served === MAX_PER_TURN) {
        this.#goOn()
        return
      }
      const waiter: Waiter = this.#next
      this.#next = waiter.behind
      if (waiter.placement.over) waiter.quit()
      else this.#serve(waiter)
    }
  }

  #serve (waiter: Waiter): void {
    this.#serving = waiter
    try {
      this.#host.serve(waiter.placement)
    } catch (error) {
      waiter.quit()
      waiter.placement.onPlacementFault(error)
    }
  }

  #leadAnew (): void {
    for (let led = 0; led < MAX_PER_TURN && this.#first !== undefined; led++) {
      const { placement } = this.#first
      const served = this.#first === this.#serving
      this.#first.quit()
      // What it waits for now is an answer, which comes.
      if (served || placement.over) continue
      try {
        placement.route.pick(placement)
      } catch (error) {
        placement.onPlacementFault(error)
      }
    }
    this.#goOn()
  }

  onTimeout (waiter: Waiter): void {
    const served = waiter === this.#serving
    waiter.quit()
    // What it waits for now is an answer, which comes.
    if (served || waiter.placement.over) return
    this.#host.stats.waitedInVain++
    this.#host.stats.noService++
    waiter.placement.onNoService('limit')
  }
}
