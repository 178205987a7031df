const FINAL = 0x80
const BINARY = 2
const CLOSE = 8
const MASKED = 0x80
/** Any but zero: a peer may not notice whether that was undone. */
const mask = Buffer.from([0x37, 0xfa, 0x21, 0x3d])
/** Code 1000: both are done (RFC 6455 §7.4.1). */
const normal = Buffer.from([3, 232])

/** RFC 6455 §5.2, for payloads below 64 KB. */
const head = (opcode: number, length: number, masked: number): number[] =>
  [FINAL | opcode, ...(length < 126 ? [masked | length] : [masked | 126, length >> 8, length & 255])]

const masked = (opcode: number, payload: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from(head(opcode, payload.length, MASKED)),
    mask,
    payload.map((byte, i) => byte ^ mask[i & 3]!)
  ])

/** A binary message as a server sends it. */
export const serverFrame = (payload: Buffer): Buffer =>
  Buffer.concat([Buffer.from(head(BINARY, payload.length, 0)), payload])

/** A binary message as a client sends it. */
export const clientFrame = (payload: Buffer): Buffer => masked(BINARY, payload)

/** The Close frames of both. */
export const serverClose: Buffer = Buffer.concat([Buffer.from(head(CLOSE, normal.length, 0)), normal])
export const clientClose: Buffer = masked(CLOSE, normal)

/** Takes the bytes out of WebSocket frames, however the stream is cut. */
export class FrameReader {
  /** Bytes of the current header that have come, and its size as far as that is known. */
  #at = 0
  #size = 2
  /** Bytes in front of the mask. */
  #maskAt = 2
  #opcode = 0
  #length = 0
  readonly #mask = new Uint8Array(4)
  #masked = false
  /** Bytes of the payload that are still to come, and how many have come. */
  #left = 0
  #taken = 0
  /** A Close frame has come. */
  closed = false

  /** Move the payloads of data frames within the first `end` bytes to the front, unmasked; returns their length. */
  unframe (bytes: Uint8Array, end: number): number {
    let to = 0
    let at = 0
    while (at < end) {
      if (this.#left === 0) {
        this.#onHead(bytes[at++]!)
        continue
      }
      const stop = Math.min(end, at + this.#left)
      this.#left -= stop - at
      if (this.#opcode >= CLOSE) at = stop
      else if (this.#masked) for (; at < stop; at++) bytes[to++] = bytes[at]! ^ this.#mask[this.#taken++ & 3]!
      else {
        bytes.copyWithin(to, at, stop)
        to += stop - at
        at = stop
      }
    }
    return to
  }

  #onHead (byte: number): void {
    const i = this.#at++
    if (i === 0) this.#opcode = byte & 15
    else if (i === 1) {
      const short = byte & 127
      this.#masked = byte >= MASKED
      this.#length = short < 126 ? short : 0
      this.#maskAt = short < 126 ? 2 : short === 126 ? 4 : 10
      this.#size = this.#maskAt + (this.#masked ? 4 : 0)
    } else if (i < this.#maskAt) this.#length = this.#length * 256 + byte
    else this.#mask[i - this.#maskAt] = byte
    if (i === 0 || this.#at < this.#size) return
    this.#at = 0
    this.#left = this.#length
    this.#taken = 0
    if (this.#opcode === CLOSE) this.closed = true
  }
}
