import type { ClosingFrames, Framing } from '@weirlb/sdk/abi'
import { headerOf } from './entry.ts'

const NEVER = -1
const ALWAYS = -2

/** Recognises frames after which their sender sends nothing more. */
export class Closings {
  /** By first byte: the distance of the deciding byte from the header, or one of the above. */
  readonly #at = new Int32Array(256).fill(NEVER)
  readonly #from = new Uint8Array(256)
  readonly #to = new Uint8Array(256)
  /** Maximum bytes after a header that must be here before a closing frame is recognised. */
  readonly reach: number
  readonly #headers: readonly ((bytes: Uint8Array, from: number) => number)[]

  constructor (cases: readonly ClosingFrames[], framing: Framing) {
    for (const { from, to, where } of cases) {
      this.#at.fill(where === undefined ? ALWAYS : where.at, from, to + 1)
      this.#from.fill(where?.from ?? 0, from, to + 1)
      this.#to.fill(where?.to ?? 0, from, to + 1)
    }
    this.reach = Math.max(0, ...cases.map(({ where }) => where === undefined ? 0 : where.at + 1))
    this.#headers = Array.from({ length: 256 }, (_, byte) => headerOf(framing, byte))
  }

  /** Every frame that begins so closes. */
  always (first: number): boolean { return this.#at[first] === ALWAYS }

  /**
   * Returns how many bytes of the frame of `length` bytes at `bytes[from]`, whose header is here, determine whether
   * it closes; the last of them decides (`decides`). 0: it never does. 1: it does.
   */
  needed (bytes: Uint8Array, from: number, length: number): number {
    const first = bytes[from]!
    const at = this.#at[first]!
    if (at < 0) return at === ALWAYS ? 1 : 0
    const needed = this.#headers[first]!(bytes, from) + at + 1
    return needed > length ? 0 : needed
  }

  /** True if the deciding byte of a frame that begins with `first` closes the stream. */
  decides (first: number, byte: number): boolean { return byte >= this.#from[first]! && byte <= this.#to[first]! }

  /** The frame of `length` bytes at `bytes[from]` closes; as many of its bytes are here as are `needed`. */
  has (bytes: Uint8Array, from: number, length: number): boolean {
    const needed = this.needed(bytes, from, length)
    return needed === 1 || (needed > 1 && this.decides(bytes[from]!, bytes[from + needed - 1]!))
  }
}
