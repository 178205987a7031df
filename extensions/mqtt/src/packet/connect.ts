// CONNECT, the first packet of every client: MQTT 3.1 §3.1, MQTT 3.1.1 §3.1, MQTT 5 §3.1.
//
//   10 | remaining length | name | level | flags | keep alive | properties (5) | client ID | will … | user name |
// password
//
// Fields are read through to the end: what does not add up is malformed here, and never a broker's surprise.
import { Malformed, type Bytes, type Reader } from '@weirlb/sdk'
import { headerEnd, packet, u16 } from './header.ts'
import type { Level } from './level.ts'

/** Mosquitto bridges set this bit in the level. */
const BRIDGE = 0x80

const Flag = {
  reserved: 0x01,
  clean: 0x02,
  will: 0x04,
  willQos: 0x18,
  willRetain: 0x20,
  password: 0x40,
  userName: 0x80
} as const

/** The protocol name and level of a client. */
export interface ProtocolVersion {
  readonly name: string
  /** Without the bridge bit. */
  readonly level: number
}

/** The fields of a CONNECT, apart from its password. Views of the message: valid during the handler's call only. */
export interface Connect {
  readonly clean: boolean
  /** Seconds; 0 is off. */
  readonly keepAlive: number
  readonly clientId: Bytes
  readonly will: Will | undefined
  readonly userName: Bytes | undefined
  /** It has a password, which nobody here looks at. */
  readonly hasPassword: boolean
  readonly at: ConnectPositions
}

export interface Will { readonly topic: Bytes, readonly message: Bytes, readonly qos: number, readonly retain: boolean }

/** Where in the packet the parts lie that may be rewritten. An absent user name has its place and no length. */
export interface ConnectPositions {
  readonly flags: number
  readonly clientIdFrom: number
  readonly clientIdTo: number
  readonly userNameFrom: number
  readonly userNameTo: number
}

/** Read up to the protocol level, from the packet's first byte. */
export const readVersion = (r: Reader): ProtocolVersion => {
  r.skip(1).uleb128()
  return { name: r.text16(), level: r.u8() & ~BRIDGE }
}

/** The level that this extension speaks under this name, or undefined. */
export const knownLevel = ({ name, level }: ProtocolVersion): Level | undefined => {
  if (name === 'MQTT') return level === 4 || level === 5 ? level : undefined
  return name === 'MQIsdp' && level === 3 ? level : undefined
}

const checkFlags = (flags: number, level: Level): void => {
  // MQTT 3.1 calls the bit unused and leaves the other combinations open.
  if (level > 3) {
    if ((flags & Flag.reserved) !== 0) throw new Malformed('the reserved connect flag is set [MQTT-3.1.2-3]')
    if ((flags & Flag.will) === 0 && (flags & (Flag.willQos | Flag.willRetain)) !== 0)
      throw new Malformed('will QoS or will retain without a will [MQTT-3.1.2-11]')
  }
  if ((flags & Flag.willQos) === Flag.willQos) throw new Malformed('will QoS 3 [MQTT-3.1.2-14]')
  // MQTT 5 allows a password alone (§3.1.2.9).
  if (level < 5 && (flags & Flag.password) !== 0 && (flags & Flag.userName) === 0)
    throw new Malformed('a password without a user name [MQTT-3.1.2-22]')
}

/**
 * Read everything after the level of a packet of `length` bytes. Throws Malformed if the fields do not fill the
 * packet exactly.
 */
export const readConnect = (r: Reader, level: Level, length: number): Connect => {
  const flagsAt = length - r.left
  const flags = r.u8()
  checkFlags(flags, level)
  const keepAlive = r.u16()
  if (level === 5) r.skip(r.uleb128())
  const clientIdFrom = length - r.left
  const clientId = r.bytes16()
  const clientIdTo = length - r.left
  let will: Will | undefined
  if ((flags & Flag.will) !== 0) {
    if (level === 5) r.skip(r.uleb128())
    will = {
      topic: r.bytes16(),
      message: r.bytes16(),
      qos: (flags & Flag.willQos) >> 3,
      retain: (flags & Flag.willRetain) !== 0
    }
  }
  // MQTT 3.1 §3.1: the remaining length takes precedence over these two flags; a flagged string may be missing.
  const present = (flag: number): boolean => (flags & flag) !== 0 && (level > 3 || r.left > 0)
  const userNameFrom = length - r.left
  const userName = present(Flag.userName) ? r.bytes16() : undefined
  const at = { flags: flagsAt, clientIdFrom, clientIdTo, userNameFrom, userNameTo: length - r.left }
  const hasPassword = present(Flag.password)
  if (hasPassword) r.skip(r.u16())
  if (r.left > 0) throw new Malformed(`${r.left} bytes behind the last field of CONNECT`)
  return { clean: (flags & Flag.clean) !== 0, keepAlive, clientId, will, userName, hasPassword, at }
}

/** The same CONNECT with another client ID, and another user name where one is given; all lengths follow. */
export const rewrittenConnect = (bytes: Bytes, { at }: Connect, clientId: Bytes, userName: Bytes | undefined): Bytes =>
  packet(bytes[0]!, [
    bytes.subarray(headerEnd(bytes), at.flags),
    [userName === undefined ? bytes[at.flags]! : bytes[at.flags]! | Flag.userName],
    bytes.subarray(at.flags + 1, at.clientIdFrom),
    u16(clientId.length),
    clientId,
    bytes.subarray(at.clientIdTo, at.userNameFrom),
    ...userName === undefined ? [bytes.subarray(at.userNameFrom, at.userNameTo)] : [u16(userName.length), userName],
    bytes.subarray(at.userNameTo)
  ])
