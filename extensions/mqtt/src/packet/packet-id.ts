import { Malformed, type Bytes } from '@weirlb/sdk'
import { readProperties } from './properties.ts'
import { ProtocolError } from './violation.ts'

/** The packet identifier at `at`, which is never 0 [MQTT-2.2.1-3]. */
export const readPacketId = (bytes: Bytes, at: number): number => {
  if (at + 2 > bytes.length) throw new Malformed('the packet ends before its identifier does')
  const id = bytes[at]! << 8 | bytes[at + 1]!
  if (id === 0) throw new ProtocolError('packet identifier 0 [MQTT-2.2.1-3]')
  return id
}

/** Check a list of properties with its length. Returns its end. */
export const propertiesEnd = (bytes: Bytes, from: number): number => {
  let size = 0
  let at = from
  for (let shift = 0; ; shift += 7) {
    if (at >= bytes.length || shift === 28) throw new Malformed('the packet ends before its properties do')
    const byte = bytes[at++]!
    size |= (byte & 127) << shift
    if (byte < 128) break
  }
  if (at + size > bytes.length) throw new Malformed('the properties are longer than their packet')
  readProperties(bytes, at, at + size, () => {})
  return at + size
}
