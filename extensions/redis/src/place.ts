import { encodeUtf8, type Bytes } from '@weirlb/sdk'
import { Refused } from './refused.ts'

const OPEN = 0x7b
const CLOSE = 0x7d

/** An empty token would be none. */
const EMPTY = Uint8Array.of(0)

/**
 * Returns the part of a key that selects its server: its hash tag, if it has one, else the key
 * (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags).
 */
export const placeOf = (key: Bytes): Bytes => {
  const open = key.indexOf(OPEN)
  if (open >= 0) {
    const close = key.indexOf(CLOSE, open + 1)
    if (close > open + 1) return key.subarray(open + 1, close)
  }
  return key.length === 0 ? EMPTY : key
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
