import { type Framing, largestEntry, type MessageSideDeclaration, type PeekByFirstByte } from '@weirlb/sdk/abi'
import { NEED_MORE } from './measure.ts'

/** Knows how much of a frame enters the sandbox. */
export interface Entry {
  /** The most it can be. */
  readonly largest: number
  /**
   * Returns how many bytes of the frame of `length` bytes at `bytes[from]` enter the sandbox, as far as
   * `bytes[from..to)` shows; NEED_MORE until its head has arrived.
   */
  sizeOf (bytes: Uint8Array, from: number, to: number, length: number): number
}

/** The first bytes of every frame, however it begins. */
class FixedEntry implements Entry {
  readonly largest: number
  constructor (largest: number) {
    this.largest = largest
  }
  sizeOf (_bytes: Uint8Array, _from: number, _to: number, length: number): number {
    return length < this.largest ? length : this.largest
  }
}

class FirstByteEntry implements Entry {
  readonly largest: number
  readonly #bytes: Int32Array
  /** Size of the length in front of the field that enters whole; 0: there is none. */
  readonly #field: Uint8Array
  readonly #headers: readonly ((bytes: Uint8Array, from: number) => number)[]

  constructor (peek: PeekByFirstByte, framing: Framing, largest: number, wide: boolean) {
    this.largest = largest
    this.#bytes = new Int32Array(256).fill(peek.otherwise)
    this.#field = new Uint8Array(256)
    for (const { from, to, bytes, field, wide: more = bytes } of peek.cases) {
      this.#bytes.fill(wide ? more : bytes, from, to + 1)
      this.#field.fill(field ?? 0, from, to + 1)
    }
    this.#headers = Array.from({ length: 256 }, (_, byte) => headerOf(framing, byte))
  }

  sizeOf (bytes: Uint8Array, from: number, to: number, length: number): number {
    const first = bytes[from]!
    const field = this.#field[first]!
    let size = this.#bytes[first]!
    if (field > 0) {
      const at = from + this.#headers[first]!(bytes, from)
      if (at + field > to) return length < at + field - from ? length : NEED_MORE
      size += at + field - from + (field === 1 ? bytes[at]! : bytes[at]! << 8 | bytes[at + 1]!)
    }
    return length < size ? length : size
  }
}

const noHeader = (): number => 0

/** Length of the header of a frame that begins with `firstByte`, once it is all there. */
export const headerOf = (framing: Framing, firstByte: number): ((bytes: Uint8Array, from: number) => number) => {
  switch (framing.kind) {
    case 'varint':
      return (bytes, from) => {
        let at = from + framing.at
        while (bytes[at]! > 127) at++
        return at + 1 - from
      }
    case 'length':
      return () => framing.at + framing.size
    case 'byFirstByte':
      return headerOf(
        framing.cases.find(c => firstByte >= c.from && firstByte <= c.to)?.use ?? framing.otherwise,
        firstByte
      )
    default:
      return noHeader
  }
}

/** Compile the `peek` of a side; `wide`: while a rule reads one of the fields that need more of a frame. */
export const compileEntry = (side: MessageSideDeclaration, wide = false): Entry =>
  typeof side.peek === 'object' && side.handler
    ? new FirstByteEntry(side.peek, side.framing, largestEntry(side), wide)
    : new FixedEntry(largestEntry(side))
