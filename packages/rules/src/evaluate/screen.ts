import type { RuleValue } from '../language/types.ts'
import type { Read } from './compile.ts'
import { lettersOf } from './letters.ts'

/** Where the bit of a requirement stands: a word of the planes, and a bit in it. */
export interface Place { readonly word: number, readonly bit: number }

/**
 * What the value of one field rules out. It is found again when the value is another: most are those of the message
 * before.
 */
export abstract class Screen<S> {
  /** Bits of the requirements that the value does not meet. */
  readonly out: Int32Array
  /** Words in which there are such bits, in order, and for each the number of requirements up to its end. */
  protected readonly words: Int32Array
  protected readonly ends: Int32Array
  /** By requirement, in the order of these words. */
  protected readonly bits: Int32Array
  readonly #read: Read<S>
  /** Nothing has this value. */
  #value: RuleValue | undefined | typeof NOTHING = NOTHING

  /** `places`: of the requirements, in the order of their words; `words`: of all planes. */
  constructor (read: Read<S>, words: number, places: readonly Place[]) {
    this.#read = read
    this.out = new Int32Array(words)
    this.words = Int32Array.from(new Set(places.map(({ word }) => word)))
    this.ends = this.words.map(word => places.findLastIndex(place => place.word === word) + 1)
    this.bits = Int32Array.from(places, ({ bit }) => bit)
  }

  /** Look at a subject. Returns true if the bits may have changed. */
  look (subject: S): boolean {
    const value = this.#read(subject)
    if (value === this.#value) return false
    this.#value = value
    this.judge(value)
    return true
  }

  /** Find the bits of a value; undefined: it is missing, and meets nothing. */
  protected abstract judge (value: RuleValue | undefined): void
}

const NOTHING = Symbol('nothing')

/** Texts have to have certain letters. */
export class TextScreen<S> extends Screen<S> {
  readonly #letters: Int32Array

  constructor (read: Read<S>, words: number, requirements: readonly (Place & { readonly letters: number })[]) {
    super(read, words, requirements)
    this.#letters = Int32Array.from(requirements, ({ letters }) => letters)
  }

  protected judge (value: RuleValue | undefined): void {
    const { out, words, ends, bits } = this
    const letters = this.#letters
    const missing = typeof value === 'string' ? ~lettersOf(value) : value === undefined ? -1 : 0
    for (let at = 0, n = 0; at < words.length; at++) {
      let unmet = 0
      for (const end = ends[at]!; n < end; n++) if ((letters[n]! & missing) !== 0) unmet |= bits[n]!
      out[words[at]!] = unmet
    }
  }
}

/** Numbers have to be within bounds. */
export class NumberScreen<S> extends Screen<S> {
  readonly #from: Float64Array
  readonly #to: Float64Array

  constructor (
    read: Read<S>,
    words: number,
    requirements: readonly (Place & { readonly from: number, readonly to: number })[]
  ) {
    super(read, words, requirements)
    this.#from = Float64Array.from(requirements, ({ from }) => from)
    this.#to = Float64Array.from(requirements, ({ to }) => to)
  }

  protected judge (value: RuleValue | undefined): void {
    const { out, words, ends, bits } = this
    const from = this.#from
    const to = this.#to
    // What is no number is within no bounds.
    const number = typeof value === 'number' ? value : NaN
    for (let at = 0, n = 0; at < words.length; at++) {
      let unmet = 0
      for (const end = ends[at]!; n < end; n++) if (!(number >= from[n]! && number <= to[n]!)) unmet |= bits[n]!
      out[words[at]!] = unmet
    }
  }
}
