import type { FindSink } from '../persistence/session-directory.ts'
import type { Placement } from './balancer.ts'
import type { PlaceWaiter } from './places.ts'
import type { ServiceRuntime } from './service.ts'

/** The LB vserver of a client that waits for an answer. */
export interface PendingHost {
  placed (placement: Placement, service: ServiceRuntime, held: boolean): void
  foundBeforeSpill (placement: Placement, entry: string | undefined): void
}

/** A client with a service that may have no place for it: the lender of places is asked. */
export class PlacePending implements PlaceWaiter {
  readonly #lb: PendingHost
  readonly #placement: Placement
  readonly #service: ServiceRuntime
  readonly #held: boolean

  constructor (lb: PendingHost, placement: Placement, service: ServiceRuntime, held: boolean) {
    this.#lb = lb
    this.#placement = placement
    this.#service = service
    this.#held = held
  }

  onPlace (): void {
    if (this.#placement.over) this.#letGo()
    else guarded(this.#placement, () => { this.#lb.placed(this.#placement, this.#service, this.#held) })
  }

  /** Another one, then: it is full now, or gone. */
  onNoPlace (): void {
    const placement = this.#placement
    if (placement.over) this.#letGo()
    else {
      guarded(placement, () => {
        if (this.#held) placement.keeping!.release(placement.key!)
        placement.route.pick(placement)
      })
    }
  }

  #letGo (): void {
    const placement = this.#placement
    if (this.#held) placement.keeping!.release(placement.key!)
    placement.affinity?.letGo()
    placement.affinity = undefined
    placement.queued?.quit()
  }
}

/** A client that would spill over, and has a key: it stays where it has an entry. */
export class SpillLookup implements FindSink {
  readonly #lb: PendingHost
  readonly #placement: Placement

  constructor (lb: PendingHost, placement: Placement) {
    this.#lb = lb
    this.#placement = placement
  }

  onFound (entry: string | undefined): void {
    const placement = this.#placement
    if (placement.over) {
      placement.affinity?.letGo()
      placement.affinity = undefined
    } else guarded(placement, () => { this.#lb.foundBeforeSpill(placement, entry) })
  }
}

/** What is thrown ends this client alone. */
const guarded = (placement: Placement, act: () => void): void => {
  try {
    act()
  } catch (error) {
    placement.onPlacementFault(error)
  }
}
