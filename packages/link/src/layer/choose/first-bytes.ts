import { METHODS } from 'node:http'

/** A range of byte values, both ends included. */
export interface ByteRange { readonly from: number, readonly to: number }

/** The kinds of first bytes that a port tells apart. */
export type Kind = 'tls' | 'http' | 'raw'

/** Which kinds a port serves. `begins`: the possible first bytes of raw clients; undefined: any. */
export interface Kinds {
  readonly tls: boolean
  readonly http: boolean
  readonly raw: boolean
  readonly begins: readonly ByteRange[] | undefined
}

/** Record type `handshake` and the major version of every TLS record (RFC 8446 §5.1). */
const HANDSHAKE = 0x16
const MAJOR = 0x03

/** Beginnings of a request line (RFC 9112 §3), of the methods that Node's parser knows. */
const beginnings = METHODS.map(method => `${method} `)
const LONGEST = Math.max(...beginnings.map(({ length }) => length))

/**
 * Returns the kind of a client's first bytes, at least one; `none` if no kind fits, and undefined while more bytes can
 * decide. At most `UNSUBSCRIBE ` in length is looked at.
 */
export const kindOf = (bytes: Uint8Array, { tls, http, raw, begins }: Kinds): Kind | 'none' | undefined => {
  const first = bytes[0]!
  if (tls && first === HANDSHAKE) {
    if (bytes.length === 1) return undefined
    if (bytes[1] === MAJOR) return 'tls'
  }
  if (http) {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, LONGEST)).toString('latin1')
    if (beginnings.some(line => text.startsWith(line))) return 'http'
    if (beginnings.some(line => line.startsWith(text))) return undefined
  }
  return raw && (begins === undefined || begins.some(({ from, to }) => first >= from && first <= to)) ? 'raw' : 'none'
}
