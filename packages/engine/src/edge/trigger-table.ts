import { normalPath, parseTriggerPattern, type Trigger, type TriggerPattern } from '@weirlb/model'
import { byPrecision, MAX_NAME } from './trigger-order.ts'

/** A trigger that was found, and what it leads to. */
export interface FoundTrigger<T> { readonly trigger: Trigger, readonly to: T }

interface Row<T> extends FoundTrigger<T> { readonly pattern: TriggerPattern }

/** The first row that matches; whole paths are found by a look-up. */
class Rows<T> {
  readonly #whole = new Map<string, Row<T>[]>()
  readonly #beginnings: Row<T>[] = []

  add (row: Row<T>): void {
    const rows = row.pattern.prefix ? this.#beginnings : this.#whole.get(row.pattern.path) ?? []
    if (!row.pattern.prefix) this.#whole.set(row.pattern.path, rows)
    rows.push(row)
    rows.sort(byPrecision)
  }

  find (path: string, secure: boolean): Row<T> | undefined {
    const fits = ({ pattern }: Row<T>): boolean => pattern.secure === undefined || pattern.secure === secure
    return this.#whole.get(path)?.find(fits) ??
      this.#beginnings.find(row => path.startsWith(row.pattern.path) && fits(row))
  }
}

/** The triggers of a user vserver, by host and path. */
export class TriggerTable<T> {
  readonly #exact = new Map<string, Rows<T>>()
  /** By the name behind the wildcard. */
  readonly #below = new Map<string, Rows<T>>()
  readonly #within = new Map<string, Rows<T>>()
  readonly #any = new Rows<T>()

  constructor (triggers: readonly FoundTrigger<T>[]) {
    for (const { trigger, to } of triggers) {
      const pattern = parseTriggerPattern(trigger.pattern)
      if (typeof pattern !== 'string') this.#rowsOf(pattern).add({ trigger, to, pattern })
    }
  }

  #rowsOf ({ hosts, host }: TriggerPattern): Rows<T> {
    if (hosts === 'any') return this.#any
    const among = hosts === 'exact' ? this.#exact : hosts === 'below' ? this.#below : this.#within
    const rows = among.get(host) ?? new Rows<T>()
    among.set(host, rows)
    return rows
  }

  /**
   * Returns the most specific trigger of a request: the exact host, then the longest wildcard, then `*`; of one host
   * the longest path. `host`: in canonical form, `''` without one. `target`: a path as it was sent, with or without a
   * query.
   */
  find (host: string, target: string, secure: boolean): FoundTrigger<T> | undefined {
    const path = normalPath(target)
    if (host.length > 0 && host.length <= MAX_NAME) {
      const own = this.#exact.get(host)?.find(path, secure) ?? this.#within.get(host)?.find(path, secure)
      if (own !== undefined) return own
      for (let dot = host.indexOf('.'); dot >= 0 && this.#below.size + this.#within.size > 0; dot = host.indexOf('.', dot + 1)) {
        const name = host.slice(dot + 1)
        const found = this.#below.get(name)?.find(path, secure) ?? this.#within.get(name)?.find(path, secure)
        if (found !== undefined) return found
      }
    }
    return this.#any.find(path, secure)
  }
}
