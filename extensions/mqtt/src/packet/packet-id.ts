import { Malformed, type Bytes } from '@weirlb/sdk'
import { readPropertyList } from './properties.ts'
import { ProtocolError } from './violation.ts'

/** The packet identifier at `at`, which is never 0 [MQTT-2.2.1-3]. */
export const readPacketId = (bytes: Bytes, at: number): number => {
  if (at + 2 > bytes.length) throw new Malformed('the packet ends before its identifier does')
  const id = bytes[at]! << 8 | bytes[at + 1]!
  if (id === 0) throw new ProtocolError('packet identifier 0 [MQTT-2.2.1-3]')
  return id
}

const nothing = (): void => {}

/** Check a list of properties with its length. Returns its end. */
export const propertiesEnd = (bytes: Bytes, from: number): number => readPropertyList(bytes, from, nothing)
