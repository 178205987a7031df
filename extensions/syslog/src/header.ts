// The two headers that are met:
//
//   RFC 5424   <34>1 2003-10-11T22:14:15.003Z host app procid msgid …
//   RFC 3164   <34>Oct 11 22:14:15 host tag: …
import { decodeUtf8, type Bytes } from '@weirlb/sdk'

/** A message without a priority of its own is user.notice (RFC 3164 §4.3.3). */
const NO_PRIORITY = 13
/** local7.debug. */
const MOST = 191

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39

/** Returns the start of a frame's message: after its count, if it has one. */
const messageAt = (frame: Bytes): number => {
  let at = 0
  while (isDigit(frame[at])) at++
  return at > 0 && frame[at] === 0x20 ? at + 1 : 0
}

/** Where the priority at `at` ends, or `at` when there is none: `<`, one to three digits, `>`. */
const priorityEnd = (frame: Bytes, at: number): number => {
  if (frame[at] !== 0x3c) return at
  let end = at + 1
  while (isDigit(frame[end]) && end < at + 4) end++
  return end > at + 1 && frame[end] === 0x3e ? end + 1 : at
}

const valueOf = (frame: Bytes, from: number, to: number): number => {
  let value = 0
  for (let at = from; at < to; at++) value = value * 10 + frame[at]! - 0x30
  return value
}

/**
 * Facility × 8 + severity of a frame, 0 to 191. Anything is a message: one that has no priority gets the one that
 * relays give it.
 */
export const readPriority = (frame: Bytes): number => {
  const at = messageAt(frame)
  const end = priorityEnd(frame, at)
  const priority = end === at ? NO_PRIORITY : valueOf(frame, at + 1, end - 1)
  return priority > MOST ? NO_PRIORITY : priority
}

const RFC_5424 = /^[1-9]\d{0,2} \S+ (\S{1,255})(?:\s|$)/
const RFC_3164 = /^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d ([^\s:[\]]{1,255})(?:\s|$)/
/** No value (RFC 5424 §6). */
const NIL = '-'

/**
 * Host name of a frame, in small letters, for names are compared without case (RFC 4343 §3); empty when it has none.
 */
export const readHost = (frame: Bytes): string => {
  const rest = decodeUtf8(frame, priorityEnd(frame, messageAt(frame)), frame.length)
  const host = (RFC_5424.exec(rest) ?? RFC_3164.exec(rest))?.[1] ?? NIL
  return host === NIL ? '' : host.toLowerCase()
}
