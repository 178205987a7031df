import { Malformed, type Bytes } from './bytes.ts'
import { decodeUtf8 } from './utf8.ts'

/** Cursor over one frame. It never sees the next frame, so running past the end means the frame is malformed. Numbers are big-endian. */
export class Reader {
  #at: number
  readonly #bytes: Bytes
  readonly #end: number

  constructor (bytes: Bytes, from = 0, to = bytes.length) {
    this.#bytes = bytes
    this.#at = from
    this.#end = to
  }

  /** Bytes not yet read. */
  get left (): number { return this.#end - this.#at }

  #take (n: number): number {
    const from = this.#at
    const left = this.#end - from
    if (n > left) throw new Malformed(`the frame ends ${n - left} bytes before its field does`)
    // Arithmetic on lengths from the wire goes below zero; anything else that is not a count is the author's mistake.
    if (n < 0) throw new Malformed(`a field has ${n} bytes`)
    if (!Number.isInteger(n)) throw new TypeError(`expected a number of bytes, got ${n}`)
    this.#at = from + n
    return from
  }

  u8 (): number { return this.#bytes[this.#take(1)]! }
  u16 (): number { const i = this.#take(2); return this.#bytes[i]! << 8 | this.#bytes[i + 1]! }
  u32 (): number { return this.u16() * 0x10000 + this.u16() }

  /** The next `n` bytes, as a view that is valid during this call only. */
  bytes (n: number): Bytes { const i = this.#take(n); return this.#bytes.subarray(i, i + n) }
  skip (n: number): this { this.#take(n); return this }

  /** The next `n` bytes as UTF-8 text. */
  text (n: number): string { const i = this.#take(n); return decodeUtf8(this.#bytes, i, i + n) }

  /** Bytes after a two-byte length. */
  bytes16 (): Bytes { return this.bytes(this.u16()) }
  /** UTF-8 text after a two-byte length. */
  text16 (): string { return this.text(this.u16()) }

  /** Variable-length integer, seven bits a byte, least significant first, of at most `max` bytes [MQTT §1.5.5]. */
  varint (max = 4): number {
    let value = 0
    for (let i = 0; i < max; i++) {
      const byte = this.u8()
      value += (byte & 127) * 128 ** i
      if (byte < 128) return value
    }
    throw new Malformed(`a variable-length integer has more than ${max} bytes`)
  }
}
