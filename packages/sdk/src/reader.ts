import { Malformed, type Bytes } from './bytes.ts'
import { decodeUtf8 } from './utf8.ts'

/**
 * Cursor over one frame. It never sees the next frame, so running past the end means the frame is malformed: every read
 * throws `Malformed` then. `u16`, `i16` are unsigned and signed big-endian, `u16le`, `i16le` little-endian; those of 64
 * bits are a `bigint`.
 */
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

  /** Unsigned, 8 bits. */
  u8 (): number { return this.#bytes[this.#take(1)]! }
  /** Unsigned, 16 bits, big-endian. */
  u16 (): number { const i = this.#take(2); return this.#bytes[i]! << 8 | this.#bytes[i + 1]! }
  /** Unsigned, 24 bits, big-endian. */
  u24 (): number { const i = this.#take(3); return this.#bytes[i]! << 16 | this.#bytes[i + 1]! << 8 | this.#bytes[i + 2]! }
  /** Unsigned, 32 bits, big-endian. */
  u32 (): number { return this.i32() >>> 0 }
  /** Unsigned, 64 bits, big-endian. */
  u64 (): bigint { const i = this.#take(8); return wide(this.#be32(i) >>> 0, this.#be32(i + 4)) }

  /** Unsigned, 16 bits, little-endian. */
  u16le (): number { const i = this.#take(2); return this.#bytes[i]! | this.#bytes[i + 1]! << 8 }
  /** Unsigned, 24 bits, little-endian. */
  u24le (): number { const i = this.#take(3); return this.#bytes[i]! | this.#bytes[i + 1]! << 8 | this.#bytes[i + 2]! << 16 }
  /** Unsigned, 32 bits, little-endian. */
  u32le (): number { return this.i32le() >>> 0 }
  /** Unsigned, 64 bits, little-endian. */
  u64le (): bigint { const i = this.#take(8); return wide(this.#le32(i + 4) >>> 0, this.#le32(i)) }

  /** Signed (two's complement), 8 bits. */
  i8 (): number { return this.u8() << 24 >> 24 }
  /** Signed, 16 bits, big-endian. */
  i16 (): number { return this.u16() << 16 >> 16 }
  /** Signed, 24 bits, big-endian. */
  i24 (): number { return this.u24() << 8 >> 8 }
  /** Signed, 32 bits, big-endian. */
  i32 (): number { return this.#be32(this.#take(4)) }
  /** Signed, 64 bits, big-endian. */
  i64 (): bigint { const i = this.#take(8); return wide(this.#be32(i), this.#be32(i + 4)) }

  /** Signed, 16 bits, little-endian. */
  i16le (): number { return this.u16le() << 16 >> 16 }
  /** Signed, 24 bits, little-endian. */
  i24le (): number { return this.u24le() << 8 >> 8 }
  /** Signed, 32 bits, little-endian. */
  i32le (): number { return this.#le32(this.#take(4)) }
  /** Signed, 64 bits, little-endian. */
  i64le (): bigint { const i = this.#take(8); return wide(this.#le32(i + 4), this.#le32(i)) }

  #be32 (i: number): number {
    return this.#bytes[i]! << 24 | this.#bytes[i + 1]! << 16 | this.#bytes[i + 2]! << 8 | this.#bytes[i + 3]!
  }
  #le32 (i: number): number {
    return this.#bytes[i]! | this.#bytes[i + 1]! << 8 | this.#bytes[i + 2]! << 16 | this.#bytes[i + 3]! << 24
  }

  /** The next `n` bytes, as a view that is valid during this call only. */
  bytes (n: number): Bytes { const i = this.#take(n); return this.#bytes.subarray(i, i + n) }
  /** Pass over the next `n` bytes. */
  skip (n: number): this { this.#take(n); return this }

  /** The next `n` bytes as UTF-8 text. */
  text (n: number): string { const i = this.#take(n); return decodeUtf8(this.#bytes, i, i + n) }

  /** Bytes after a two-byte length. */
  bytes16 (): Bytes { return this.bytes(this.u16()) }
  /** UTF-8 text after a two-byte length. */
  text16 (): string { return this.text(this.u16()) }

  /**
   * Unsigned LEB128 of at most `max` bytes, seven bits a byte, least significant first: the Variable Byte Integer of
   * MQTT [MQTT §1.5.5], a varint of Protocol Buffers. Not what QUIC calls a variable-length integer. Throws a
   * RangeError for a `max` over 7, whose numbers would not be exact.
   */
  uleb128 (max = 4): number {
    if (max > 7) throw new RangeError(`uleb128(${max}): expected at most 7 bytes`)
    let value = 0
    for (let i = 0; i < max; i++) {
      const byte = this.u8()
      value += (byte & 127) * 128 ** i
      if (byte < 128) return value
    }
    throw new Malformed(`a variable-length integer has more than ${max} bytes`)
  }
}

/** 64 bits from two times 32; the upper half has the sign. */
const wide = (high: number, low: number): bigint => BigInt(high) << 32n | BigInt(low >>> 0)
