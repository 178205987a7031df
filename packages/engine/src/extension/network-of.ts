const GROUPS = 8
const OF_NETWORK = 4

/**
 * Returns the identity of a peer: its address, or the 64-bit network of an IPv6 address, since a peer there has all
 * its addresses.
 */
export const networkOf = (address: string): string => {
  if (!address.includes(':') || address.includes('.')) return address
  const [head = '', tail] = address.split('%', 1)[0]!.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = new Array<string>(Math.max(0, GROUPS - before.length - after.length)).fill('0')
  return `${[...before, ...zeros, ...after].slice(0, OF_NETWORK).join(':')}::/64`
}
