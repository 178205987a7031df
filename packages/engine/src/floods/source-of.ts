/** Groups of the 64-bit network of an IPv6 address, of eight. */
const OF_NETWORK = 4

/**
 * Returns what stands for a client's address in tables: the address of IPv4, and the /64 network of IPv6, since whoever
 * has one of its addresses has them all. IPv4 written as IPv6 is IPv4.
 */
export const sourceOf = (address: string): string => {
  if (!address.includes(':')) return address
  if (address.startsWith('::ffff:') && address.includes('.')) return address.slice(7)
  const [head = '', tail] = address.split('%', 1)[0]!.toLowerCase().split('::')
  const before = head === '' ? [] : head.split(':')
  if (before.length >= OF_NETWORK) return `${before.slice(0, OF_NETWORK).map(bare).join(':')}::/64`
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = new Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0')
  return `${[...before, ...zeros, ...after].slice(0, OF_NETWORK).map(bare).join(':')}::/64`
}

/** A group without leading zeros. */
const bare = (group: string): string => group.replace(/^0+(?=.)/, '')
