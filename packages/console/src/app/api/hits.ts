import type { Stats } from '@weirlb/admin/client'
import { signal, type ReadonlySignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { call } from './api.ts'

/** Hits of a rule, or of anything else that is counted. */
export interface Hits {
  readonly total: number
  /** A second, between two counts; the latest last. */
  readonly rates: readonly number[]
}

/** Rates that are kept of each. */
const MAX_RATES = 60
/** How often hits are counted. */
const HITS_MS = 5000

/** Counters as they are at one time, by name. */
export type Totals = Readonly<Record<string, number>>

/** Hits over time, from counters. */
export class HitsModel {
  readonly counted = signal<ReadonlyMap<string, Hits>>(new Map())
  #at: number | undefined

  /** Add counters as they were at a time, in milliseconds. Counters begin anew with the server. */
  add (totals: Totals, atMs: number): void {
    const seconds = this.#at === undefined ? undefined : (atMs - this.#at) / 1000
    this.#at = atMs
    this.counted.value = new Map(Object.entries(totals).map(([name, total]) => {
      const before = this.counted.value.get(name)
      const rate = seconds === undefined || before === undefined ? [] : [Math.max(0, total - before.total) / seconds]
      return [name, { total, rates: [...(before?.rates ?? []).slice(1 - MAX_RATES), ...rate] }]
    }))
  }
}

/** Count while a component is there and somebody looks; `totals` are the counters of interest. */
export const useHits = (totals: (stats: Stats) => Totals): ReadonlySignal<ReadonlyMap<string, Hits>> => {
  const model = useMemo(() => new HitsModel(), [])
  useEffect(() => {
    const count = (): void => {
      if (!document.hidden)
        call('getStats').then(({ body }) => {
          model.add(totals(body), performance.now())
        }, () => {})
    }
    count()
    const timer = setInterval(count, HITS_MS)
    return () => { clearInterval(timer) }
  }, [model])
  return model.counted
}

/** Returns the decisions of the controls of a kind (`access-rule`), by name. */
export const decisionsOf = (kind: string) => ({ controls }: Stats): Totals =>
  Object.fromEntries(
    Object.entries(controls).flatMap(([name, { decisions }]) =>
      name.startsWith(`${kind}/`) ? [[name.slice(kind.length + 1), decisions]] : []
    )
  )
