import type { RateLimit, RulePhase } from '@weirlb/model'
import type { NamedLists } from '@weirlb/rules'
import type { FieldDeclaration } from '@weirlb/sdk/abi'
import { emptyRateLimitStats } from '../stats/empty.ts'
import type { RateLimitStats } from '../stats/stats.ts'
import type { Control } from '../decisions/control.ts'
import { ActiveLimit, type CounterLevel, type LimitSharing, type LimitState } from './active-limit.ts'
import { checkedLimit } from './checked-limit.ts'
import { fitsGeo, type KnownPlaces } from './geo-fields.ts'
import type { SharedCount } from './limit-shares.ts'
import { LimitTable } from './limit-table.ts'

/** Which counters are asked for: those of a rate limit that have counted most, `most` of them. */
export interface LimitCountersQuery { readonly limit: string, readonly most: number }

/** A rate limit with what it has counted. */
interface Kept { readonly state: LimitState, readonly key: string, limit: RateLimit, made: ActiveLimit | undefined }

/** What makes counters of a rate limit mean the same as before. */
const meaningOf = ({ counts, expression, counting, by, periodSeconds, action }: RateLimit): string =>
  JSON.stringify([counts, expression, counting, by, periodSeconds, action === 'throttle'])

/**
 * The rate limits of a process: what they have counted stays from one revision to the next while that means the same.
 */
export class LimitBook {
  readonly #sharing: LimitSharing | undefined
  readonly #controlOf: (limit: string) => Control
  readonly #kept = new Map<string, Kept>()

  /**
   * `sharing`: undefined where no other process has clients. `controlOf`: what reports the decisions of a rate limit.
   */
  constructor (sharing: LimitSharing | undefined, controlOf: (limit: string) => Control) {
    this.#sharing = sharing
    this.#controlOf = controlOf
  }

  /** These are the rate limits from now on. */
  configure (limits: readonly RateLimit[]): void {
    const names = new Set(limits.map(({ name }) => name))
    for (const name of this.#kept.keys()) if (!names.has(name)) this.#kept.delete(name)
    for (const limit of limits) {
      const key = meaningOf(limit)
      const before = this.#kept.get(limit.name)
      if (before?.key === key) {
        before.limit = limit
        before.made = undefined
        before.state.table.resize(limit.maxKeys)
      } else {
        this.#kept.set(limit.name, {
          key,
          limit,
          made: undefined,
          state: {
            table: new LimitTable(limit.periodSeconds * 1000, limit.maxKeys),
            stats: before?.state.stats ?? emptyRateLimitStats(),
            control: this.#controlOf(limit.name)
          }
        })
      }
    }
  }

  /**
   * Returns the rate limits that count in a phase, of these, where an extension declares these fields. Those that need
   * what nobody knows of addresses are left out: what is missing is a value, and would be everybody's.
   */
  of (
    limits: readonly RateLimit[],
    phase: RulePhase,
    lists: NamedLists,
    geo: KnownPlaces,
    declared: readonly FieldDeclaration[]
  ): readonly ActiveLimit[] {
    return limits.flatMap(limit => {
      const outcome = checkedLimit(limit, lists, declared)
      const kept = this.#kept.get(limit.name)
      if (!outcome.ok || outcome.value.phase !== phase || kept === undefined || !fitsGeo(outcome.value.fields, geo))
        return []
      return [kept.made = new ActiveLimit(limit, outcome.value, kept.state, this.#sharing)]
    })
  }

  /** Another worker has counted. What is not configured here any more is left out. */
  hear (counts: readonly SharedCount[], now: number): void {
    for (const { limit, key, amount, untilMs } of counts) this.#kept.get(limit)?.made?.hear(key, amount, untilMs, now)
  }

  /** The counters of a rate limit that have counted most; none where nobody is held to it. */
  fullest (limit: string, most: number, now: number): readonly CounterLevel[] {
    return this.#kept.get(limit)?.made?.fullest(most, now) ?? []
  }

  /** The counters of each rate limit. */
  stats (): [string, RateLimitStats][] {
    return [...this.#kept].map((
      [name, { state: { stats, table } }]
    ) => [name, { ...stats, keys: table.size, evicted: table.evicted }])
  }
}
