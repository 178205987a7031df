import type { Bytes } from '@weirlb/sdk'
import { ReasonCode } from '../packet/connack.ts'
import { headerEnd } from '../packet/header.ts'
import { Property, propertyEnd } from '../packet/properties.ts'
import type { Checked, CheckedClient } from './checked.ts'
import type { Findings } from './findings.ts'
import { checkTopic, levelCount } from './strings.ts'

/** A topic longer than this is not kept for comparison. */
const LONGEST_KEPT = 256

/** Alias of a PUBLISH that has none, and of one whose properties are not all here. */
const NONE = -1
const UNSEEN = -2

/** Look at a PUBLISH of `length` bytes, of which `bytes` are here: at least its topic. */
export const checkPublish = (bytes: Bytes, length: number, client: CheckedClient, findings: Findings): void => {
  const { level, checked } = client
  const first = bytes[0]!
  const qos = first >> 1 & 3
  // A third bit pattern of QoS [MQTT-3.3.1-4], and a duplicate of what is never sent twice [MQTT-3.3.1-2].
  if (qos === 3) return findings.malformed('M012')
  if (qos === 0 && (first & 8) !== 0) findings.malformed('M012')
  const from = headerEnd(bytes) + 2
  const to = from + (bytes[from - 2]! << 8 | bytes[from - 1]!)
  const behind = qos > 0 ? to + 2 : to
  if (from > length || behind > length || to > bytes.length) return findings.malformed('M003')
  const alias = level === 5 ? aliasOf(bytes, length, behind, findings) : NONE
  if (alias === 0 || alias > client.aliasMaximum) findings.note('M015', ReasonCode.topicAliasInvalid)
  if (from === to) {
    if (alias === NONE) findings.protocolError('M005')
  } else checkName(bytes, from, to, checked, findings)
  if (qos === 0 || behind > bytes.length) return
  const packetId = bytes[to]! << 8 | bytes[to + 1]!
  if (packetId === 0) return findings.protocolError('M012')
  if (client.tracks) track(packetId, qos, level, checked, findings)
}

/** The topic, unless it is the one before. */
const checkName = (bytes: Bytes, from: number, to: number, checked: Checked, findings: Findings): void => {
  if (isLast(bytes, from, to, checked.topic)) {
    findings.levels = checked.levels
    return
  }
  const before = findings.ids.length
  checkTopic(bytes, from, to, findings)
  findings.levels = levelCount(bytes, from, to)
  if (findings.ids.length > before || to - from > LONGEST_KEPT) return
  checked.topic = bytes.slice(from, to)
  checked.levels = findings.levels
}

const isLast = (bytes: Bytes, from: number, to: number, last: Bytes): boolean => {
  if (to - from !== last.length) return false
  for (let i = 0; i < last.length; i++) if (bytes[from + i] !== last[i]) return false
  return true
}

/** The topic alias in the properties at `at`, or why there is none. */
const aliasOf = (bytes: Bytes, length: number, at: number, findings: Findings): number => {
  let size = 0
  let from = at
  for (let shift = 0; ; shift += 7) {
    if (from >= bytes.length) return beyond(from >= length, findings)
    if (shift === 28) return beyond(true, findings)
    const byte = bytes[from++]!
    size |= (byte & 127) << shift
    if (byte < 128) break
  }
  const end = from + size
  if (end > length) return beyond(true, findings)
  const here = Math.min(end, bytes.length)
  let alias = NONE
  while (from < end) {
    const next = from < here ? nextProperty(bytes, from, here) : end + 1
    if (next === undefined) return beyond(true, findings)
    if (next > here) return alias === NONE ? beyond(here === end, findings) : alias
    if (bytes[from] === Property.topicAlias) alias = bytes[from + 1]! << 8 | bytes[from + 2]!
    from = next
  }
  return alias
}

const beyond = (malformed: boolean, findings: Findings): number => {
  if (malformed) findings.malformed('M003')
  return UNSEEN
}

/** Where the next property is; undefined: there is no such property. */
const nextProperty = (bytes: Bytes, at: number, end: number): number | undefined => {
  try { return propertyEnd(bytes, at, end) } catch { return undefined }
}

const track = (packetId: number, qos: number, level: number, checked: Checked, findings: Findings): void => {
  if (level === 5 && checked.full && !checked.isOpen(packetId)) findings.note('M015', ReasonCode.receiveMaximumExceeded)
  if (!checked.sent(packetId, qos)) findings.protocolError('M011')
}
