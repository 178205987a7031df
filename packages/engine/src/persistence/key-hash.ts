import { randomBytes } from 'node:crypto'

/**
 * Hash of a key: HalfSipHash-1-3 (https://github.com/veorq/SipHash) under a secret of this table. Clients choose their
 * keys; without a secret they could choose thousands that share a bucket.
 */
export class KeyHash {
  readonly #k0: number
  readonly #k1: number

  constructor (secret: Uint8Array = randomBytes(8)) {
    const words = new DataView(secret.buffer, secret.byteOffset, 8)
    this.#k0 = words.getInt32(0, true)
    this.#k1 = words.getInt32(4, true)
  }

  /** Hash of a key in latin1 form beside a number, as a signed 32-bit integer. */
  of (number: number, key: string): number {
    let v0 = this.#k0
    let v1 = this.#k1
    let v2 = 0x6c796765 ^ v0
    let v3 = 0x74656462 ^ v1
    const { length } = key
    const whole = length & ~3
    // The number, the whole words, the rest with the length, then three empty rounds: every round is the same.
    for (let at = -4; at <= whole + 12; at += 4) {
      let word = 0
      if (at < 0) word = number
      else if (at < whole)
        word = key.charCodeAt(at) | key.charCodeAt(at + 1) << 8 | key.charCodeAt(at + 2) << 16 |
          key.charCodeAt(at + 3) << 24
      else if (at === whole) {
        word = length << 24
        for (let rest = at; rest < length; rest++) word |= key.charCodeAt(rest) << (rest - at) * 8
      } else if (at === whole + 4) v2 ^= 0xff
      v3 ^= word
      v0 = v0 + v1 | 0
      v1 = (v1 << 5 | v1 >>> 27) ^ v0
      v0 = v0 << 16 | v0 >>> 16
      v2 = v2 + v3 | 0
      v3 = (v3 << 8 | v3 >>> 24) ^ v2
      v0 = v0 + v3 | 0
      v3 = (v3 << 7 | v3 >>> 25) ^ v0
      v2 = v2 + v1 | 0
      v1 = (v1 << 13 | v1 >>> 19) ^ v2
      v2 = v2 << 16 | v2 >>> 16
      v0 ^= word
    }
    return v1 ^ v3
  }
}
