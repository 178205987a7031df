import { recordFrom } from '@weirlb/model'
import { type Decision, type DecisionSubject, takesEffect } from './decision.ts'
import { HeavyHitters, type Hitter } from './heavy-hitters.ts'

/** What decisions are ranked by. */
export const topKinds = ['address', 'clientId', 'topic', 'country', 'asn'] as const
/** One of them. */
export type TopKind = (typeof topKinds)[number]

/** Decisions with an effect on the client, or those without one: logged, skipped, simulated. */
export type TopEffect = 'acted' | 'observed'

/** The most frequent values of one kind, in one process or over several. */
export interface TopList {
  /** The beginning of what is counted, in milliseconds since 1970 (UTC). */
  readonly since: number
  /** Decisions that were counted. */
  readonly decisions: number
  readonly hitters: readonly Hitter[]
  /** A value that is not there came at most so often. */
  readonly floor: number
}

/** Lists of one process, by effect and kind. */
export type Tops = Readonly<Record<TopEffect, Readonly<Record<TopKind, TopList>>>>

/** Values of one list. */
const SIZE = 512
/** Longer values are cut. */
const LONGEST = 256
/** A list covers the present period and the one before. */
const PERIOD_MS = 15 * 60_000

interface Period { readonly since: number, decisions: number, readonly lists: Readonly<Record<TopKind, HeavyHitters>> }

const newPeriod = (since: number): Period => ({
  since,
  decisions: 0,
  lists: {
    address: new HeavyHitters(SIZE),
    clientId: new HeavyHitters(SIZE),
    topic: new HeavyHitters(SIZE),
    country: new HeavyHitters(SIZE),
    asn: new HeavyHitters(SIZE)
  }
})

const short = (value: string): string => value.length > LONGEST ? `${value.slice(0, LONGEST - 1)}…` : value

/** The lists of decisions with one effect. Every decision counts, also those that are not reported. */
class EffectTops {
  #present: Period
  #before: Period | undefined

  constructor (now: number) { this.#present = newPeriod(now) }

  add ({ facts, clientId, topic, country, asn }: DecisionSubject, now: number): void {
    const period = this.#at(now)
    period.decisions++
    period.lists.address.add(facts.address)
    if (clientId !== undefined && clientId !== '') period.lists.clientId.add(short(clientId))
    if (topic !== undefined && topic !== '') period.lists.topic.add(short(topic))
    if (country !== undefined) period.lists.country.add(country)
    if (asn !== undefined) period.lists.asn.add(String(asn))
  }

  snapshot (now: number): Record<TopKind, TopList> {
    const present = this.#at(now)
    const periods = this.#before === undefined ? [present] : [this.#before, present]
    const list = (kind: TopKind): TopList =>
      mergeTops(
        periods.map(({ since, decisions, lists }) => ({
          since,
          decisions,
          hitters: lists[kind].all(),
          floor: lists[kind].floor
        })),
        SIZE
      )
    return recordFrom(topKinds.map(kind => [kind, list(kind)])) as Record<TopKind, TopList>
  }

  #at (now: number): Period {
    const age = now - this.#present.since
    if (age < PERIOD_MS && age >= 0) return this.#present
    this.#before = age >= 2 * PERIOD_MS || age < 0 ? undefined : this.#present
    return this.#present = newPeriod(now)
  }
}

/** What the edge decides most often, and about whom: bounded lists of the last 15 to 30 minutes. */
export class DecisionTops {
  readonly #acted: EffectTops
  readonly #observed: EffectTops

  constructor (now: number) {
    this.#acted = new EffectTops(now)
    this.#observed = new EffectTops(now)
  }

  add (decider: Pick<Decision, 'action' | 'simulated'>, subject: DecisionSubject, now: number): void {
    (takesEffect(decider) ? this.#acted : this.#observed).add(subject, now)
  }

  snapshot (now: number): Tops { return { acted: this.#acted.snapshot(now), observed: this.#observed.snapshot(now) } }
}

/**
 * Returns several lists as one, the most frequent first, of at most `most` values. What one of them does not have came
 * there at most as often as its rarest.
 */
export const mergeTops = (lists: readonly TopList[], most: number): TopList => {
  const floor = lists.reduce((sum, list) => sum + list.floor, 0)
  const found = new Map<string, { count: number, error: number }>()
  for (const { hitters, floor: own } of lists) {
    for (const { value, count, error } of hitters) {
      const sum = found.get(value) ?? { count: floor, error: floor }
      // Where it is, its own numbers stand in place of the floor.
      sum.count += count - own
      sum.error += error - own
      found.set(value, sum)
    }
  }
  const hitters = [...found].map(([value, { count, error }]) => ({ value, count, error })).sort((a, b) =>
    b.count - a.count || (a.value < b.value ? -1 : 1)
  )
  const kept = hitters.slice(0, most)
  return {
    since: lists.length === 0 ? 0 : Math.min(...lists.map(({ since }) => since)),
    decisions: lists.reduce((sum, { decisions }) => sum + decisions, 0),
    hitters: kept,
    floor: Math.max(floor, hitters[kept.length]?.count ?? 0)
  }
}
