// The fixed header (MQTT 5 §2.1): type and flags in one byte, then the length of the rest in one to four.
import { Malformed, type Bytes } from '@weirlb/sdk'
import type { Level } from './level.ts'

/** Packet types (§2.1.2). */
export const Type = {
  connect: 1, connack: 2, publish: 3, puback: 4, pubrec: 5, pubrel: 6, pubcomp: 7, subscribe: 8,
  suback: 9, unsubscribe: 10, unsuback: 11, pingreq: 12, pingresp: 13, disconnect: 14, auth: 15
} as const

/** Names of the types, by number. */
export const typeNames: readonly string[] = ['reserved', ...Object.keys(Type).map(name => name.toUpperCase())]

/** Flags that a packet of each type has to have [MQTT-2.1.3-1]; -1: its own to use. */
const requiredFlags = [-1, 0, 0, -1, 0, 0, 2, 0, 2, 0, 2, 0, 0, 0, 0, 0] as const

/** Check type and flags. MQTT 3.1 lets more packets be duplicates (§2.1). */
export const checkFirstByte = (first: number, level: Level): void => {
  const type = first >> 4
  if (type === 0 || type === Type.auth && level < 5)
    throw new Malformed(`packet type ${type} in MQTT of level ${level} [MQTT-2.1.2-1]`)
  const flags = requiredFlags[type]!
  if (flags >= 0 && level > 3 && (first & 0x0f) !== flags)
    throw new Malformed(`flags ${first & 0x0f} of ${typeNames[type]!} [MQTT-2.1.3-1]`)
}

/** Returns the end of a packet's fixed header. The host has framed the packet, so its length is well formed. */
export const headerEnd = (bytes: Bytes): number => {
  let at = 1
  while (bytes[at++]! > 127);
  return at
}

/** Bytes of a number below 268,435,456 as a variable byte integer (§1.5.5). */
export const varint = (value: number): number[] => {
  const bytes: number[] = []
  for (; value > 127; value >>= 7) bytes.push(value & 127 | 128)
  bytes.push(value)
  return bytes
}

/** A packet of these parts. */
export const packet = (first: number, parts: readonly (Bytes | readonly number[])[]): Bytes => {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const header = [first, ...varint(length)]
  const bytes = new Uint8Array(header.length + length)
  bytes.set(header)
  let at = header.length
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** A two-byte integer. */
export const u16 = (value: number): number[] => [value >> 8, value & 0xff]
