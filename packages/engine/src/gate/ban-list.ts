import { parseIp } from '@weirlb/rules'

/** An address that is refused for a time. */
export interface Ban {
  /** IPv4 address, or the network of 64 bits of an IPv6 address: `2001:db8:0:1::/64`. */
  readonly address: string
  /** When it ends, on the steady clock of this process. */
  readonly until: number
}

/** A ban as processes tell it to each other: their clocks differ. */
export interface BanWord { readonly address: string, readonly forMs: number }

/** Bits of an IPv6 address that say whose it is. */
const NETWORK_BITS = 64
/** Most bans at one time; beyond them the first goes. */
export const MAX_BANS = 100_000

/** Returns whom a ban of an address is about: of IPv6, its network. Undefined for other text. */
export const bannedAs = (address: string): string | undefined => {
  const text = address.endsWith('/64') ? address.slice(0, -3) : address
  const ip = parseIp(text)
  if (ip === undefined) return undefined
  if (ip.version === 4) return text === address ? ip.toString() : undefined
  const { a, b } = ip.masked(NETWORK_BITS, false)
  const groups = [a >>> 16, a & 0xffff, b >>> 16, b & 0xffff].map(group => group.toString(16))
  return `${groups.join(':')}::/64`
}

/** The addresses that a process accepts no clients from. One that has none costs a client one comparison. */
export class BanList {
  readonly #bans = new Map<string, Ban>()

  get size (): number { return this.#bans.size }

  /** Returns the ban of a client's address; undefined: there is none. */
  of (address: string, now: number): Ban | undefined {
    if (this.#bans.size === 0) return undefined
    // An IPv4 address is its own text.
    const key = address.includes(':') ? bannedAs(address) : address
    const ban = key === undefined ? undefined : this.#bans.get(key)
    if (ban === undefined || ban.until > now) return ban
    this.#bans.delete(ban.address)
    return undefined
  }

  /**
   * Ban an address for a time, from now on; of one that is banned the later end counts. Returns false for text that is
   * no address.
   */
  add ({ address, forMs }: BanWord, now: number): boolean {
    const key = bannedAs(address)
    if (key === undefined) return false
    const before = this.#bans.get(key)
    // The last in order is the one that was banned last.
    this.#bans.delete(key)
    this.#bans.set(key, { address: key, until: Math.max(before?.until ?? 0, now + forMs) })
    while (this.#bans.size > MAX_BANS) {
      const { value } = this.#bans.keys().next() as { readonly value: string }
      this.#bans.delete(value)
    }
    return true
  }

  /** All that have not ended, as other processes are told them. */
  words (now: number): BanWord[] {
    const words: BanWord[] = []
    for (const { address, until } of this.#bans.values()) if (until > now) words.push({ address, forMs: until - now })
    return words
  }

  /** Ban no longer. */
  remove (address: string): void { this.#bans.delete(bannedAs(address) ?? address) }

  clear (): void { this.#bans.clear() }
}
