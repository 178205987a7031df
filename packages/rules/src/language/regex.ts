import { createRequire } from 'node:module'
import type { RE2JS } from 're2js'
import { limits } from './limits.ts'

let library: typeof RE2JS | undefined

/** Loaded with the first expression: its tables of Unicode are most of what a process without rules has of them. */
const re2 = (): typeof RE2JS => library ??= (createRequire(import.meta.url)('re2js') as { RE2JS: typeof RE2JS }).RE2JS

/**
 * A regular expression that takes linear time, whatever it and its subject are (RE2's language: no look-around, no
 * back-references).
 */
export class LinearRegex {
  readonly #compiled: RE2JS

  /** Throws an Error that names the fault. */
  constructor (pattern: string) { this.#compiled = re2().compile(pattern) }

  /** Returns true if it matches anywhere in the text, of which the first `limits.subject` characters count. */
  test (text: string): boolean { return this.#compiled.test(cut(text)) }

  /** Returns the text with its first match replaced; `$1` stands for a group. */
  replace (text: string, by: string): string { return this.#compiled.matcher(cut(text)).replaceFirst(by) }
}

const cut = (text: string): string => text.length > limits.subject ? text.slice(0, limits.subject) : text

/** What is wrong with a pattern; undefined if nothing. */
export const regexFault = (pattern: string): string | undefined => {
  try {
    void new LinearRegex(pattern)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
