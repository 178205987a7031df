import { isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'
import { ipBytes, ipText } from '../../ip-bytes.ts'
import { loadLibc } from './libc.ts'
import { AF_INET, AF_INET6 } from './socket.ts'

/** Room for either family: struct sockaddr_in6 has 28 bytes. */
export const SOCKADDR_BYTES = 32

/**
 * The number of a zone, `lo` or `1` of `fe80::1%lo` and `fe80::1%1` (RFC 4007 §11): which interface a link-local
 * address belongs to.
 */
const scopeOf = (address: string, zone: string): number => {
  const scope = /^\d+$/.test(zone) ? Number(zone) : loadLibc().if_nametoindex(Buffer.from(`${zone}\0`))
  if (scope === 0)
    throw new Error(
      `'${address}': this machine has no network interface '${zone}'; there are: ${
        Object.keys(networkInterfaces()).join(', ')
      }`
    )
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
    ipBytes(address).copy(into, 4)
    return { family: AF_INET, length: 16 }
  }
  into.writeInt16LE(AF_INET6, 0)
  ipBytes(address).copy(into, 8)
  const zone = address.split('%')[1]
  if (zone !== undefined) into.writeUInt32LE(scopeOf(address, zone), 24)
  return { family: AF_INET6, length: 28 }
}

/** The address family of a socket address. */
export const familyOf = (bytes: Uint8Array): number => bytes[0]! | bytes[1]! << 8

/** The port of a socket address. */
export const portOf = (bytes: Uint8Array): number => bytes[2]! << 8 | bytes[3]!

/** The address in a socket address; IPv4 clients of an IPv6 listener in their own notation. */
export const addressOf = (bytes: Uint8Array): string =>
  ipText(familyOf(bytes) === AF_INET6 ? bytes.subarray(8, 24) : bytes.subarray(4, 8))
