/** One thing wrong with a declaration, or with parameters given to it. */
export interface DeclarationIssue {
  /** Where, as in `client.framing.max`. */
  readonly path: string
  /** The fault, with the value and the choices. */
  readonly message: string
}

/** A value from the sandbox after JSON.parse: anything at all. */
export type Untrusted = Readonly<Record<string, unknown>>

/** True for an object that is not an array. */
export const isRecord = (value: unknown): value is Untrusted =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const MAX_SHOWN = 80
const MAX_ISSUES = 50

/** Returns a value as an error message shows it: JSON, truncated. */
export const shown = (value: unknown): string => {
  const text = value === undefined ? 'nothing' : JSON.stringify(value) ?? String(value)
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text
}

/**
 * Collects faults while a value is read. Each reader returns a value of the right type even when it reports a fault,
 * so that reading continues.
 */
export class Issues {
  readonly list: DeclarationIssue[] = []

  /** Report an issue. Only the first 50 are kept: the value may be hostile. */
  add (path: string, message: string): void {
    if (this.list.length < MAX_ISSUES) this.list.push({ path, message })
  }

  /** An integer in a range. */
  integer (path: string, value: unknown, min: number, max: number): number {
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
    this.add(path, `expected a whole number from ${min} to ${max}, got ${shown(value)}`)
    return min
  }

  boolean (path: string, value: unknown): boolean {
    if (typeof value !== 'boolean') this.add(path, `expected true or false, got ${shown(value)}`)
    return value === true
  }

  string (path: string, value: unknown): string {
    if (typeof value === 'string') return value
    this.add(path, `expected a string, got ${shown(value)}`)
    return ''
  }

  /** One of a list of strings. */
  oneOf<const T extends string> (path: string, value: unknown, choices: readonly T[]): T {
    for (const choice of choices) if (choice === value) return choice
    this.add(path, `unknown value ${shown(value)}; there are: ${choices.join(', ')}`)
    return choices[0]!
  }

  /** Read a string that matches a pattern, which `words` describes. */
  match (path: string, value: unknown, pattern: RegExp, words: string): string {
    if (typeof value === 'string' && pattern.test(value)) return value
    this.add(path, `expected ${words}, got ${shown(value)}`)
    return ''
  }

  /** A non-empty list of bytes. */
  bytes (path: string, value: unknown, most: number): number[] {
    if (!Array.isArray(value) || value.length < 1 || value.length > most) {
      this.add(path, `expected a list of 1 to ${most} bytes, got ${shown(value)}`)
      return []
    }
    return value.map((byte, i) => this.integer(`${path}[${i}]`, byte, 0, 255))
  }

  /** An object without other keys than these; `silent` ones may be there and are no choice of an author's. */
  record (path: string, value: unknown, keys: readonly string[], silent: readonly string[] = []): Untrusted {
    if (!isRecord(value)) {
      this.add(path, `expected an object, got ${shown(value)}`)
      return {}
    }
    for (const key of Object.keys(value)) {
      if (!keys.includes(key) && !silent.includes(key))
        this.add(path === '' ? key : `${path}.${key}`, `unknown property; there are: ${keys.join(', ')}`)
    }
    return value
  }
}
