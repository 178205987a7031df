/** Returns the 16-bit groups of an IPv6 address; the last two may be written as an IPv4 address (RFC 4291 §2.2). */
const groupsOf = (part: string): number[] => part === '' ? [] : part.split(':').flatMap(group => {
  if (!group.includes('.')) return [parseInt(group, 16)]
  const [a, b, c, d] = group.split('.').map(Number) as [number, number, number, number]
  return [a << 8 | b, c << 8 | d]
})

/** An IP address as its 4 or 16 bytes; its zone is left out. Text that is no IP address has no meaning here. */
export const ipBytes = (address: string): Buffer => {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number))
  const bytes = Buffer.alloc(16)
  const [head, tail] = address.split('%', 1)[0]!.split('::')
  const last = tail === undefined ? [] : groupsOf(tail)
  groupsOf(head!).forEach((group, i) => { bytes.writeUInt16BE(group, 2 * i) })
  last.forEach((group, i) => { bytes.writeUInt16BE(group, 2 * (8 - last.length + i)) })
  return bytes
}

/** 16 bytes that are an IPv4 address: `::ffff:192.0.2.1` (RFC 4291 §2.5.5.2). */
const isMapped = (bytes: Uint8Array): boolean => {
  for (let i = 0; i < 10; i++) if (bytes[i] !== 0) return false
  return bytes[10] === 0xff && bytes[11] === 0xff
}

/** Eight groups with the longest run of zeros left out (RFC 5952 §4.2). */
const ipv6Text = (bytes: Uint8Array): string => {
  const groups = Array.from({ length: 8 }, (_, i) => bytes[2 * i]! << 8 | bytes[2 * i + 1]!)
  let best = -1
  let bestLength = 1
  for (let i = 0; i < 8; i++) {
    let length = 0
    while (i + length < 8 && groups[i + length] === 0) length++
    if (length > bestLength) [best, bestLength] = [i, length]
  }
  const text = (part: number[]): string => part.map(group => group.toString(16)).join(':')
  return best < 0 ? text(groups) : `${text(groups.slice(0, best))}::${text(groups.slice(best + bestLength))}`
}

/** 4 or 16 bytes as the text of an IP address; an IPv4 address that is written as IPv6 in its own notation. */
export const ipText = (bytes: Uint8Array): string => {
  if (bytes.length === 4) return bytes.join('.')
  return isMapped(bytes) ? bytes.subarray(12, 16).join('.') : ipv6Text(bytes)
}
