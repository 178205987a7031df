// Looks at a client's packet for what the managed group `mqtt-core` checks. Nothing here throws: what is wrong is
// noted, and the modes of the checks decide what becomes of it.
import { Malformed, type Bytes } from '@weirlb/sdk'
import { ReasonCode } from '../packet/connack.ts'
import type { Connect } from '../packet/connect.ts'
import { checkFirstByte, headerEnd, Type } from '../packet/header.ts'
import type { Level } from '../packet/level.ts'
import { Property, readProperties } from '../packet/properties.ts'
import type { Checked, CheckedClient } from './checked.ts'
import { checkFilters } from './filters.ts'
import type { Findings } from './findings.ts'
import { checkText, checkTopic } from './strings.ts'
import { checkPublish } from './check-publish.ts'

/** Properties of a CONNECT (§3.1.2.11), and of its will (§3.1.3.2). */
const ofConnect: ReadonlySet<number> = new Set([0x11, 0x15, 0x16, 0x17, 0x19, 0x21, 0x22, 0x26, 0x27])
const ofWill: ReadonlySet<number> = new Set([0x01, 0x02, 0x03, 0x08, 0x09, 0x18, 0x26])

const serversOnly: readonly number[] = [Type.connack, Type.suback, Type.unsuback, Type.pingresp]
const identified: readonly number[] = [
  Type.puback,
  Type.pubrec,
  Type.pubrel,
  Type.pubcomp,
  Type.subscribe,
  Type.unsubscribe
]

/** What a CONNECT has of properties. */
export interface ConnectProperties { readonly size: number, readonly userProperties: number }

/** Calls `run`; false: what it reads is malformed. */
const readable = (run: () => void): boolean => {
  try {
    run()
    return true
  } catch (failure) {
    if (!(failure instanceof Malformed)) throw failure
    return false
  }
}

/** A type and flags that there are. */
const isFirstByte = (first: number, level: Level): boolean => {
  try {
    checkFirstByte(first, level)
    return true
  } catch (failure) {
    if (!(failure instanceof Malformed)) throw failure
    return false
  }
}

/** A length in more bytes than it needs [MQTT-1.5.5-1]. */
const checkLength = (bytes: Bytes, findings: Findings): void => {
  const end = headerEnd(bytes)
  if (end > 2 && bytes[end - 1] === 0) findings.malformed('M003')
}

/** A variable byte integer at `at`, and where it ends; `at` is in a packet that was read already. */
const varintAt = (bytes: Bytes, at: number): { readonly value: number, readonly end: number } => {
  let value = 0
  let end = at
  for (let shift = 0; shift < 28; shift += 7) {
    const byte = bytes[end++]!
    value |= (byte & 127) << shift
    if (byte < 128) break
  }
  return { value, end }
}

/** Look at a CONNECT that was read. Returns its properties; undefined before MQTT 5. */
export const checkConnect = (
  bytes: Bytes,
  { at, clientId, userName, will }: Connect,
  level: Level,
  findings: Findings,
  checked: Checked
): ConnectProperties | undefined => {
  checkLength(bytes, findings)
  checkText(clientId, 0, clientId.length, findings)
  if (userName !== undefined) checkText(userName, 0, userName.length, findings)
  if (will !== undefined) checkTopic(will.topic, 0, will.topic.length, findings)
  if (level < 5) return undefined
  // Behind the flags and the keep-alive.
  const properties = varintAt(bytes, at.flags + 3)
  let userProperties = 0
  const known = readable(() => readProperties(bytes, properties.end, properties.end + properties.value, id => {
    if (!ofConnect.has(id)) findings.protocolError('M003')
    if (id === Property.authenticationMethod) checked.authenticates = true
    else if (id === Property.userProperty) userProperties++
  }))
  if (!known) findings.malformed('M003')
  if (will !== undefined) {
    const { value, end } = varintAt(bytes, at.clientIdTo)
    if (
      !readable(() =>
        readProperties(bytes, end, end + value, id => {
          if (!ofWill.has(id)) findings.protocolError('M009')
        })
      )
    ) findings.malformed('M009')
  }
  return { size: properties.value, userProperties }
}

/** Look at a later packet of `length` bytes, of which `bytes` are here. */
export const checkPacket = (bytes: Bytes, length: number, client: CheckedClient, findings: Findings): void => {
  const first = bytes[0]!
  const type = first >> 4
  const { level, checked } = client
  if (client.over) findings.protocolError('M016')
  if (type === Type.connect) findings.protocolError('M002')
  if (serversOnly.includes(type) || !isFirstByte(first, level)) findings.malformed('M003')
  checkLength(bytes, findings)
  if (type === Type.auth && level === 5 && !checked.authenticates) findings.protocolError('M016')
  if (type === Type.publish) return checkPublish(bytes, length, client, findings)
  if (!identified.includes(type)) return
  const at = headerEnd(bytes)
  if (at + 2 > length) return findings.malformed('M003')
  const packetId = bytes[at]! << 8 | bytes[at + 1]!
  if (packetId === 0) findings.protocolError('M012')
  if (type === Type.pubrel) checked.released(packetId)
  // Of one that is not here in whole there is nothing to say.
  if ((type === Type.subscribe || type === Type.unsubscribe) && bytes.length === length)
    checkFilters(bytes, at + 2, type === Type.subscribe, level, findings)
}

/** A packet of the server. */
export const noteServerPacket = (bytes: Bytes, level: Level, checked: Checked): void => {
  const type = bytes[0]! >> 4
  if (type !== Type.puback && type !== Type.pubrec && type !== Type.pubcomp) return
  const at = headerEnd(bytes)
  if (at + 2 > bytes.length) return
  const refused = type === Type.pubrec && level === 5 && at + 2 < bytes.length &&
    bytes[at + 2]! >= ReasonCode.unspecified
  if (type === Type.pubrec && !refused) return
  checked.acknowledged(bytes[at]! << 8 | bytes[at + 1]!, refused)
}
