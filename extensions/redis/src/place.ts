import { encodeUtf8, type Bytes } from '@weirlb/sdk'
import { Refused } from './refused.ts'

const OPEN = 0x7b
const CLOSE = 0x7d

/** An empty token would be none. */
const EMPTY = Uint8Array.of(0)

// Where the last place that was looked for begins and ends.
let placeFrom = 0
let placeTo = 0

/**
 * Find the part of a key that selects its server: its hash tag, if it has one, else the key
 * (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags).
 */
const findPlace = (bytes: Bytes, from: number, to: number): void => {
  placeFrom = from
  placeTo = to
  let open = from
  while (open < to && bytes[open] !== OPEN) open++
  let close = open + 1
  while (close < to && bytes[close] !== CLOSE) close++
  if (close >= to || close === open + 1) return
  placeFrom = open + 1
  placeTo = close
}

/** Returns the part of a key that selects its server. */
export const placeOf = (key: Bytes): Bytes => {
  if (key.length === 0) return EMPTY
  findPlace(key, 0, key.length)
  return placeTo - placeFrom === key.length ? key : key.subarray(placeFrom, placeTo)
}

/** Write down, at `at`, where the place of a key is that a message has at `from` to `to`. */
export const placeIn = (bytes: Bytes, from: number, to: number, places: Int32Array, at: number): void => {
  findPlace(bytes, from, to)
  places[at] = placeFrom
  places[at + 1] = placeTo
}

/** True if these places in a message are one. */
export const areOnePlace = (bytes: Bytes, places: Int32Array): boolean => {
  const first = places[0]!
  const length = places[1]! - first
  for (let i = 2; i < places.length; i += 2) {
    const other = places[i]!
    if (places[i + 1]! - other !== length) return false
    for (let n = 0; n < length; n++) if (bytes[first + n] !== bytes[other + n]) return false
  }
  return true
}

/** The one place of all subscriptions, for a pattern may concern any channel. */
export const SUBSCRIPTIONS = encodeUtf8('{}subscriptions')

/** True if two places are one. */
export const isSamePlace = (a: Bytes, b: Bytes): boolean => {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** True if all keys have one place. */
export const haveOnePlace = (keys: readonly Bytes[]): boolean => {
  const place = placeOf(keys[0]!)
  for (let i = 1; i < keys.length; i++) if (!isSamePlace(placeOf(keys[i]!), place)) return false
  return true
}

/** Returns the one place of all keys. Throws the refusal of Redis Cluster if there are several. */
export const commonPlace = (keys: readonly Bytes[]): Bytes => {
  if (!haveOnePlace(keys)) throw new Refused("Keys in request don't hash to the same slot", 'CROSSSLOT')
  return placeOf(keys[0]!)
}
