import type { Balancer, EveryService, Placement, Wish } from '../balancing/balancer.ts'
import type { LbExplanation } from '../balancing/lb-explanation.ts'
import type { Rule } from '../balancing/host-table.ts'
import { rehearsedService } from '../rehearsal/sole-server.ts'
import type { ServiceRuntime } from '../balancing/service.ts'
import type { Ticks } from '../rehearsal/ticks.ts'

/** Returns the explanation of the last LB vserver in a chain of backups. */
export const lastOf = (explanation: LbExplanation): LbExplanation =>
  explanation.backup === undefined ? explanation : lastOf(explanation.backup)

/** What led a client to a GLB, for people. */
export const ruleText = ({ pattern, path, field }: Rule<unknown>): NonNullable<LbExplanation['rule']> => ({
  pattern,
  path,
  field: field?.name
})

/** An LB vserver or a GLB that can report its choice. */
export interface Explainable extends Balancer { explain (wish: Wish, told: (explanation: LbExplanation) => void): void }

/**
 * An LB vserver or a GLB that records what the real one would choose. It counts, holds and pins nothing, and uses up no
 * turn.
 */
export class ExplainingLb implements Balancer {
  readonly config: Balancer['config']
  // Each message is placed as if it came next.
  readonly persistent = false
  readonly sessions = undefined
  readonly #lb: Explainable
  readonly #rule: Rule<unknown> | undefined
  readonly #decisions: (LbExplanation | undefined)[]
  readonly #ticks: Ticks
  readonly #services = new Map<string, ServiceRuntime>()

  /** `rule` led the client here, if one did. `decisions` receives every choice, in the order of the requests. */
  constructor (
    lb: Explainable,
    rule: Rule<unknown> | undefined,
    decisions: (LbExplanation | undefined)[],
    ticks: Ticks
  ) {
    this.config = lb.config
    this.#lb = lb
    this.#rule = rule
    this.#decisions = decisions
    this.#ticks = ticks
  }

  get name (): string { return this.#lb.name }

  pick (placement: Placement): void {
    const at = this.#decisions.push(undefined) - 1
    const { token, session, client, published, headers } = placement
    this.#ticks.await()
    placement.asking = this
    const rule = this.#rule && ruleText(this.#rule)
    this.#lb.explain(
      { token, session, client, published, headers, tried: [], stray: undefined, anyHealth: false },
      chosen => {
        // Only an entry of a session key shows that client.
        const { by, persistence } = lastOf(chosen)
        const unknown = placement.known !== undefined &&
          !(by === 'session' && persistence.at(-1)?.type === 'user-session')
        const explanation = {
          ...chosen,
          rule,
          ...(unknown ? { service: undefined, by: undefined, backup: undefined } : {})
        }
        this.#decisions[at] = explanation
        const { refusal, service } = lastOf(explanation)
        if (unknown) placement.known!.onUnknown()
        else if (refusal !== undefined) placement.onNoService(refusal)
        else placement.onClaimed(service!, false)
        this.#ticks.came()
      }
    )
  }

  claimed (placement: Placement, service: string): void { placement.onPlaced(this, this.#serviceNamed(service), false) }

  #serviceNamed (name: string): ServiceRuntime {
    const known = this.#services.get(name) ?? rehearsedService(name)
    this.#services.set(name, known)
    return known
  }

  found (): void {}
  unpropose (): void {}
  takes (): boolean {
    return true
  }
  every (wish: Wish): EveryService {
    return { by: this, services: this.#lb.every(wish).services.map(({ name }) => this.#serviceNamed(name)) }
  }
  onKnown (): void {}
}
