// PUBACK, PUBREC, PUBREL and PUBCOMP (MQTT 5 §3.4 to §3.7), and DISCONNECT (§3.14): a reason code, and little else.
import { Malformed, type Bytes } from '@weirlb/sdk'
import type { Level } from './level.ts'
import { headerEnd, packet, u16, varint, type Type } from './header.ts'
import { propertiesEnd, readPacketId } from './packet-id.ts'
import { Property } from './properties.ts'

export interface Acknowledgement { readonly packetId: number, readonly reason: number }

/**
 * Read reason and properties at `at`; each may be omitted with everything after it; 0 is success. Returns the reason.
 */
const readReason = (bytes: Bytes, at: number): number => {
  if (at === bytes.length) return 0
  if (at + 1 < bytes.length && propertiesEnd(bytes, at + 1) !== bytes.length)
    throw new Malformed('bytes behind the last property')
  return bytes[at]!
}

/** Read a PUBACK, PUBREC, PUBREL or PUBCOMP. */
export const readAcknowledgement = (bytes: Bytes, level: Level): Acknowledgement => {
  const at = headerEnd(bytes)
  const packetId = readPacketId(bytes, at)
  if (level === 5) return { packetId, reason: readReason(bytes, at + 2) }
  if (bytes.length !== at + 2) throw new Malformed('bytes behind the packet identifier')
  return { packetId, reason: 0 }
}

/** The reason of a DISCONNECT of MQTT 5. */
export const readDisconnect = (bytes: Bytes): number => readReason(bytes, headerEnd(bytes))

/** Returns a PUBACK, PUBREC or PUBCOMP of our own; before MQTT 5 there are no reasons. */
export const acknowledgement = (
  type: typeof Type.puback | typeof Type.pubrec | typeof Type.pubcomp,
  level: Level,
  packetId: number,
  reason = 0
): Bytes => packet(type << 4, [u16(packetId), level === 5 && reason !== 0 ? [reason] : []])

/** A list of properties with a Server Reference (§3.14.2.2.5). */
export const referenceTo = (
  server: Bytes
): number[] => [...varint(server.length + 3), Property.serverReference, ...u16(server.length), ...server]

/**
 * Returns a DISCONNECT of our own; an empty list of properties is omitted (§3.14.2.2.1). Servers before MQTT 5 have
 * none.
 */
export const disconnect = (reason: number, properties: readonly number[] = []): Bytes =>
  packet(0xe0, [[reason], properties])
