const GROUPS = 8
const OF_NETWORK = 4

/** What tells one peer from another: its address; of IPv6 the network's 64 bits, for whoever has one address there has all of them. */
export const networkOf = (address: string): string => {
  if (!address.includes(':') || address.includes('.')) return address
  const [head = '', tail] = address.split('%', 1)[0]!.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = new Array<string>(Math.max(0, GROUPS - before.length - after.length)).fill('0')
  return `${[...before, ...zeros, ...after].slice(0, OF_NETWORK).join(':')}::/64`
}
