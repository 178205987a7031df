import type { Stats } from '@weirlb/admin/client'
import { signal } from '@preact/signals'

/** Hits of a rule. */
export interface Hits {
  readonly total: number
  /** A second, between two counts; the latest last. */
  readonly rates: readonly number[]
}

/** Rates that are kept of each rule. */
const MAX_RATES = 60

/** Hits of rules over time, from counters. */
export class HitsModel {
  readonly counted = signal<ReadonlyMap<string, Hits>>(new Map())
  #at: number | undefined

  /** Add counters as they were at a time, in milliseconds. Counters begin anew with the server. */
  add (rules: Stats['rules'], atMs: number): void {
    const seconds = this.#at === undefined ? undefined : (atMs - this.#at) / 1000
    this.#at = atMs
    this.counted.value = new Map(Object.entries(rules).map(([name, { matched }]) => {
      const before = this.counted.value.get(name)
      const rate = seconds === undefined || before === undefined ? [] : [Math.max(0, matched - before.total) / seconds]
      return [name, { total: matched, rates: [...(before?.rates ?? []).slice(1 - MAX_RATES), ...rate] }]
    }))
  }
}
