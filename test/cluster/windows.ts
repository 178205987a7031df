import type { Checked, Overlap, Stay, Window } from './claims-log.ts'

/** Why a key may be at two servers: the first rows of the table under "Windows" in docs/guide/cluster.md. */
export const windowKinds = ['away', 'lease', 'store-empty', 'store-behind'] as const
export type WindowKind = (typeof windowKinds)[number]

export interface Permitted extends Window { readonly why: WindowKind }

export interface WindowLimits {
  /** How much later than it was written a line of a node's log may be read. */
  readonly lateMs: number
  /** How long a node that shares again may take to close those clients that others have led elsewhere. */
  readonly closingMs: number
  /** Time without renewal after which the store may forget an entry. */
  readonly forgottenMs: number
  /** How far a replica may be behind its master. */
  readonly behindMs: number
}

/** `to`: Infinity while it lasts. */
interface Away { readonly from: number, to: number }

interface Loss extends Window { readonly why: 'store-empty' | 'store-behind' }

/**
 * What the nodes of a run have reported of their store, and what happened to it: decides which of a key's times at two
 * servers the documentation permits. All times are milliseconds on one clock.
 */
export class Windows {
  readonly #limits: WindowLimits
  readonly #aways = new Map<string, Away[]>()
  readonly #losses: Loss[] = []

  constructor (limits: WindowLimits) { this.#limits = limits }

  /** The node has reported that the store is away for it, or that it offers anew what it holds. */
  left (node: string, at: number): void {
    const aways = this.#aways.get(node) ?? []
    if (aways.at(-1)?.to !== Infinity) aways.push({ from: at, to: Infinity })
    this.#aways.set(node, aways)
  }

  /** It has reported that it shares all sessions, or it has ended. */
  returned (node: string, at: number): void {
    const last = this.#aways.get(node)?.at(-1)
    if (last?.to === Infinity) last.to = at
  }

  /** The store has lost all entries, or its last ones, between these times. */
  lost (why: Loss['why'], from: number, to: number): void { this.#losses.push({ why, from, to }) }

  /** Whether a node was away at some time of these. */
  someAway (from: number, to: number): boolean {
    return [...this.#aways.values()].flat().some(away => away.from <= to && away.to + this.#limits.lateMs >= from)
  }

  /** How long nodes were away, in all. */
  awayMs (now: number): number {
    return [...this.#aways.values()].flat().reduce((sum, { from, to }) => sum + Math.min(to, now) - from, 0)
  }

  /** Returns the times in which the key of an overlap may be at its two servers. */
  permits ({ stays: [one, two] }: Overlap): readonly Permitted[] {
    const [earlier, later] = one.from <= two.from ? [one, two] : [two, one]
    return [...this.#led(one), ...this.#led(two), ...this.#forgotten(earlier, later), ...this.#afterLoss(earlier, later)]
  }

  /** A connection that was led while its node was away. */
  #led ({ node, asked, from: answered }: Stay): readonly Permitted[] {
    const { lateMs, closingMs } = this.#limits
    return this.#of(node)
      .filter(({ from, to }) => answered >= from - lateMs && asked <= to)
      .map(({ from, to }) => ({ why: 'away', from: from - lateMs, to: to + closingMs }))
  }

  /** The earlier one's node was away for so long that the store has forgotten its entry, and the later one made it. */
  #forgotten (earlier: Stay, later: Stay): readonly Permitted[] {
    const { lateMs, closingMs, forgottenMs } = this.#limits
    return this.#of(earlier.node)
      .filter(({ from, to }) => earlier.asked < from && later.from >= from - lateMs + forgottenMs && later.asked <= to)
      .map(({ to }) => ({ why: 'lease', from: later.from, to: to + closingMs }))
  }

  /** The store has lost the earlier one's entry, and the later one was led before the earlier one's node offered it. */
  #afterLoss (earlier: Stay, later: Stay): readonly Permitted[] {
    const { closingMs, behindMs } = this.#limits
    return this.#losses
      .filter(({ from, to, why }) =>
        earlier.asked <= to && later.from >= from && (why === 'store-empty' || earlier.from >= from - behindMs)
      )
      .map(({ from, to, why }) => ({ why, from, to: this.#backAfter(earlier.node, to) }))
      .filter(({ to }) => later.asked <= to)
      .map(({ why, from, to }) => ({ why, from, to: to + closingMs }))
  }

  /** When a node has offered what it held at a time; at once, if it has never left. */
  #backAfter (node: string, at: number): number { return this.#of(node).find(({ to }) => to > at)?.to ?? at }

  #of (node: string): readonly Away[] { return this.#aways.get(node) ?? [] }
}

/** Returns how many overlaps each kind of window has excused, as text. */
export const countsOf = (excused: Checked<Permitted>['excused']): string =>
  windowKinds.map(kind => `${kind} ${excused.filter(({ windows }) => windows.some(({ why }) => why === kind)).length}`)
    .join(', ')
