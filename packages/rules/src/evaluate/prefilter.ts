import type { Readers } from './compile.ts'
import type { Requirement, Requirements } from './requirements.ts'
import { NumberScreen, type Place, type Screen, TextScreen } from './screen.ts'

/**
 * Tells which of some rules may apply to a subject, without a call of each: their literals have no letters that the
 * value of the field does not have, and its numbers are within their bounds. What it does not rule out is still to be
 * tested.
 *
 *   rule        0 1 2 3 4 …                one bit for each rule, in words of 32
 *   plane 0     0 1 0 0 1                  its first alternative is ruled out, by one field or another
 *   plane 1     1 1 1 0 1                  its second; of a rule without one this bit is always set
 *   ruled out   0 1 0 0 1                  in every plane
 */
export class Prefilter<S> {
  readonly #screens: readonly Screen<S>[]
  /** Words of a plane. */
  readonly #words: number
  readonly #planes: number
  /** Bits of rules that have no such alternative, and behind the last rule. */
  readonly #never: Int32Array
  /** Bits of the rules that may apply. */
  readonly #left: Int32Array

  constructor (rules: readonly Requirements[], readers: Readers<S>) {
    this.#words = Math.ceil(rules.length / 32)
    this.#planes = Math.max(1, ...rules.map(({ length }) => length))
    this.#left = new Int32Array(this.#words)
    this.#never = new Int32Array(this.#words * this.#planes).fill(-1)
    const byField = new Map<string, (Requirement & Place)[]>()
    for (const [n, alternatives] of rules.entries()) {
      for (const [plane, all] of alternatives.entries()) {
        const place = { word: plane * this.#words + (n >> 5), bit: 1 << (n & 31) }
        this.#never[place.word]! &= ~place.bit
        for (const requirement of all) {
          const others = byField.get(requirement.field) ?? []
          others.push({ ...requirement, ...place })
          byField.set(requirement.field, others)
        }
      }
    }
    this.#screens = [...byField].flatMap(([field, requirements]) => {
      requirements.sort((a, b) => a.word - b.word)
      const texts = requirements.filter(each => 'letters' in each)
      const numbers = requirements.filter(each => 'from' in each)
      const words = this.#never.length
      return [
        ...texts.length > 0 ? [new TextScreen(readers(field), words, texts)] : [],
        ...numbers.length > 0 ? [new NumberScreen(readers(field), words, numbers)] : []
      ]
    })
    this.#combine()
  }

  /** Look at the values of a subject. */
  look (subject: S): void {
    let changed = false
    for (let n = 0; n < this.#screens.length; n++) if (this.#screens[n]!.look(subject)) changed = true
    if (changed) this.#combine()
  }

  #combine (): void {
    const words = this.#words
    for (let word = 0; word < words; word++) {
      let out = -1
      for (let plane = 0; plane < this.#planes && out !== 0; plane++) {
        const at = plane * words + word
        let bits = this.#never[at]!
        for (let n = 0; n < this.#screens.length; n++) bits |= this.#screens[n]!.out[at]!
        out &= bits
      }
      this.#left[word] = ~out
    }
  }

  /** The first rule from `from` on that may apply to the subject that was looked at last; -1: there is none. */
  next (from: number): number {
    let word = from >> 5
    if (word >= this.#words) return -1
    // Bits below `from` are behind us.
    let bits = this.#left[word]! & -1 << (from & 31)
    while (bits === 0) {
      if (++word === this.#words) return -1
      bits = this.#left[word]!
    }
    return word * 32 + 31 - Math.clz32(bits & -bits)
  }
}
