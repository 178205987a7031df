import { byAddress } from './in-order.ts'
import { bitsOf, type IpAddress, parseIp } from './ip-address.ts'

/** Addresses from the first to the last, both of the same version. */
export interface IpRange { readonly from: IpAddress, readonly to: IpAddress }

/** Returns the addresses of a network; `prefix` is within the version's bits. */
export const networkRange = (address: IpAddress, prefix: number): IpRange => ({
  from: address.masked(prefix, false),
  to: address.masked(prefix, true)
})

/**
 * Parses an address, a network or a range: `192.0.2.1`, `10.0.0.0/8`, `10.0.0.1..10.0.0.9`. Undefined for other text.
 */
export const parseRange = (text: string): IpRange | undefined => {
  const single = parseIp(text)
  if (single !== undefined) return { from: single, to: single }
  const [first, second, more] = text.split('..')
  if (more !== undefined) return undefined
  if (second !== undefined) {
    const [from, to] = [parseIp(first!), parseIp(second)]
    return from !== undefined && to !== undefined && from.version === to.version && from.compare(to) <= 0
      ? { from, to }
      : undefined
  }
  const [address, prefix, rest] = text.split('/')
  const ip = parseIp(address!)
  if (ip === undefined || rest !== undefined) return undefined
  if (prefix === undefined) return { from: ip, to: ip }
  // The prefix of an IPv4 address that is written as IPv6 counts the 96 bits in front of it.
  const bits = Number(prefix) - (ip.version === 4 && address!.includes(':') ? 96 : 0)
  return /^\d{1,3}$/.test(prefix) && bits >= 0 && bits <= bitsOf(ip.version) ? networkRange(ip, bits) : undefined
}

/**
 * A set of addresses as sorted intervals that neither meet nor overlap: a look-up is a binary search. It is made once
 * and never changes.
 *
 *   version 4   froms  [10.0.0.0, 192.0.2.0]         version 6   the same with four words for each
 *               tos    [10.255.255.255, 192.0.2.9]
 */
export class IpSet {
  readonly #froms4: Uint32Array
  readonly #tos4: Uint32Array
  readonly #froms6: Uint32Array
  readonly #tos6: Uint32Array

  constructor (ranges: Iterable<IpRange>) {
    const all = [...ranges]
    const four = joined(all.filter(({ from }) => from.version === 4))
    const six = joined(all.filter(({ from }) => from.version === 6))
    this.#froms4 = Uint32Array.from(four, ({ from }) => from.d)
    this.#tos4 = Uint32Array.from(four, ({ to }) => to.d)
    this.#froms6 = words(six.map(({ from }) => from))
    this.#tos6 = words(six.map(({ to }) => to))
  }

  /** Intervals in it. */
  get size (): number { return this.#froms4.length + this.#froms6.length / 4 }

  has (ip: IpAddress): boolean { return ip.version === 4 ? this.#has4(ip.d) : this.#has6(ip) }

  #has4 (word: number): boolean {
    const froms = this.#froms4
    let low = 0
    let high = froms.length
    while (low < high) {
      const middle = low + high >>> 1
      if (froms[middle]! <= word) low = middle + 1
      else high = middle
    }
    return low > 0 && word <= this.#tos4[low - 1]!
  }

  #has6 (ip: IpAddress): boolean {
    const froms = this.#froms6
    let low = 0
    let high = froms.length / 4
    while (low < high) {
      const middle = low + high >>> 1
      if (order(froms, middle, ip) <= 0) low = middle + 1
      else high = middle
    }
    return low > 0 && order(this.#tos6, low - 1, ip) >= 0
  }
}

/** The order of entry `n` and an address. */
const order = (entries: Uint32Array, n: number, { a, b, c, d }: IpAddress): number => {
  const at = 4 * n
  return entries[at]! - a || entries[at + 1]! - b || entries[at + 2]! - c || entries[at + 3]! - d
}

const words = (addresses: readonly IpAddress[]): Uint32Array =>
  Uint32Array.from(addresses.flatMap(({ a, b, c, d }) => [a, b, c, d]))

/** Sorted; ranges that overlap are one. */
const joined = (ranges: IpRange[]): IpRange[] => {
  const found: IpRange[] = []
  for (const range of byAddress(ranges, ({ from }) => from)) {
    const last = found.at(-1)
    if (last === undefined || last.to.compare(range.from) < 0) found.push(range)
    else if (last.to.compare(range.to) < 0) found[found.length - 1] = { from: last.from, to: range.to }
  }
  return found
}
