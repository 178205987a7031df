const ipv4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$/
const ipv6Letters = /^[0-9a-fA-F:.]+$/

/** A URL's host in brackets is an IPv6 address, and nothing else [WHATWG URL, host parsing]. */
const isIpv6 = (text: string): boolean => ipv6Letters.test(text) && URL.canParse(`http://[${text}]`)

/** 4 or 6; undefined for text that is no IP address. IPv6 addresses may have a zone: `fe80::1%eth0` (RFC 4007 §11). */
export const ipFamily = (text: string): 4 | 6 | undefined => {
  if (!text.includes(':')) return ipv4.test(text) ? 4 : undefined
  const zone = text.indexOf('%')
  if (zone >= 0 && !/^%[^\s%/[\]]+$/.test(text.slice(zone))) return undefined
  return isIpv6(zone < 0 ? text : text.slice(0, zone)) ? 6 : undefined
}

/**
 * An IP address in the one form that its spellings share (RFC 5952), IPv4 clients of IPv6 listeners as IPv4; text that
 * is no IP address stays as it is.
 */
export const canonicalAddress = (address: string): string => {
  if (!address.includes(':')) return address
  const zone = address.includes('%') ? address.slice(address.indexOf('%')) : ''
  try {
    const short = new URL(`http://[${address.slice(0, address.length - zone.length)}]`).hostname.slice(1, -1)
    const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short)
    if (mapped === null) return short + zone
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
  const [x, y] = [canonicalAddress(a), canonicalAddress(b)]
  return x === y || covers(x, y) || covers(y, x)
}

/** Addresses that cover others, in the form of `canonicalAddress`. */
export const wildcards: readonly string[] = ['0.0.0.0', '::']

const covers = (wildcard: string, address: string): boolean =>
  wildcard === '::' || (wildcard === '0.0.0.0' && !address.includes(':'))
