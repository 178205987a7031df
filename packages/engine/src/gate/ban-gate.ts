import type { ClientFacts } from '@weirlb/link'
import type { Control } from '../decisions/control.ts'
import type { Decider } from '../decisions/decision.ts'
import type { Decisions } from '../decisions/decisions.ts'
import type { BanList } from './ban-list.ts'
import { ClientSubject } from './client-subject.ts'
import type { Refusal } from './gate.ts'

/** Refuses clients whose addresses are banned, before everything else. */
export class BanGate implements Decider {
  readonly phase = 'connect'
  readonly action = 'block'
  readonly simulated = false
  readonly control: Control
  readonly #bans: BanList
  readonly #decisions: Decisions

  constructor (bans: BanList, decisions: Decisions) {
    this.#bans = bans
    this.#decisions = decisions
    this.control = decisions.control('ban', 'bans')
  }

  /** Returns why a client is refused, if it is, and reports it. Where nobody is banned this is one comparison. */
  refusal (vserver: ClientSubject['vserver'], facts: ClientFacts): Refusal | undefined {
    if (this.#bans.size === 0) return undefined
    const refusal = this.look(facts)
    if (refusal !== undefined) this.#decisions.report(this, new ClientSubject(vserver, facts))
    return refusal
  }

  /** The same, and nothing is counted or reported. */
  look ({ address }: ClientFacts): Refusal | undefined {
    const now = performance.now()
    const ban = this.#bans.of(address, now)
    return ban &&
      { reason: 'banned', detail: `${ban.address} is banned`, retryAfterSeconds: Math.ceil((ban.until - now) / 1000) }
  }
}
