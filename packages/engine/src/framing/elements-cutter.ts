import type { ElementsFraming } from '@weirlb/sdk/abi'
import { bounded, type Cutter, MALFORMED, NEED_MORE, type Progress, TOO_LARGE } from './measure.ts'

// Expected next:
const ELEMENT = 0
const LINE = 1
const COUNT = 2
/** The LF after the CR of a count. */
const COUNT_END = 3
/** Nothing: the frame is invalid, and `value` has the reason. */
const BROKEN = 4

// The element that a first byte begins:
const NOTHING = 0
const A_LINE = 1
const A_BODY = 2
const A_GROUP = 3

// Counts that are not one (yet):
const NO_DIGIT = -1
const MINUS = -2
const NULL = -3

/** Digits of a count that is taken at once. */
const MOST_DIGITS = 8
/** The CR LF after a count. */
const COUNT_LINE_END = 2

const CR = 13
const LF = 10
const DASH = 45
const ZERO = 48
const ONE = 49
const NINE = 57

/** A first byte and a line end. */
const SMALLEST = 2
/** The CR LF after a body. */
const BODY_END = 2

/**
 * Elements in elements, without a stack: an element that counts others adds them to those to come, and the frame ends
 * with the last.
 *
 *   *2           1 to come → 2
 *     *2         2 → 3
 *       $3 foo   3 → 2
 *       :1       2 → 1
 *     +OK        1 → 0
 */
export class ElementsCutter implements Cutter {
  readonly atEnd = 'drop'
  readonly headerBytes = undefined
  readonly resumes = true
  readonly knownWithin: number
  readonly #max: number
  readonly #begins = new Uint8Array(256)
  readonly #times = new Uint8Array(256)
  readonly #plus = new Uint8Array(256)
  readonly #otherwise: typeof A_LINE | typeof NOTHING

  constructor (framing: ElementsFraming) {
    this.knownWithin = framing.within
    this.#max = framing.max
    this.#otherwise = framing.otherwise === 'line' ? A_LINE : NOTHING
    for (const byte of framing.lines) this.#begins[byte] = A_LINE
    for (const byte of framing.bodies) this.#begins[byte] = A_BODY
    for (const { first, times, plus } of framing.groups) {
      this.#begins[first] = A_GROUP
      this.#times[first] = times
      this.#plus[first] = plus
    }
  }

  /** True if this first byte begins a group that counts its elements one by one. */
  isList (byte: number): boolean {
    return this.#begins[byte] === A_GROUP && this.#times[byte] === 1 && this.#plus[byte] === 0
  }

