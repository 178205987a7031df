import { byAddress } from './in-order.ts'
import type { IpAddress } from './ip-address.ts'
import type { IpRange } from './ip-set.ts'

/** A network, and what is known of it until a moment; `until`: Infinity for good. */
export interface NetworkEntry<T> { readonly network: IpRange, readonly value: T, readonly until: number }

/** No network has an address. */
const NONE = -1

/**
 * Networks with values: the value of the narrowest network that an address is in, and that has not ended. Networks do
 * not overlap in part, so that those around an address lie in each other. It is made once and never changes.
 *
 *   networks    |--------- a ---------|      |-- c --|
 *                     |--- b ---|
 *   starts      ^     ^         ^      ^     ^        ^
 *   narrowest   a     b         a      –     c        –        parents   b → a
 */
export class NetworkTable<T> {
  readonly #values: readonly T[]
  readonly #untils: Float64Array
  /** By network: the next wider one. */
  readonly #parents: Int32Array
  readonly #starts4: Uint32Array
  readonly #narrowest4: Int32Array
  /** Four words for each. */
  readonly #starts6: Uint32Array
  readonly #narrowest6: Int32Array

  /** `ordered`: the entries in order, from `orderingNetworks`, if that was done before. */
  constructor (
    entries: readonly NetworkEntry<T>[],
    ordered: OrderedNetworks<T> = { four: inOrder(entries, 4), six: inOrder(entries, 6) }
  ) {
    const { four, six } = ordered
    const all = [...four, ...six]
    this.#values = all.map(({ value }) => value)
    this.#untils = Float64Array.from(all, ({ until }) => until)
    this.#parents = new Int32Array(all.length).fill(NONE)
    const segments4 = segmentsOf(four, 0, this.#parents)
    this.#starts4 = Uint32Array.from(segments4.starts, ({ d }) => d)
    this.#narrowest4 = Int32Array.from(segments4.narrowest)
    const segments6 = segmentsOf(six, four.length, this.#parents)
    this.#starts6 = new Uint32Array(4 * segments6.starts.length)
    for (const [n, { a, b, c, d }] of segments6.starts.entries()) this.#starts6.set([a, b, c, d], 4 * n)
    this.#narrowest6 = Int32Array.from(segments6.narrowest)
  }

  /** Networks in it. */
  get size (): number { return this.#values.length }

  /** Returns the value of the narrowest network that has an address and ends after `now`. */
  find (ip: IpAddress, now: number): T | undefined {
    for (let n = ip.version === 4 ? this.#find4(ip.d) : this.#find6(ip); n !== NONE; n = this.#parents[n]!)
      if (this.#untils[n]! > now) return this.#values[n]
    return undefined
  }

  #find4 (word: number): number {
    const starts = this.#starts4
    let low = 0
    let high = starts.length
    while (low < high) {
      const middle = low + high >>> 1
      if (starts[middle]! <= word) low = middle + 1
      else high = middle
    }
    return low === 0 ? NONE : this.#narrowest4[low - 1]!
  }

  #find6 ({ a, b, c, d }: IpAddress): number {
    const starts = this.#starts6
    let low = 0
    let high = starts.length / 4
    while (low < high) {
      const middle = low + high >>> 1
      const at = 4 * middle
      if ((starts[at]! - a || starts[at + 1]! - b || starts[at + 2]! - c || starts[at + 3]! - d) <= 0) low = middle + 1
      else high = middle
    }
    return low === 0 ? NONE : this.#narrowest6[low - 1]!
  }
}

/** Networks by their version, in the order in which a table has them. */
export interface OrderedNetworks<T> {
  readonly four: readonly NetworkEntry<T>[]
  readonly six: readonly NetworkEntry<T>[]
}

/** The larger part of the work of a table, as steps. */
export function * orderingNetworks<T> (entries: readonly NetworkEntry<T>[]): Generator<void, OrderedNetworks<T>> {
  const four = inOrder(entries, 4)
  yield
  const six = inOrder(entries, 6)
  yield
  return { four, six }
}

/** Those of a version by their first address; of those the widest first. */
const inOrder = <T>(entries: readonly NetworkEntry<T>[], version: 4 | 6): NetworkEntry<T>[] => {
  const sorted = byAddress(
    entries.filter(({ network }) => network.from.version === version),
    ({ network }) => network.from
  )
  for (let begin = 0, end = 1; end <= sorted.length; end++) {
    if (end < sorted.length && sorted[end]!.network.from.equals(sorted[begin]!.network.from)) continue
    if (end - begin > 1) for (const [n, entry] of sorted.slice(begin, end).sort(({ network: one }, { network: other }) => other.to.compare(one.to)).entries()) sorted[begin + n] = entry
    begin = end
  }
  return sorted
}

interface Segments { readonly starts: IpAddress[], readonly narrowest: number[] }

/**
 * Returns where the narrowest network becomes another one, and writes the parents. `first`: the index of the first
 * network.
 */
const segmentsOf = <T>(entries: readonly NetworkEntry<T>[], first: number, parents: Int32Array): Segments => {
  const starts: IpAddress[] = []
  const narrowest: number[] = []
  const begin = (at: IpAddress, network: number): void => {
    if (starts.length > 0 && starts.at(-1)!.equals(at)) narrowest[narrowest.length - 1] = network
    else {
      starts.push(at)
      narrowest.push(network)
    }
  }
  /** Networks around the present place, the widest first, by index. */
  const around: number[] = []
  const endBefore = (place: IpAddress | undefined): void => {
    while (around.length > 0) {
      const { to } = entries[around.at(-1)! - first]!.network
      if (place !== undefined && to.compare(place) >= 0) return
      around.pop()
      const next = to.next()
      if (next !== undefined) begin(next, around.at(-1) ?? NONE)
    }
  }
  for (const [n, { network: { from } }] of entries.entries()) {
    endBefore(from)
    parents[first + n] = around.at(-1) ?? NONE
    around.push(first + n)
    begin(from, first + n)
  }
  endBefore(undefined)
  return { starts, narrowest }
}
