import { ANY_HOST, type GlbMatch } from '@weirlb/model'

/** A longer name is none that a pattern other than `*` could have (RFC 1035 §2.3.4). */
const MAX_NAME = 253

/** One pattern of one GLB. */
export interface Rule<T> {
  /** Where its clients go. */
  readonly to: T
  /** Name, `*.` and a name, or `*`. */
  readonly pattern: string
  /** Beginning of the path, in whole segments; undefined: every path. */
  readonly path: string | undefined
}

/** A GLB of a table, with what it matches. */
export interface Matched<T> { readonly to: T, readonly match: GlbMatch }

/** True if a path, with or without a query, has these segments at its beginning. */
const beginsWith = (path: string, prefix: string): boolean => {
  if (!path.startsWith(prefix)) return false
  const next = path.charCodeAt(prefix.length)
  return path.length === prefix.length || prefix.endsWith('/') || next === 0x2f || next === 0x3f
}

const firstOf = <T>(rules: readonly Rule<T>[] | undefined, path: string | undefined): Rule<T> | undefined => {
  if (rules === undefined) return undefined
  for (const rule of rules) if (rule.path === undefined || (path !== undefined && beginsWith(path, rule.path))) return rule
  return undefined
}

/**
 * Finds the rule of a name: the exact one, then the longest wildcard, then `*`; for one pattern, the longest path
 * first. A wildcard stands for one label or several.
 */
export class HostTable<T> {
  readonly #exact = new Map<string, Rule<T>[]>()
  /** By the name behind `*.`. */
  readonly #wildcards = new Map<string, Rule<T>[]>()
  readonly #any: Rule<T>[] = []
  readonly #sorted: readonly Rule<T>[][]

  /** `patterns` returns the names of a GLB that this table is about. */
  constructor (glbs: readonly Matched<T>[], patterns: (match: GlbMatch) => readonly string[] | undefined) {
    for (const { to, match } of glbs) {
      for (const pattern of patterns(match) ?? []) this.#rulesOf(pattern).push({ to, pattern, path: match.path })
    }
    this.#sorted = [...this.#exact.values(), ...this.#wildcards.values(), this.#any]
    for (const rules of this.#sorted) rules.sort((a, b) => (b.path?.length ?? 0) - (a.path?.length ?? 0))
  }

  get empty (): boolean { return this.#sorted.every(rules => rules.length === 0) }

  #rulesOf (pattern: string): Rule<T>[] {
    if (pattern === ANY_HOST) return this.#any
    const [rules, name] = pattern.startsWith('*.') ? [this.#wildcards, pattern.slice(2)] as const : [this.#exact, pattern] as const
    const found = rules.get(name) ?? []
    rules.set(name, found)
    return found
  }

  /** `name`: in canonical form, `''` if the client gave none. `path`: with or without a query; undefined where none is spoken. */
  find (name: string, path: string | undefined): Rule<T> | undefined {
    if (name.length <= MAX_NAME) {
      const exact = firstOf(this.#exact.get(name), path)
      if (exact !== undefined) return exact
      for (let dot = name.indexOf('.'); dot >= 0 && this.#wildcards.size > 0; dot = name.indexOf('.', dot + 1)) {
        const wildcard = firstOf(this.#wildcards.get(name.slice(dot + 1)), path)
        if (wildcard !== undefined) return wildcard
      }
    }
    return firstOf(this.#any, path)
  }
}
