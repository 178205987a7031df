import { ANY_HOST, normalPath, patternsOf, type GlbMatch } from '@weirlb/model'
import type { Declaration } from '@weirlb/sdk/abi'

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
  /** A published field and its values; undefined: none is needed. */
  readonly field: { readonly name: string, readonly values: ReadonlySet<string> } | undefined
}

/** The fields that an extension has published of a client. */
export interface Published {
  readonly declaration: Pick<Declaration, 'fields'>
  /** By the index of the declared field. */
  readonly fields: readonly (string | undefined)[] | undefined
}

/** A GLB of a table, with what it matches. */
export interface Matched<T> { readonly to: T, readonly match: GlbMatch }

/** True if a path, with or without a query, has these segments at its beginning. */
const beginsWith = (path: string, prefix: string): boolean => {
  if (!path.startsWith(prefix)) return false
  const next = path.charCodeAt(prefix.length)
  return path.length === prefix.length || prefix.endsWith('/') || next === 0x2f || next === 0x3f
}

const hasField = (
  { declaration, fields }: Published,
  { name, values }: NonNullable<Rule<unknown>['field']>
): boolean => {
  if (fields === undefined) return false
  for (let i = 0; i < fields.length; i++)
    if (declaration.fields[i]!.name === name) return fields[i] !== undefined && values.has(fields[i]!)
  return false
}

const firstOf = <T>(
  rules: readonly Rule<T>[] | undefined,
  path: string | undefined,
  published: Published | undefined
): Rule<T> | undefined => {
  if (rules === undefined) return undefined
  for (const rule of rules) {
    if (rule.path !== undefined && (path === undefined || !beginsWith(path, rule.path))) continue
    if (rule.field === undefined || (published !== undefined && hasField(published, rule.field))) return rule
  }
  return undefined
}

/** A longer path before a shorter one, then a rule with a field before one without. */
const byPrecision = (a: Rule<unknown>, b: Rule<unknown>): number =>
  (b.path?.length ?? 0) - (a.path?.length ?? 0) || Number(b.field !== undefined) - Number(a.field !== undefined)

/**
 * Finds the rule of a name: the exact one, then the longest wildcard, then `*`; for one pattern, the longest path
 * first, then the rules with a field. A wildcard stands for one label or several.
 */
export class HostTable<T> {
  readonly #exact = new Map<string, Rule<T>[]>()
  /** By the name behind `*.`. */
  readonly #wildcards = new Map<string, Rule<T>[]>()
  readonly #any: Rule<T>[] = []
  /** Some rule is about paths. */
  readonly #paths: boolean

  /** `kind`: the names of GLBs that this table is about. */
  constructor (glbs: readonly Matched<T>[], kind: 'hosts' | 'sni' | 'names') {
    this.#paths = glbs.some(({ match }) => match.path !== undefined)
    for (const { to, match } of glbs) {
      const field = match.field && { name: match.field.name, values: new Set(match.field.values) }
      for (const pattern of patternsOf(match, kind))
        this.#rulesOf(pattern).push({
          to,
          pattern,
          path: match.path === undefined ? undefined : normalPath(match.path),
          field
        })
    }
    for (const rules of [...this.#exact.values(), ...this.#wildcards.values(), this.#any]) rules.sort(byPrecision)
  }

  #rulesOf (pattern: string): Rule<T>[] {
    if (pattern === ANY_HOST) return this.#any
    const [rules, name] = pattern.startsWith('*.')
      ? [this.#wildcards, pattern.slice(2)] as const
      : [this.#exact, pattern] as const
    const found = rules.get(name) ?? []
    rules.set(name, found)
    return found
  }

  /**
   * `name`: in canonical form, `''` if the client gave none. `target`: a path as it was sent, with or without a query,
   * which is compared in its normal form; undefined where none is spoken.
   */
  find (name: string, target: string | undefined, published: Published | undefined): Rule<T> | undefined {
    const path = this.#paths && target !== undefined ? normalPath(target) : target
    if (name.length <= MAX_NAME) {
      const exact = firstOf(this.#exact.get(name), path, published)
      if (exact !== undefined) return exact
      for (let dot = name.indexOf('.'); dot >= 0 && this.#wildcards.size > 0; dot = name.indexOf('.', dot + 1)) {
        const wildcard = firstOf(this.#wildcards.get(name.slice(dot + 1)), path, published)
        if (wildcard !== undefined) return wildcard
      }
    }
    return firstOf(this.#any, path, published)
  }
}
