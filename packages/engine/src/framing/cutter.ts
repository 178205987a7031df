import type { Framing } from '@weirlb/sdk/abi'
import { ElementsCutter } from './elements-cutter.ts'
import { DelimiterCutter } from './delimiter-cutter.ts'
import { bounded, type Cutter, MALFORMED, NEED_MORE, type Progress, TOO_LARGE } from './measure.ts'

class VarintCutter implements Cutter {
  readonly resumes = false
  readonly atEnd = 'drop'
  readonly headerBytes: number
  readonly knownWithin: number
  readonly #at: number
  readonly #max: number
  constructor (at: number, max: number) {
    this.#at = at
    this.#max = max
    this.headerBytes = this.knownWithin = at + 4
  }

  measure (bytes: Uint8Array, from: number, to: number): number {
    let value = 0
    let scale = 1
    let i = from + this.#at
    for (let n = 0; n < 4; n++) {
      if (i >= to) return NEED_MORE
      const byte = bytes[i++]!
      value += (byte & 127) * scale
      if (byte < 128) return bounded(i - from + value, 0, this.#max)
      scale *= 128
    }
    return MALFORMED
  }

  choose (): Cutter { return this }
}

class LengthCutter implements Cutter {
  readonly resumes = false
  readonly atEnd = 'drop'
  readonly headerBytes: number
  readonly knownWithin: number
  readonly #at: number
  readonly #size: number
  readonly #plus: number
  readonly #littleEndian: boolean
  readonly #max: number
  constructor (at: number, size: number, plus: number, littleEndian: boolean, max: number) {
    this.#at = at
    this.#size = size
    this.#plus = plus
    this.#littleEndian = littleEndian
    this.#max = max
    this.headerBytes = this.knownWithin = at + size
  }

  measure (bytes: Uint8Array, from: number, to: number): number {
    const header = this.headerBytes
    if (to - from < header) return NEED_MORE
    const first = from + this.#at
    let value = 0
    for (let n = 0; n < this.#size; n++) {
      value = value * 256 + bytes[this.#littleEndian ? first + this.#size - 1 - n : first + n]!
    }
    return bounded(header + value + this.#plus, header, this.#max)
  }

  choose (): Cutter { return this }
}

class FixedCutter implements Cutter {
  readonly resumes = false
  readonly atEnd = 'drop'
  readonly headerBytes = 0
  readonly knownWithin = 0
  readonly #size: number
  constructor (size: number) { this.#size = size }
  measure (): number { return this.#size }

  choose (): Cutter { return this }
}

const ZERO = 48
const NINE = 57
const SPACE = 32

/** RFC 6587 §3.4.1: MSG-LEN = NONZERO-DIGIT *DIGIT, SP, then as many octets. */
class CountedCutter implements Cutter {
  readonly resumes = false
  readonly atEnd = 'drop'
  readonly headerBytes = 11
  readonly knownWithin = 11
  readonly #max: number
  constructor (max: number) { this.#max = max }

  measure (bytes: Uint8Array, from: number, to: number): number {
    let value = 0
    for (let i = from; i < to; i++) {
      const byte = bytes[i]!
      if (byte === SPACE) return i === from ? MALFORMED : bounded(i - from + 1 + value, 0, this.#max)
      if (byte < ZERO || byte > NINE || (byte === ZERO && i === from)) return MALFORMED
      value = value * 10 + byte - ZERO
      if (value > this.#max) return TOO_LARGE
    }
    return NEED_MORE
  }

  choose (): Cutter { return this }
}

class FirstByteCutter implements Cutter {
  readonly resumes = false
  readonly atEnd: 'message' | 'drop'
  readonly headerBytes: number | undefined
  readonly knownWithin: number
  readonly #byFirst: readonly Cutter[]

  constructor (
    cases: readonly { readonly from: number, readonly to: number, readonly use: Cutter }[],
    otherwise: Cutter
  ) {
    const byFirst = new Array<Cutter>(256).fill(otherwise)
    // The first case that names a byte wins.
    for (const { from, to, use } of [...cases].reverse()) byFirst.fill(use, from, to + 1)
    this.#byFirst = byFirst
    this.atEnd = otherwise.atEnd
    this.knownWithin = Math.max(...byFirst.map(c => c.knownWithin))
    const headers = byFirst.map(c => c.headerBytes)
    this.headerBytes = headers.includes(undefined) ? undefined : Math.max(1, ...headers.map(h => h ?? 0))
  }

  measure (bytes: Uint8Array, from: number, to: number, progress: Progress): number {
    return from >= to ? NEED_MORE : this.#byFirst[bytes[from]!]!.measure(bytes, from, to, progress)
  }

  choose (firstByte: number): Cutter { return this.#byFirst[firstByte]! }
}

/** Make the cutter of a framing. */
export const compileFraming = (framing: Framing): Cutter => {
  switch (framing.kind) {
    case 'varint':
      return new VarintCutter(framing.at, framing.max)
    case 'length':
      return new LengthCutter(framing.at, framing.size, framing.plus, framing.littleEndian, framing.max)
    case 'fixed':
      return new FixedCutter(framing.size)
    case 'delimiter':
      return new DelimiterCutter(framing)
    case 'counted':
      return new CountedCutter(framing.max)
    case 'elements':
      return new ElementsCutter(framing)
    case 'byFirstByte':
      return new FirstByteCutter(
        framing.cases.map(c => ({ from: c.from, to: c.to, use: compileFraming(c.use) })),
        compileFraming(framing.otherwise)
      )
  }
}
