// CONNACK: the one we write when there is no server to write it, and the server's, for what it assigns.
import { Malformed, type Bytes, type Reader } from '@weir/sdk'
import type { Level } from './connect.ts'

/** Return codes of MQTT 3.1 and 3.1.1 (§3.2.2.3). */
export const ReturnCode = { unacceptableLevel: 1, identifierRejected: 2, serverUnavailable: 3 } as const

/** Reason codes of MQTT 5 (§2.4) that a CONNACK or a DISCONNECT carries. */
export const ReasonCode = {
  unspecified: 0x80,
  malformedPacket: 0x81,
  protocolError: 0x82,
  implementationSpecific: 0x83,
  unsupportedVersion: 0x84,
  identifierNotValid: 0x85,
  serverUnavailable: 0x88,
  serverShuttingDown: 0x8b,
  keepAliveTimeout: 0x8d,
  quotaExceeded: 0x97,
  administrativeAction: 0x98,
  useAnotherServer: 0x9c
} as const

/** A refusal. Session present is 0 with every refusal [MQTT-3.2.2-4]; MQTT 5 adds an empty list of properties. */
export const connack = (level: Level, code: number): Bytes =>
  level === 5 ? Uint8Array.of(0x20, 3, 0, code, 0) : Uint8Array.of(0x20, 2, 0, code)

/** What an MQTT 5 server tells the client about itself. */
export interface Assigned {
  /** Assigned Client Identifier (§3.2.2.3.7). */
  clientId: Bytes | undefined
  /** Server Keep Alive in seconds (§3.2.2.3.14): the client uses it in place of its own. */
  keepAlive: number | undefined
}

const Property = { assignedClientId: 0x12, serverKeepAlive: 0x13 } as const

/** Sizes of the properties that may stand in a CONNACK (§3.2.2.3): bytes, or `s` for a string or binary data, `p` for a pair of strings. */
const propertySizes: Readonly<Record<number, number | 's' | 'p'>> = {
  0x11: 4, 0x12: 's', 0x13: 2, 0x15: 's', 0x16: 's', 0x1a: 's', 0x1c: 's', 0x1f: 's',
  0x21: 2, 0x22: 2, 0x24: 1, 0x25: 1, 0x26: 'p', 0x27: 4, 0x28: 1, 0x29: 1, 0x2a: 1
}

/** Read a server's CONNACK. Nothing is assigned by a refusal, or by a server that answers in an older version. */
export const readAssigned = (r: Reader): Assigned => {
  const assigned: Assigned = { clientId: undefined, keepAlive: undefined }
  r.skip(1).varint()
  r.skip(1)
  if (r.u8() >= 0x80 || r.left === 0) return assigned
  const end = r.varint()
  if (end > r.left) throw new Malformed('the properties are longer than their CONNACK')
  while (r.left > 0) {
    const property = r.varint()
    const size = propertySizes[property]
    if (size === undefined) throw new Malformed(`property 0x${property.toString(16)} in a CONNACK`)
    if (property === Property.assignedClientId) assigned.clientId = r.bytes16()
    else if (property === Property.serverKeepAlive) assigned.keepAlive = r.u16()
    else if (size === 's') r.skip(r.u16())
    else if (size === 'p') r.skip(r.u16()).skip(r.u16())
    else r.skip(size)
  }
  return assigned
}
