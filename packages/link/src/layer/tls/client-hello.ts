/** More bytes than any client needs for its hello; a longer one is not read. */
export const MAX_HELLO = 16 * 1024

const HANDSHAKE_RECORD = 22
const CLIENT_HELLO = 1
const SERVER_NAME = 0
const ALPN = 16
/** The protocol of authorities that validate a name (RFC 8737 §6.2). */
export const ACME_TLS = 'acme-tls/1'
const HOST_NAME = 0
const RECORD_HEADER = 5
const HANDSHAKE_HEADER = 4

/** What decides who answers a client's hello. */
export interface ClientHello {
  /** The name that the client requests (SNI); `''` if it requests none, or the hello was not read. */
  readonly serverName: string
  /** It offers `acme-tls/1`: an authority validates the name (RFC 8737 §3). */
  readonly validates: boolean
  /** True for bytes that are no hello, or one that is too long or malformed: OpenSSL decides about it. */
  readonly unread: boolean
}

const nameless: ClientHello = { serverName: '', validates: false, unread: false }
const unread: ClientHello = { serverName: '', validates: false, unread: true }

/** Returns a client's hello, or the number of bytes needed. */
export const readHello = (bytes: Uint8Array): ClientHello | number => {
  const hello = helloIn(bytes)
  if (typeof hello === 'number') return hello > MAX_HELLO ? unread : hello
  try {
    return hello.length === 0 ? unread : extensionsIn(hello)
  } catch (error) {
    // A length that leads beyond the hello. OpenSSL refuses it itself.
    if (error instanceof RangeError) return unread
    throw error
  }
}

/** The body of a whole ClientHello, behind the header of its handshake message; undefined where there is none. */
export const bodyOf = (bytes: Uint8Array): Uint8Array | undefined => {
  const hello = helloIn(bytes)
  return typeof hello === 'number' || hello.length === 0 ? undefined : hello
}

/**
 * The body of a ClientHello, put together from the records that carry it (RFC 8446 §5.1): empty where there is none, or
 * how many bytes there have to be.
 *
 *     record     type 1, version 2, length 2, then that many bytes of
 *     handshake  type 1, length 3, body
 */
const helloIn = (bytes: Uint8Array): Uint8Array | number => {
  const parts: Uint8Array[] = []
  let have = 0
  let need = HANDSHAKE_HEADER
  let at = 0
  while (have < need) {
    if (at < bytes.length && bytes[at] !== HANDSHAKE_RECORD) return NOTHING
    if (bytes.length < at + RECORD_HEADER) return at + RECORD_HEADER
    const length = bytes[at + 3]! << 8 | bytes[at + 4]!
    if (length === 0) return NOTHING
    at += RECORD_HEADER
    // Of the last record, only the part of the hello is awaited.
    const wanted = Math.min(length, need - have)
    if (bytes.length < at + wanted) return at + wanted
    const part = bytes.subarray(at, at + length)
    parts.push(part)
    have += part.length
    if (need === HANDSHAKE_HEADER && have >= need) {
      const head = Buffer.concat(parts)
      if (head[0] !== CLIENT_HELLO) return NOTHING
      need += head.readUIntBE(1, 3)
      if (need > MAX_HELLO) return NOTHING
      const missing = Math.min(need - have, length - part.length)
      if (missing > 0) return at + part.length + missing
    }
    at += length
  }
  return Buffer.concat(parts).subarray(HANDSHAKE_HEADER, need)
}

const NOTHING = new Uint8Array(0)

/** RFC 8446 §4.1.2. Throws RangeError where a length leads beyond the hello. */
const extensionsIn = (hello: Uint8Array): ClientHello => {
  const view = new DataView(hello.buffer, hello.byteOffset, hello.length)
  // Version and random, session id, cipher suites, compression methods.
  let at = 2 + 32
  at += 1 + view.getUint8(at)
  at += 2 + view.getUint16(at)
  at += 1 + view.getUint8(at)
  if (at === hello.length) return nameless
  const end = at + 2 + view.getUint16(at)
  at += 2
  let serverName = ''
  let validates = false
  while (at < end) {
    const type = view.getUint16(at)
    const length = view.getUint16(at + 2)
    at += 4
    if (type === SERVER_NAME) serverName = nameIn(view, at, length)
    else if (type === ALPN) validates = offers(view, at, length, ACME_TLS)
    at += length
  }
  if (at !== end || end > hello.length) throw new RangeError('extensions lead beyond the hello')
  return { serverName, validates, unread: false }
}

const textAt = (view: DataView, from: number, length: number): string => {
  if (from + length > view.byteLength) throw new RangeError('beyond the hello')
  return Buffer.from(view.buffer, view.byteOffset + from, length).toString('latin1')
}

/** A list with one entry: length 2, type 1, length 2, name (RFC 6066 §3). */
const nameIn = (view: DataView, at: number, length: number): string => {
  if (length < 5 || view.getUint8(at + 2) !== HOST_NAME) throw new RangeError('not a list with a host name')
  return textAt(view, at + 5, view.getUint16(at + 3))
}

/** Length 2, then names of length 1 each (RFC 7301 §3.1). */
const offers = (view: DataView, at: number, length: number, protocol: string): boolean => {
  for (let name = at + 2; name < at + length; name += 1 + view.getUint8(name)) {
    if (textAt(view, name + 1, view.getUint8(name)) === protocol) return true
  }
  return false
}
