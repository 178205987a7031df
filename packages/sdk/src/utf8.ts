// The isolate has ECMAScript built-ins only: no TextEncoder, no TextDecoder.
import type { Bytes } from './bytes.ts'

const REPLACEMENT = 0xfffd

/** UTF-16 units that become one string at a time. */
const CHUNK = 1024

/**
 * Decode UTF-8. Every maximal invalid part becomes one U+FFFD and a byte order mark is kept, as in the WHATWG
 * Encoding standard (`ignoreBOM: true`).
 */
export const decodeUtf8 = (bytes: Bytes, from = 0, to = bytes.length): string => {
  let text = ''
  // Gathered and joined in chunks: `text += character` leaves a chain of a million pieces for a megabyte, and is half
  // as fast (measured).
  let units: number[] = []
  let i = from
  while (i < to) {
    if (units.length >= CHUNK) {
      text += String.fromCharCode.apply(null, units)
      units = []
    }
    const lead = bytes[i++]!
    if (lead < 0x80) {
      units.push(lead)
      continue
    }
    let need = 0
    let low = 0x80
    let high = 0xbf
    let point = 0
    if (lead >= 0xc2 && lead <= 0xdf) {
      need = 1
      point = lead & 0x1f
    } else if (lead >= 0xe0 && lead <= 0xef) {
      need = 2
      point = lead & 0x0f
      // No longer form of a shorter sequence, no surrogates.
      if (lead === 0xe0) low = 0xa0
      if (lead === 0xed) high = 0x9f
    } else if (lead >= 0xf0 && lead <= 0xf4) {
      need = 3
      point = lead & 0x07
      // Nothing above U+10FFFF.
      if (lead === 0xf0) low = 0x90
      if (lead === 0xf4) high = 0x8f
    } else {
      units.push(REPLACEMENT)
      continue
    }
    while (need > 0 && i < to) {
      const next = bytes[i]!
      if (next < low || next > high) break
      low = 0x80
      high = 0xbf
      point = point << 6 | next & 0x3f
      i++
      need--
    }
    if (need > 0) units.push(REPLACEMENT)
    else if (point < 0x10000) units.push(point)
    else units.push(0xd800 + (point - 0x10000 >> 10), 0xdc00 + (point & 0x3ff))
  }
  return text + String.fromCharCode.apply(null, units)
}

/**
 * Encode into `target` at `at`; lone surrogates become U+FFFD. Returns the number of bytes written, or -1 if they do
 * not fit.
 */
export const encodeUtf8Into = (text: string, target: Bytes, at: number, end: number): number => {
  let to = at
  for (let i = 0; i < text.length; i++) {
    let point = text.charCodeAt(i)
    if (point < 0x80) {
      if (to >= end) return -1
      target[to++] = point
      continue
    }
    if (point >= 0xd800 && point <= 0xdfff) {
      const next = i + 1 < text.length ? text.charCodeAt(i + 1) : 0
      if (point < 0xdc00 && next >= 0xdc00 && next <= 0xdfff) {
        point = 0x10000 + (point - 0xd800 << 10 | next - 0xdc00)
        i++
      } else {
        point = REPLACEMENT
      }
    }
    const size = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
    if (to + size > end) return -1
    if (size === 2) {
      target[to++] = 0xc0 | point >> 6
    } else {
      if (size === 3) {
        target[to++] = 0xe0 | point >> 12
      } else {
        target[to++] = 0xf0 | point >> 18
        target[to++] = 0x80 | point >> 12 & 0x3f
      }
      target[to++] = 0x80 | point >> 6 & 0x3f
    }
    target[to++] = 0x80 | point & 0x3f
  }
  return to - at
}

/** Encode to new bytes. */
export const encodeUtf8 = (text: string): Bytes => {
  const room = new Uint8Array(text.length * 3)
  return room.slice(0, encodeUtf8Into(text, room, 0, room.length))
}
