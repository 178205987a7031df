import type { Packet } from './capture-file.ts'

/** One end of a connection. */
export interface End { readonly address: string, readonly port: number }

/** A TCP segment of a packet. */
export interface Segment {
  readonly from: End
  readonly to: End
  /** Of its first byte. */
  readonly sequence: number
  readonly syn: boolean
  readonly ack: boolean
  readonly payload: Uint8Array
}

const IPV4 = 0x0800
const IPV6 = 0x86dd
const VLANS = [0x8100, 0x88a8]
const TCP = 6

/** Where the IP packet begins, by the type of the link. */
const ipAt = ({ link, bytes }: Packet): number | undefined => {
  const two = (at: number): number => (bytes[at] ?? 0) << 8 | (bytes[at + 1] ?? 0)
  const isIp = (type: number): boolean => type === IPV4 || type === IPV6
  switch (link) {
    case 0: case 108: return 4 // BSD's loopback
    case 12: case 14: case 101: case 228: case 229: return 0 // IP itself
    case 113: return isIp(two(14)) ? 16 : undefined // Linux, any interface
    case 276: return isIp(two(0)) ? 20 : undefined // Linux, any interface, version 2
    case 1: { // Ethernet
      let at = 12
      while (VLANS.includes(two(at))) at += 4
      return isIp(two(at)) ? at + 2 : undefined
    }
    default: return undefined
  }
}

/** Returns the TCP segment of a packet; undefined for one that has none, and for fragments. */
export const segmentOf = (packet: Packet): Segment | undefined => {
  const at = ipAt(packet)
  if (at === undefined || at + 20 > packet.bytes.length) return undefined
  const ip = packet.bytes.subarray(at)
  const view = new DataView(ip.buffer, ip.byteOffset, ip.byteLength)
  const version = ip[0]! >> 4
  if (version === 4) {
    const header = (ip[0]! & 15) * 4
    // More fragments, or not the first one.
    if (ip[9] !== TCP || (view.getUint16(6) & 0x3fff) !== 0) return undefined
    // Offload leaves the length of what the card has yet to divide at 0.
    const total = view.getUint16(2)
    return tcpOf(ip.subarray(header, total === 0 ? ip.length : total), v4(ip.subarray(12, 16)), v4(ip.subarray(16, 20)))
  }
  if (version !== 6 || ip.length < 40) return undefined
  let [next, start] = [ip[6]!, 40]
  // Hop-by-hop, routing and destination options (RFC 8200 §4).
  while ([0, 43, 60].includes(next) && start + 2 <= ip.length)
    [next, start] = [ip[start]!, start + 8 + ip[start + 1]! * 8]
  const length = view.getUint16(4)
  return next === TCP
    ? tcpOf(ip.subarray(start, length === 0 ? ip.length : 40 + length), v6(ip.subarray(8, 24)), v6(ip.subarray(24, 40)))
    : undefined
}

const v4 = (bytes: Uint8Array): string => bytes.join('.')
const v6 = (bytes: Uint8Array): string =>
  Array.from({ length: 8 }, (_, i) => (bytes[2 * i]! << 8 | bytes[2 * i + 1]!).toString(16)).join(':')

const tcpOf = (tcp: Uint8Array, source: string, target: string): Segment | undefined => {
  if (tcp.length < 20) return undefined
  const view = new DataView(tcp.buffer, tcp.byteOffset, tcp.byteLength)
  const flags = tcp[13]!
  return {
    from: { address: source, port: view.getUint16(0) },
    to: { address: target, port: view.getUint16(2) },
    sequence: view.getUint32(4),
    syn: (flags & 2) !== 0,
    ack: (flags & 16) !== 0,
    payload: tcp.subarray((tcp[12]! >> 4) * 4)
  }
}
