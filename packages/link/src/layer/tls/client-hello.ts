/** More bytes than any client needs for its hello; a longer one is treated as one without a name. */
export const MAX_HELLO = 16 * 1024

const HANDSHAKE_RECORD = 22
const CLIENT_HELLO = 1
const SERVER_NAME = 0
const HOST_NAME = 0
const RECORD_HEADER = 5
const HANDSHAKE_HEADER = 4

/**
 * Returns the name that a client requests (SNI), `''` if it requests none or the bytes are no hello; or the number of
 * bytes needed.
 */
export const serverNameIn = (bytes: Uint8Array): string | number => {
  const hello = helloIn(bytes)
  if (typeof hello === 'number') return hello > MAX_HELLO ? '' : hello
  try {
    return nameIn(hello)
  } catch (error) {
    // A length that leads beyond the hello. OpenSSL refuses it itself.
    if (error instanceof RangeError) return ''
    throw error
  }
}

/**
 * The body of a ClientHello, put together from the records that carry it (RFC 8446 §5.1): empty where there is none, or how many bytes there have to be.
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
      const missing = Math.min(need - have, length - part.length)
      if (missing > 0) return at + part.length + missing
    }
    at += length
  }
  return Buffer.concat(parts).subarray(HANDSHAKE_HEADER, need)
}

const NOTHING = new Uint8Array(0)

/** RFC 8446 §4.1.2, RFC 6066 §3. Throws RangeError where a length leads beyond the hello. */
const nameIn = (hello: Uint8Array): string => {
  if (hello.length === 0) return ''
  const view = new DataView(hello.buffer, hello.byteOffset, hello.length)
  // Version and random, session id, cipher suites, compression methods.
  let at = 2 + 32
  at += 1 + view.getUint8(at)
  at += 2 + view.getUint16(at)
  at += 1 + view.getUint8(at)
  if (at === hello.length) return ''
  const end = at + 2 + view.getUint16(at)
  at += 2
  while (at < end) {
    const type = view.getUint16(at)
    const length = view.getUint16(at + 2)
    at += 4
    if (type !== SERVER_NAME) {
      at += length
      continue
    }
    // A list with one entry: length 2, type 1, length 2, name.
    if (length < 5 || view.getUint8(at + 2) !== HOST_NAME) return ''
    const from = at + 5
    const to = from + view.getUint16(at + 3)
    if (to > hello.length) return ''
    return Buffer.from(hello.buffer, hello.byteOffset + from, to - from).toString('latin1')
  }
  return ''
}
