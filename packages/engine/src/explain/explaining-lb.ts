import type { Balancer, Placement } from '../balancing/balancer.ts'
import type { LbExplanation } from '../balancing/lb-explanation.ts'
import type { LbRuntime } from '../balancing/lb-vserver.ts'
import { rehearsedService } from '../rehearsal/sole-server.ts'
import type { ServiceRuntime } from '../balancing/service.ts'
import type { Ticks } from '../rehearsal/ticks.ts'

/** What the last LB vserver of a chain of backups came to. */
export const lastOf = (explanation: LbExplanation): LbExplanation => explanation.backup === undefined ? explanation : lastOf(explanation.backup)

/** An LB vserver at work that says what it would choose, and chooses nothing: nothing is counted, held or pinned, and nobody's turn comes. */
export class ExplainingLb implements Balancer {
  readonly config: LbRuntime['config']
  /** Each message is placed as if it came next. */
  readonly persistent = false
  readonly #lb: LbRuntime
  readonly #decisions: (LbExplanation | undefined)[]
  readonly #ticks: Ticks
  readonly #services = new Map<string, ServiceRuntime>()

  /** `decisions` gets every choice, in the order in which they are begun. */
  constructor (lb: LbRuntime, decisions: (LbExplanation | undefined)[], ticks: Ticks) {
    this.config = lb.config
    this.#lb = lb
    this.#decisions = decisions
    this.#ticks = ticks
  }

  get name (): string { return this.#lb.name }

  pick (placement: Placement): void {
    const at = this.#decisions.push(undefined) - 1
    const { token, session, client } = placement
    this.#ticks.await()
    placement.asking = this
    this.#lb.explain({ token, session, client, tried: [], stray: undefined }, explanation => {
      this.#decisions[at] = explanation
      const { refusal, service } = lastOf(explanation)
      if (refusal !== undefined) placement.onNoService(refusal)
      else placement.onClaimed(service!, false)
      this.#ticks.came()
    })
  }

  claimed (placement: Placement, service: string): void { placement.onPlaced(this, this.#serviceNamed(service), false) }

  #serviceNamed (name: string): ServiceRuntime {
    const known = this.#services.get(name) ?? rehearsedService(name)
    this.#services.set(name, known)
    return known
  }

  unpropose (): void {}
  pin (): void {}
  release (): void {}
  takes (): boolean { return true }
  onKnown (): void {}
}
