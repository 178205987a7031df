import { BlockList } from 'node:net'
import { canonicalAddress, parseNetwork } from '@weirlb/model'

/** IP addresses, by the networks that they are in. */
export class AddressSet {
  // A BlockList compares an IPv4 address with IPv4 networks only if given the family, and returns false for an
  // invalid address.
  readonly #networks = new BlockList()

  /** `networks`: in the form of `network`. IPv4 addresses that are written as IPv6 (`::ffff:10.0.0.1`) are those. */
  constructor (networks: readonly string[]) {
    for (const text of networks) {
      const { address, prefix, family } = parseNetwork(text)!
      const plain = family === 'ipv6' && prefix === 128 ? canonicalAddress(address) : address
      if (plain.includes(':')) this.#networks.addSubnet(plain, prefix, 'ipv6')
      else this.#networks.addSubnet(plain, Math.min(prefix, 32), 'ipv4')
    }
  }

  /** Returns true if an address is in one of the networks. The zone of an IPv6 address is ignored (RFC 4007 §11). */
  has (address: string): boolean {
    if (!address.includes(':')) return this.#networks.check(address, 'ipv4')
    const zone = address.indexOf('%')
    return this.#networks.check(zone < 0 ? address : address.slice(0, zone), 'ipv6')
  }
}
