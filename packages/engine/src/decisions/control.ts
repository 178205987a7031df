import { emptyRecord } from '@weirlb/model'
import type { ControlStats } from '../stats/stats.ts'
import { Sampler } from './sampler.ts'

/**
 * A rule, or another control of the edge: what it decided, counted exactly, and which of that is reported. It outlives
 * revisions.
 */
export class Control {
  readonly kind: string
  readonly name: string
  readonly stats: ControlStats = { decisions: 0, simulated: 0, events: 0, actions: emptyRecord() }
  readonly #sampler = new Sampler()
  /** Of decisions that let clients pass. */
  #quiet: Sampler | undefined

  constructor (kind: string, name: string) {
    this.kind = kind
    this.name = name
  }

  /** What chooses which decisions are reported. */
  samplerOf (quiet: boolean): Sampler { return quiet ? this.#quiet ??= new Sampler(1) : this.#sampler }

  count (action: string, simulated: boolean): void {
    const { stats } = this
    stats.decisions++
    if (simulated) stats.simulated++
    else stats.actions[action] = (stats.actions[action] ?? 0) + 1
  }
}
