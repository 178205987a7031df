import { limits } from './limits.ts'

/**
 * A pattern in which `*` stands for any characters, and `\*` and `\\` for themselves. The parts between stars are
 * looked for one behind the other, each where it first fits, so that nothing is tried again.
 */
export class Wildcard {
  readonly #parts: readonly string[]
  readonly #folds: boolean

  /** `strict`: letter case counts. */
  constructor (pattern: string, strict: boolean) {
    this.#folds = !strict
    const parts = ['']
    for (const piece of pattern.match(/\\[\\*]|[\s\S]/g) ?? []) {
      if (piece === '*') parts.push('')
      else parts[parts.length - 1] += piece.length === 2 ? piece[1]! : piece
    }
    this.#parts = strict ? parts : parts.map(part => part.toLowerCase())
  }

  /** Returns true if the whole text fits. A text longer than `limits.subject` characters is cut there. */
  test (subject: string): boolean {
    const short = subject.length > limits.subject ? subject.slice(0, limits.subject) : subject
    const text = this.#folds ? short.toLowerCase() : short
    const parts = this.#parts
    const first = parts[0]!
    const last = parts[parts.length - 1]!
    if (parts.length === 1) return text === first
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false
    const end = text.length - last.length
    let at = first.length
    for (let n = 1; n < parts.length - 1; n++) {
      const part = parts[n]!
      const found = text.indexOf(part, at)
      if (found < 0 || found + part.length > end) return false
      at = found + part.length
    }
    return true
  }
}
