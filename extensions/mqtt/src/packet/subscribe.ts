// SUBSCRIBE (MQTT 5 §3.8) and its SUBACK (§3.9).
import { decodeUtf8, Malformed, type Bytes } from '@weirlb/sdk'
import type { Level } from './level.ts'
import { headerEnd, packet, u16 } from './header.ts'
import { readPacketId, propertiesEnd } from './packet-id.ts'
import { checkUtf8 } from './utf8.ts'
import { ProtocolError } from './violation.ts'

/** One filter of a SUBSCRIBE. */
export interface Subscription {
  readonly filter: string
  readonly qos: number
  /** Filter and options in the packet's bytes. */
  readonly from: number
  readonly to: number
}

export interface Subscribe {
  readonly packetId: number
  /** Packet identifier and properties in the packet's bytes. */
  readonly from: number
  readonly to: number
  readonly subscriptions: readonly Subscription[]
}

/** Bits of the options that have to be 0: all but QoS before MQTT 5 [MQTT-3.8.3-5]. */
const reserved = (level: Level): number => level === 5 ? 0xc0 : 0xfc

/** Read a whole SUBSCRIBE. */
export const readSubscribe = (bytes: Bytes, level: Level): Subscribe => {
  const from = headerEnd(bytes)
  const packetId = readPacketId(bytes, from)
  const to = level === 5 ? propertiesEnd(bytes, from + 2) : from + 2
  const subscriptions: Subscription[] = []
  for (let at = to; at < bytes.length;) {
    const end = at + 2 + (bytes[at]! << 8 | bytes[at + 1]!)
    if (end >= bytes.length) throw new Malformed('a topic filter or its options reach beyond their SUBSCRIBE')
    checkUtf8(bytes, at + 2, end, 'a topic filter')
    const options = bytes[end]!
    const qos = options & 3
    if ((options & reserved(level)) !== 0)
      throw new Malformed(`subscription options 0x${options.toString(16)} [MQTT-3.8.3-5]`)
    if (qos === 3) throw new ProtocolError('a subscription of QoS 3 (§3.8.3.1)')
    if ((options & 0x30) === 0x30) throw new ProtocolError('retain handling 3 (§3.8.3.1)')
    subscriptions.push({ filter: decodeUtf8(bytes, at + 2, end), qos, from: at, to: end + 1 })
    at = end + 1
  }
  if (subscriptions.length === 0) throw new ProtocolError('a SUBSCRIBE without topic filters [MQTT-3.8.3-2]')
  return { packetId, from, to, subscriptions }
}

/** The same SUBSCRIBE with some of its filters. */
export const subscribeOnly = (bytes: Bytes, { from, to }: Subscribe, kept: readonly Subscription[]): Bytes =>
  packet(bytes[0]!, [bytes.subarray(from, to), ...kept.map(s => bytes.subarray(s.from, s.to))])

export interface Suback {
  readonly packetId: number
  /** Packet identifier and properties in the packet's bytes; one code per filter follows. */
  readonly from: number
  readonly to: number
  readonly codes: Bytes
}

/** Read a whole SUBACK. */
export const readSuback = (bytes: Bytes, level: Level): Suback => {
  const from = headerEnd(bytes)
  const packetId = readPacketId(bytes, from)
  const to = level === 5 ? propertiesEnd(bytes, from + 2) : from + 2
  if (to === bytes.length) throw new Malformed('a SUBACK without codes (§3.9.3)')
  return { packetId, from, to, codes: bytes.subarray(to) }
}

/** Returns a SUBACK of our own. */
export const suback = (level: Level, packetId: number, codes: Bytes): Bytes =>
  packet(0x90, [u16(packetId), level === 5 ? [0] : [], codes])

/** In `codes` of `mergedSuback`: the filter was forwarded, and the server's code belongs here. */
export const ASKED = 0xff
/**
 * Returns the server's SUBACK with the codes of denied filters inserted; `codes` has those, and ASKED for each other
 * filter.
 */
export const mergedSuback = (bytes: Bytes, { from, to, codes: answered }: Suback, codes: Bytes): Bytes => {
  const merged = Uint8Array.from(codes)
  let next = 0
  for (let i = 0; i < codes.length; i++) if (codes[i] === ASKED) merged[i] = answered[next++] ?? ASKED
  if (next !== answered.length)
    throw new Malformed(`a SUBACK with ${answered.length} codes for ${next} filters [MQTT-3.8.4-6]`)
  return packet(bytes[0]!, [bytes.subarray(from, to), merged])
}
