import type { Bytes } from '@weirlb/sdk'

/** A longer ClientHello is refused; no client needs so much, also with post-quantum key shares. */
export const MAX_HELLO = 16 * 1024

/** Records that it may be cut into: each asks for another look at all of them. */
const MAX_RECORDS = 32

/** Content type of a TLS record that carries a handshake (RFC 8446 §5.1). */
export const HANDSHAKE_RECORD = 22
const CLIENT_HELLO = 1
const SERVER_NAME = 0
const HOST_NAME = 0
const RECORD_HEADER = 5
const MESSAGE_HEADER = 4

/**
 * The server name that a client requests, or `''`; the number of bytes that are missing to tell; or undefined for bytes
 * that are no ClientHello.
 */
export const serverNameIn = (bytes: Bytes): string | number | undefined => {
  const hello = helloIn(bytes)
  if (hello === undefined || typeof hello === 'number') return hello
  try {
    return nameIn(new DataView(hello.buffer, hello.byteOffset, hello.length))
  } catch (error) {
    // A length that leads beyond the message.
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** The message, put together from the records that carry it: a client may cut it anywhere, and TCP cuts the records. */
const helloIn = (bytes: Bytes): Bytes | number | undefined => {
  const message: number[] = []
  let length = MESSAGE_HEADER
  let at = 0
  for (let record = 0; record < MAX_RECORDS; record++) {
    if (at < bytes.length && bytes[at] !== HANDSHAKE_RECORD) return undefined
    const missing = at + RECORD_HEADER - bytes.length
    if (missing > 0) return missing
    const end = at + RECORD_HEADER + (bytes[at + 3]! << 8 | bytes[at + 4]!)
    if (end === at + RECORD_HEADER) return undefined
    for (at += RECORD_HEADER; at < end; at++) {
      // Of the record only what belongs to the message is waited for.
      if (at === bytes.length) return Math.min(end - at, length - message.length)
      message.push(bytes[at]!)
      if (message.length === MESSAGE_HEADER) {
        length += message[1]! << 16 | message[2]! << 8 | message[3]!
        if (message[0] !== CLIENT_HELLO || length > MAX_HELLO) return undefined
      }
      if (message.length === length) return Uint8Array.from(message)
    }
  }
  return undefined
}

/** RFC 8446 §4.1.2 and RFC 6066 §3. Throws RangeError where a length leads beyond the message. */
const nameIn = (hello: DataView): string => {
  // Behind version and random: session ID, cipher suites, compression methods.
  let at = MESSAGE_HEADER + 2 + 32
  at += 1 + hello.getUint8(at)
  at += 2 + hello.getUint16(at)
  at += 1 + hello.getUint8(at)
  if (at === hello.byteLength) return ''
  const end = at + 2 + hello.getUint16(at)
  at += 2
  while (at < end) {
    const type = hello.getUint16(at)
    const length = hello.getUint16(at + 2)
    at += 4
    if (type === SERVER_NAME) return hostNameAt(hello, at)
    at += length
  }
  return ''
}

/** A list of one entry: length 2, type 1, length 2, name. */
const hostNameAt = (hello: DataView, at: number): string => {
  if (hello.getUint8(at + 2) !== HOST_NAME) return ''
  let name = ''
  for (let i = 0; i < hello.getUint16(at + 3); i++) name += String.fromCharCode(hello.getUint8(at + 5 + i))
  return name
}
