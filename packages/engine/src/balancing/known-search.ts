import type { Known, Placement } from './balancer.ts'
import type { LbRuntime } from './lb-vserver.ts'

/**
 * The search of a GLB for the server of an existing session: its pools have tables of their own, and any of them may
 * have the entry.
 *
 *   pool ──no entry──► next pool ──► … ──no entry──► unknown
 *     └─ an entry, whose service can be had ──► placed
 */
export class KnownSearch implements Known {
  readonly #placement: Placement
  readonly #known: Known
  readonly #lbs: readonly LbRuntime[]
  #next = 0

  private constructor (placement: Placement, known: Known, lbs: readonly LbRuntime[]) {
    this.#placement = placement
    this.#known = known
    this.#lbs = lbs
  }

  /** Begin. A client that was placed before, and is placed again, begins anew. */
  static begin (placement: Placement, lbs: readonly LbRuntime[]): void {
    const { known } = placement
    const search = new KnownSearch(placement, known instanceof KnownSearch ? known.#known : known!, lbs)
    placement.known = search
    search.onUnknown()
  }

  onFound (service: string | undefined): void { this.#known.onFound(service) }

  onUnknown (): void {
    const lb = this.#lbs[this.#next++]
    if (lb !== undefined) {
      lb.pick(this.#placement)
      return
    }
    this.#placement.known = this.#known
    this.#known.onUnknown()
  }
}
