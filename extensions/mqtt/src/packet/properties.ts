// The properties of MQTT 5 (§2.2.2): a length, then identifier and value, as often as fit. Every identifier that exists
// has one byte.
import { Malformed, type Bytes } from '@weirlb/sdk'

/** Identifiers that are read here. */
export const Property = {
  assignedClientId: 0x12,
  serverKeepAlive: 0x13,
  authenticationMethod: 0x15,
  serverReference: 0x1c,
  receiveMaximum: 0x21,
  topicAliasMaximum: 0x22,
  topicAlias: 0x23,
  userProperty: 0x26
} as const

const VARINT = 5
const STRING = 6
const PAIR = 7
/** How long a value is, by identifier: that many bytes, or one of the above; 0: there is no such property. */
const sizes = new Uint8Array(256)
for (const id of [0x01, 0x17, 0x19, 0x24, 0x25, 0x28, 0x29, 0x2a]) sizes[id] = 1
for (const id of [0x13, 0x21, 0x22, 0x23]) sizes[id] = 2
for (const id of [0x02, 0x11, 0x18, 0x27]) sizes[id] = 4
for (const id of [0x03, 0x08, 0x09, 0x12, 0x15, 0x16, 0x1a, 0x1c, 0x1f]) sizes[id] = STRING
sizes[0x0b] = VARINT
sizes[0x26] = PAIR

/** The end of a value whose string begins at `at`. */
const stringEnd = (bytes: Bytes, at: number, end: number): number =>
  at + 2 > end ? end + 1 : at + 2 + (bytes[at]! << 8 | bytes[at + 1]!)

/** Where the property at `at` ends: more than `end` when its value reaches beyond. */
export const propertyEnd = (bytes: Bytes, at: number, end: number): number => {
  const size = sizes[bytes[at]!]!
  if (size === 0) throw new Malformed(`no property has identifier 0x${bytes[at]!.toString(16)} (§2.2.2.2)`)
  if (size < VARINT) return at + 1 + size
  if (size === STRING) return stringEnd(bytes, at + 1, end)
  if (size === PAIR) {
    const name = stringEnd(bytes, at + 1, end)
    return name > end ? name : stringEnd(bytes, name, end)
  }
  let last = at + 1
  while (last < end && last < at + 5 && bytes[last]! > 127) last++
  if (last === at + 5) throw new Malformed('a variable byte integer of more than four bytes [MQTT-1.5.5-1]')
  return last + 1
}

/** Read all properties of `bytes[at..end)`; `take` gets the identifier and where its value lies. */
export const readProperties = (
  bytes: Bytes,
  from: number,
  end: number,
  take: (id: number, from: number, to: number) => void
): void => {
  for (let at = from; at < end;) {
    const next = propertyEnd(bytes, at, end)
    if (next > end) throw new Malformed('a property reaches beyond its list')
    take(bytes[at]!, at + 1, next)
    at = next
  }
}

/**
 * Read a list of properties with its length, which is at `from`; `take` gets the identifier and where its value lies.
 * Returns the end of the list.
 */
export const readPropertyList = (
  bytes: Bytes,
  from: number,
  take: (id: number, from: number, to: number) => void
): number => {
  let size = 0
  let at = from
  for (let shift = 0; ; shift += 7) {
    if (at >= bytes.length || shift === 28) throw new Malformed('the packet ends before its properties do')
    const byte = bytes[at++]!
    size |= (byte & 127) << shift
    if (byte < 128) break
  }
  if (at + size > bytes.length) throw new Malformed('the properties are longer than their packet')
  readProperties(bytes, at, at + size, take)
  return at + size
}
