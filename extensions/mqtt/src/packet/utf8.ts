// MQTT's requirements on strings [MQTT-1.5.4-1] [MQTT-1.5.4-2]: well-formed UTF-8 without U+0000.
import { Malformed, type Bytes } from '@weirlb/sdk'
import { ProtocolError } from './violation.ts'

/** How many bytes follow a lead byte; -1: it is none. */
const following = (lead: number): number =>
  lead >= 0xc2 && lead <= 0xdf ? 1 : lead >= 0xe0 && lead <= 0xef ? 2 : lead >= 0xf0 && lead <= 0xf4 ? 3 : -1

/** Throw Malformed unless `bytes[from..to)` is an MQTT string; `what` names it. */
export const checkUtf8 = (bytes: Bytes, from: number, to: number, what: string): void => {
  let at = from
  while (at < to) {
    const lead = bytes[at++]!
    if (lead < 0x80) {
      if (lead === 0) throw new Malformed(`U+0000 in ${what} [MQTT-1.5.4-2]`)
      continue
    }
    let left = following(lead)
    let valid = left > 0 && at + left <= to
    // No longer form of a shorter sequence, no surrogates, nothing above U+10FFFF: the byte after the lead shows
    // these.
    if (
      valid &&
      (lead === 0xe0 && bytes[at]! < 0xa0 || lead === 0xed && bytes[at]! > 0x9f || lead === 0xf0 && bytes[at]! < 0x90 ||
        lead === 0xf4 && bytes[at]! > 0x8f)
    ) valid = false
    for (; valid && left > 0; left--) valid = (bytes[at++]! & 0xc0) === 0x80
    if (!valid) throw new Malformed(`${what} is not UTF-8 [MQTT-1.5.4-1]`)
  }
}

const HASH = 0x23
const PLUS = 0x2b

/**
 * Throw Malformed unless `bytes[from..to)` may name a topic: a string of one character or more [MQTT-4.7.3-1] without
 * wildcards [MQTT-3.3.2-2].
 */
export const checkTopicName = (bytes: Bytes, from: number, to: number, what: string): void => {
  if (from === to) throw new ProtocolError(`${what} is empty [MQTT-4.7.3-1]`)
  checkUtf8(bytes, from, to, what)
  for (let at = from; at < to; at++)
    if (bytes[at] === HASH || bytes[at] === PLUS) throw new ProtocolError(`a wildcard in ${what} [MQTT-3.3.2-2]`)
}

/** True for an MQTT string. */
export const isUtf8 = (bytes: Bytes): boolean => {
  try {
    checkUtf8(bytes, 0, bytes.length, 'a string')
    return true
  } catch {
    return false
  }
}