  /**
   * Returns the length of an element that is a body, if all of it is here and its count is one of up to eight digits;
   * 0: it has to be measured. measured: that takes three times as long.
   */
  wholeBody (bytes: Uint8Array, from: number, to: number): number {
    if (this.#begins[bytes[from]!] !== A_BODY || from + 1 + MOST_DIGITS + COUNT_LINE_END > to) return 0
    let at = from + 1
    let value = 0
    // A count that begins with a zero is that alone.
    if (bytes[at] === ZERO) return 0
    for (let digit = bytes[at]! - ZERO; digit >= 0 && digit <= 9 && at <= from + MOST_DIGITS; digit = bytes[at]! - ZERO) {
      value = value * 10 + digit
      at++
    }
    if (at === from + 1 || bytes[at] !== CR || bytes[at + 1] !== LF || value > this.#max) return 0
    const end = at + COUNT_LINE_END + value + BODY_END
    return end <= to ? end - from : 0
  }

  measure (bytes: Uint8Array, from: number, to: number, progress: Progress): number {
    if (progress.part === BROKEN) return progress.value
    if (progress.at === 0) progress.elements = 1
    const end = from + this.knownWithin
    let i = from + progress.at
    while (i < end) {
      if (i >= to) {
        progress.at = i - from
        return NEED_MORE
      }
      const byte = bytes[i++]!
      switch (progress.part) {
        case ELEMENT: {
          const next = this.#wholeCount(bytes, i, Math.min(to, end), byte, progress)
          if (next > 0) i = next
          else if (!this.#begin(byte, i - 1 === from, progress)) return this.#broken(progress, MALFORMED)
          break
        }
        case LINE:
          if (byte !== LF) break
          progress.part = ELEMENT
          progress.elements--
          break
        case COUNT: {
          const problem = this.#count(byte, progress)
          if (problem !== 0) return this.#broken(progress, problem)
          break
        }
        case COUNT_END:
          if (byte !== LF) return this.#broken(progress, MALFORMED)
          i += this.#counted(progress)
          break
      }
      if (progress.part !== ELEMENT) continue
      if (progress.elements === 0) return bounded(i - from, 0, this.#max)
      // As soon as what is to come cannot be there in time, however small it is.
      if (i + progress.elements * SMALLEST > end) break
    }
    return this.#broken(progress, TOO_LARGE)
  }

  /**
   * Take a count of up to eight digits that is here with its line end, as nearly all are. Returns where it ends, or
   * where the announced body does; 0: it is not such a count. measured: byte by byte takes three times as long.
   */
  #wholeCount (bytes: Uint8Array, from: number, to: number, firstByte: number, progress: Progress): number {
    // Where less is here, it is looked at once only, byte by byte.
    if (this.#begins[firstByte]! < A_BODY || from + MOST_DIGITS + COUNT_LINE_END > to) return 0
    let i = from
    let value = 0
    let digit = bytes[i]! - ZERO
    // A count that begins with a zero is that alone.
    if (digit === 0) return 0
    while (i < from + MOST_DIGITS && digit >= 0 && digit <= 9) {
      value = value * 10 + digit
      digit = bytes[++i]! - ZERO
    }
    if (i === from || digit !== CR - ZERO || bytes[i + 1] !== LF || value > this.#max) return 0
    progress.firstByte = firstByte
    progress.value = value
    return i + COUNT_LINE_END + this.#counted(progress)
  }

  /** False when nothing begins with this byte. */
  #begin (byte: number, first: boolean, progress: Progress): boolean {
    const begins = this.#begins[byte]! || (first ? this.#otherwise : NOTHING)
    if (begins === NOTHING) return false
    if (begins === A_LINE) {
      // An empty line has no first byte.
      if (byte === LF) progress.elements--
      else progress.part = LINE
      return true
    }
    progress.part = COUNT
    progress.firstByte = byte
    progress.value = NO_DIGIT
    return true
  }

  /** A byte of a count: `0`, a number without leading zeros, or `-1`, and CR. */
  #count (byte: number, progress: Progress): number {
    const { value } = progress
    if (byte === CR) {
      if (value === NO_DIGIT || value === MINUS) return MALFORMED
      progress.part = COUNT_END
    } else if (value === NO_DIGIT && byte === DASH) {
      progress.value = MINUS
    } else if (value === MINUS && byte === ONE) {
      progress.value = NULL
    } else if (byte < ZERO || byte > NINE || value === 0 || value < NO_DIGIT) {
      return MALFORMED
    } else {
      progress.value = Math.max(0, value) * 10 + byte - ZERO
      if (progress.value > this.#max) return TOO_LARGE
    }
    return 0
  }

  /** A count is complete. Returns the size of the announced body. */
  #counted (progress: Progress): number {
    const { firstByte, value } = progress
    progress.part = ELEMENT
    progress.elements--
    if (this.#begins[firstByte] === A_BODY) return value === NULL ? 0 : value + BODY_END
    progress.elements += (value === NULL ? 0 : value * this.#times[firstByte]!) + this.#plus[firstByte]!
    return 0
  }

  /** The frame is invalid: every later call returns this reason. */
  #broken (progress: Progress, why: number): number {
    progress.part = BROKEN
    progress.value = why
    return why
  }

  choose (): Cutter { return this }
}
