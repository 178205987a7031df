// User properties of MQTT 5 (§2.2.2.2, identifier 0x26): pairs of texts, of which a name may be there several times.
import { decodeUtf8, type Bytes } from '@weirlb/sdk'
import { Property, readPropertyList } from './properties.ts'

/** More are not shown to rules. */
export const MAX_USER_PROPERTIES = 256

/**
 * Read the user properties of the list whose length is at `from`; undefined: there are too many. The list is here as a
 * whole.
 */
export const readUserProperties = (
  bytes: Bytes,
  from: number
): Readonly<Record<string, readonly string[]>> | undefined => {
  // Names are the client's: nothing is inherited.
  const found = Object.create(null) as Record<string, string[]>
  let count = 0
  readPropertyList(bytes, from, (id, begin, end) => {
    if (id !== Property.userProperty || ++count > MAX_USER_PROPERTIES) return
    const value = begin + 2 + (bytes[begin]! << 8 | bytes[begin + 1]!)
    const values = found[decodeUtf8(bytes, begin + 2, value)] ??= []
    values.push(decodeUtf8(bytes, value + 2, end))
  })
  return count > MAX_USER_PROPERTIES ? undefined : found
}
