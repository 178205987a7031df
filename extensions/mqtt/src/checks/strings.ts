import type { Bytes } from '@weirlb/sdk'
import { isUtf8 } from '../packet/utf8.ts'
import type { Findings } from './findings.ts'

const SLASH = 0x2f
const PLUS = 0x2b
const HASH = 0x23

/** Look at a string: is it text, and without control characters (C0, DEL and C1)? */
export const checkText = (bytes: Bytes, from: number, to: number, findings: Findings): void => {
  let plain = true
  for (let at = from; at < to; at++) {
    const byte = bytes[at]!
    if (byte >= 0x80) plain = false
    else if (byte === 0) findings.malformed('M004')
    else if (byte < 0x20 || byte === 0x7f) findings.note('M004C')
    if (byte === 0xc2 && at + 1 < to && bytes[at + 1]! < 0xa0) findings.note('M004C')
  }
  if (!plain && !isUtf8(bytes.subarray(from, to))) findings.malformed('M004')
}

/** Look at the topic of a PUBLISH or a will. */
export const checkTopic = (bytes: Bytes, from: number, to: number, findings: Findings): void => {
  checkText(bytes, from, to, findings)
  for (let at = from; at < to; at++) if (bytes[at] === PLUS || bytes[at] === HASH) return findings.protocolError('M006')
}

/** Levels of a topic or filter. */
export const levelCount = (bytes: Bytes, from: number, to: number): number => {
  let levels = 1
  for (let at = from; at < to; at++) if (bytes[at] === SLASH) levels++
  return levels
}
