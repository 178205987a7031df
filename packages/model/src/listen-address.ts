/** An address in the one form that its spellings share; text that is no IP address stays as it is. */
const canonical = (address: string): string => {
  if (!address.includes(':')) return address
  try {
    const ipv6 = new URL(`http://[${address}]`).hostname.slice(1, -1)
    const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(ipv6)
    if (mapped === null) return ipv6
    const [high, low] = [parseInt(mapped[1]!, 16), parseInt(mapped[2]!, 16)]
    return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
  } catch {
    return address
  }
}

/**
 * True when two listeners on one port would meet: the same address, or a wildcard that covers the other.
 * `::` covers IPv4 too, as operating systems open it for both families.
 */
export const addressesOverlap = (a: string, b: string): boolean => {
  const [x, y] = [canonical(a), canonical(b)]
  return x === y || covers(x, y) || covers(y, x)
}

const covers = (wildcard: string, address: string): boolean =>
  wildcard === '::' || (wildcard === '0.0.0.0' && !address.includes(':'))
