// UNSUBSCRIBE (MQTT 5 §3.10) and its UNSUBACK (§3.11).
import { decodeUtf8, Malformed, type Bytes } from '@weirlb/sdk'
import { headerEnd, packet, u16 } from './header.ts'
import type { Level } from './level.ts'
import { propertiesEnd, readPacketId } from './packet-id.ts'
import { checkUtf8 } from './utf8.ts'
import { ProtocolError } from './violation.ts'

/** An UNSUBSCRIBE in its parts. */
export interface Unsubscribe { readonly packetId: number, readonly filters: readonly string[] }

/** Read a whole UNSUBSCRIBE. */
export const readUnsubscribe = (bytes: Bytes, level: Level): Unsubscribe => {
  const from = headerEnd(bytes)
  const packetId = readPacketId(bytes, from)
  const filters: string[] = []
  for (let at = level === 5 ? propertiesEnd(bytes, from + 2) : from + 2; at < bytes.length;) {
    const end = at + 2 + (bytes[at]! << 8 | bytes[at + 1]!)
    if (end > bytes.length) throw new Malformed('a topic filter reaches beyond its UNSUBSCRIBE')
    checkUtf8(bytes, at + 2, end, 'a topic filter')
    filters.push(decodeUtf8(bytes, at + 2, end))
    at = end
  }
  if (filters.length === 0) throw new ProtocolError('an UNSUBSCRIBE without topic filters [MQTT-3.10.3-2]')
  return { packetId, filters }
}

/** Returns an UNSUBACK of our own; it has codes in MQTT 5 alone. */
export const unsuback = (packetId: number, codes: Bytes): Bytes => packet(0xb0, [u16(packetId), [0], codes])
