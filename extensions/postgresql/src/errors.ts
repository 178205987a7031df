import { encodeUtf8, type Bytes, type Reason } from '@weirlb/sdk'

/** Returns a fatal ErrorResponse with this code (PostgreSQL 15, appendix A). */
export const fatal = (code: string, message: string): Bytes => {
  const fields = encodeUtf8(`SFATAL\0VFATAL\0C${code}\0M${message}\0\0`)
  const bytes = new Uint8Array(5 + fields.length)
  bytes[0] = 0x45
  new DataView(bytes.buffer).setUint32(1, 4 + fields.length)
  bytes.set(fields, 5)
  return bytes
}

/** The same for a client of protocol 2, whose messages have no length. */
export const fatalOfVersion2 = (message: string): Bytes => encodeUtf8(`EFATAL:  ${message}\n\0`)

/** What a client is told when its connection is about to end. */
const goodbyes = {
  'no-service': ['57P03', 'no server can take the connection now'],
  'dial-failed': ['08006', 'the server could not be reached'],
  'service-down': ['57P01', 'terminating connection because its server is out of service'],
  draining: ['57P01', 'terminating connection due to administrator command'],
  shutdown: ['57P01', 'terminating connection due to administrator command'],
  killed: ['57P01', 'terminating connection due to administrator command'],
  limit: ['53300', 'sorry, too many clients already'],
  'protocol-error': ['08P01', 'invalid message'],
  idle: ['57P05', 'terminating connection due to idle-session timeout'],
  rule: ['28000', 'a rule does not allow this'],
  'rate-limit': ['53400', 'too many requests; try again later'],
  'extension-error': ['XX000', 'the connection cannot be served']
} as const satisfies Record<Reason, readonly [string, string]>

/** Returns the goodbye of PostgreSQL for this reason. */
export const goodbye = (reason: Reason): Bytes => {
  const [code, message] = goodbyes[reason]
  return fatal(code, message)
}
