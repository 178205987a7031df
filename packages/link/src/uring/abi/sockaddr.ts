import { isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'
import { loadLibc } from './libc.ts'
import { AF_INET, AF_INET6 } from './socket.ts'

/** Room for either family: struct sockaddr_in6 has 28 bytes. */
export const SOCKADDR_BYTES = 32

const port16 = (bytes: Uint8Array, at: number): number => bytes[at]! << 8 | bytes[at + 1]!

/** Returns the 16-bit groups of an IPv6 address; the last two may be written as an IPv4 address (RFC 4291 §2.2). */
const groupsOf = (part: string): number[] => part === '' ? [] : part.split(':').flatMap(group => {
  if (!group.includes('.')) return [parseInt(group, 16)]
  const [a, b, c, d] = group.split('.').map(Number) as [number, number, number, number]
  return [a << 8 | b, c << 8 | d]
})

/** The number of a zone, `lo` or `1` of `fe80::1%lo` and `fe80::1%1` (RFC 4007 §11): which interface a link-local address belongs to. */
const scopeOf = (address: string, zone: string): number => {
  const scope = /^\d+$/.test(zone) ? Number(zone) : loadLibc().if_nametoindex(Buffer.from(`${zone}\0`))
  if (scope === 0) throw new Error(`'${address}': this machine has no network interface '${zone}'; there are: ${Object.keys(networkInterfaces()).join(', ')}`)
  return scope
}

/**
 * Write the struct sockaddr_in or sockaddr_in6 of a numeric address (ip(7), ipv6(7)). Returns the family and the used
 * length. Throws an Error if the address has an unknown zone.
 */
export const writeSockaddr = (into: Buffer, address: string, port: number): { family: number, length: number } => {
  into.fill(0)
  into.writeUInt16BE(port, 2)
  if (!isIPv6(address)) {
    into.writeInt16LE(AF_INET, 0)
    address.split('.').forEach((part, i) => { into[4 + i] = Number(part) })
    return { family: AF_INET, length: 16 }
  }
  into.writeInt16LE(AF_INET6, 0)
  const [bare, zone] = address.split('%')
  const [head, tail] = bare!.split('::')
  const first = groupsOf(head!)
  const last = tail === undefined ? [] : groupsOf(tail)
  first.forEach((group, i) => { into.writeUInt16BE(group, 8 + 2 * i) })
  last.forEach((group, i) => { into.writeUInt16BE(group, 8 + 2 * (8 - last.length + i)) })
  if (zone !== undefined) into.writeUInt32LE(scopeOf(address, zone), 24)
  return { family: AF_INET6, length: 28 }
}

const mapped = (bytes: Uint8Array): boolean => {
  for (let i = 8; i < 18; i++) if (bytes[i] !== 0) return false
  return bytes[18] === 0xff && bytes[19] === 0xff
}

/** Eight groups with the longest run of zeros left out (RFC 5952 §4.2). */
const ipv6Text = (bytes: Uint8Array): string => {
  const groups = Array.from({ length: 8 }, (_, i) => port16(bytes, 8 + 2 * i))
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

/** The address family of a socket address. */
export const familyOf = (bytes: Uint8Array): number => bytes[0]! | bytes[1]! << 8

/** The port of a socket address. */
export const portOf = (bytes: Uint8Array): number => port16(bytes, 2)

/** The address in a socket address; IPv4 clients of an IPv6 listener in their own notation. */
export const addressOf = (bytes: Uint8Array): string => {
  if (familyOf(bytes) === AF_INET6) {
    return mapped(bytes) ? `${bytes[20]}.${bytes[21]}.${bytes[22]}.${bytes[23]}` : ipv6Text(bytes)
  }
  return `${bytes[4]}.${bytes[5]}.${bytes[6]}.${bytes[7]}`
}
