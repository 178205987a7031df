// CONNACK: the one we write when there is no server to write it, and the server's, for what it assigns.
import { Malformed, type Bytes, type Reader } from '@weirlb/sdk'
import type { Level } from './level.ts'
import { packet } from './header.ts'
import { Property, readProperties } from './properties.ts'

/** Return codes of MQTT 3.1 and 3.1.1 (§3.2.2.3). */
export const ReturnCode = {
  unacceptableLevel: 1,
  identifierRejected: 2,
  serverUnavailable: 3,
  badUserNameOrPassword: 4,
  notAuthorized: 5
} as const

/** Reason codes of MQTT 5 (§2.4) that Weir sends. */
export const ReasonCode = {
  unspecified: 0x80,
  malformedPacket: 0x81,
  protocolError: 0x82,
  implementationSpecific: 0x83,
  unsupportedVersion: 0x84,
  identifierNotValid: 0x85,
  notAuthorized: 0x87,
  serverUnavailable: 0x88,
  serverBusy: 0x89,
  serverShuttingDown: 0x8b,
  keepAliveTimeout: 0x8d,
  receiveMaximumExceeded: 0x93,
  topicAliasInvalid: 0x94,
  packetTooLarge: 0x95,
  messageRateTooHigh: 0x96,
  quotaExceeded: 0x97,
  administrativeAction: 0x98,
  useAnotherServer: 0x9c,
  connectionRateExceeded: 0x9f
} as const

/**
 * Codes with which a server says that it serves nobody (3.1.1 §3.2.2.3, 5 §2.4); every other one is about the client.
 */
const nobody: readonly number[] = [ReturnCode.serverUnavailable, ReasonCode.serverUnavailable, ReasonCode.serverBusy]
export const servesNobody = (code: number): boolean => nobody.includes(code)

/**
 * A refusal. Session present is 0 with every refusal [MQTT-3.2.2-4]; MQTT 5 adds a list of properties, which is there
 * when it is empty too (§3.2.2.3.1).
 */
export const connack = (level: Level, code: number, properties: readonly number[] = [0]): Bytes =>
  packet(0x20, level === 5 ? [[0, code], properties] : [[0, code]])

/** A server's answer to CONNECT. */
export interface Connack {
  readonly sessionPresent: boolean
  /** Return code of 3.1 and 3.1.1, reason code of 5; 0 is success in all of them. */
  readonly code: number
  /** Assigned Client Identifier (§3.2.2.3.7). */
  readonly clientId: Bytes | undefined
  /** Server Keep Alive in seconds (§3.2.2.3.14): it replaces the client's own. */
  readonly keepAlive: number | undefined
  /** Messages of QoS 1 and 2 that the server takes before it has acknowledged one (§3.2.2.3.3). */
  readonly receiveMaximum: number
  /** How many topic aliases the server takes (§3.2.2.3.8). */
  readonly topicAliasMaximum: number
}

/** Properties allowed in a CONNACK (§3.2.2.3). */
const allowed: readonly number[] = [
  0x11,
  0x12,
  0x13,
  0x15,
  0x16,
  0x1a,
  0x1c,
  0x1f,
  0x21,
  0x22,
  0x24,
  0x25,
  0x26,
  0x27,
  0x28,
  0x29,
  0x2a
]

/** Read a server's CONNACK. One of an older version has no properties. */
export const readConnack = (r: Reader): Connack => {
  r.skip(1).uleb128()
  const flags = r.u8()
  if (flags > 1) throw new Malformed(`acknowledge flags ${flags} [MQTT-3.2.2-1]`)
  const code = r.u8()
  let clientId: Bytes | undefined
  let keepAlive: number | undefined
  let topicAliasMaximum = 0
  let receiveMaximum = 65_535
  if (r.left > 0) {
    const length = r.uleb128()
    if (length !== r.left) throw new Malformed('the properties do not fill their CONNACK')
    const bytes = r.bytes(length)
    readProperties(bytes, 0, length, (id, from, to) => {
      if (!allowed.includes(id)) throw new Malformed(`property 0x${id.toString(16)} in a CONNACK`)
      if (id === Property.assignedClientId) clientId = bytes.subarray(from + 2, to)
      else if (id === Property.serverKeepAlive) keepAlive = bytes[from]! << 8 | bytes[from + 1]!
      else if (id === Property.receiveMaximum) receiveMaximum = bytes[from]! << 8 | bytes[from + 1]!
      else if (id === Property.topicAliasMaximum) topicAliasMaximum = bytes[from]! << 8 | bytes[from + 1]!
    })
  }
  return { sessionPresent: flags === 1, code, clientId, keepAlive, receiveMaximum, topicAliasMaximum }
}
