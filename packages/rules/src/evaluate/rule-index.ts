import type { TypedTest } from '../language/typed.ts'
import type { RuleValue } from '../language/types.ts'
import type { Read, Readers } from './compile.ts'
import { Prefilter } from './prefilter.ts'
import type { Requirements } from './requirements.ts'

/** A rule as an index has it: what its expression demands of single fields, whatever else it says. */
export interface Indexed<R> {
  readonly rule: R
  readonly demands: readonly Demand[]
  readonly requirements: Requirements
}

/** The field has one of these values, or the expression is false. */
export interface Demand { readonly field: string, readonly values: readonly (string | number)[] }

/** Maximum values of a demand. */
const MAX_VALUES = 64
/** Fewer rules than this are looked at one after the other. */
const LEAST = 4
/** Fields that are looked up one after the other. */
const MAX_DEPTH = 3
/** Maximum places that the rules without a demand take in the buckets of the others. */
const MAX_COPIES = 65_536

/**
 * Returns what an expression demands by its top-level equalities: `f eq 1`, `f in {1 2}`, or several of them joined by
 * `and`.
 */
export const demandsOf = (test: TypedTest): Demand[] => {
  if (test.kind === 'and') return test.of.flatMap(each => demandsOf(each))
  if (test.kind !== 'compare' || test.of.kind !== 'field') return []
  const { of: { name: field }, match } = test
  if (match.op === 'eq' && (typeof match.with === 'string' || typeof match.with === 'number'))
    return [{ field, values: [match.with] }]
  if (match.op !== 'in') return []
  if ('strings' in match && match.strings.length <= MAX_VALUES) return [{ field, values: [...new Set(match.strings)] }]
  if ('ints' in match && match.ints.length <= MAX_VALUES && match.ints.every(([from, to]) => from === to))
    return [{
      field,
      values: [...new Set(match.ints.map(([from]) => from))]
    }]
  return []
}

/**
 * Rules by the values that they demand: a look-up leaves those that may apply, in their order.
 *
 *   mqtt.type ─┬─ "PUBLISH" ─► mqtt.publish.topic ─┬─ "a" ─► rules that demand both, and those that demand less
 *              │                                   └─ else ─► …
 *              └─ else ──────► rules that demand no type
 */
export class RuleIndex<S, R> {
  readonly #read: Read<S> | undefined
  readonly #byValue = new Map<RuleValue, RuleIndex<S, R>>()
  readonly #others: RuleIndex<S, R> | undefined
  /** Every rule, in their order. */
  readonly rules: readonly R[]
  /** Of those at an end. */
  readonly filter: Prefilter<S>

  constructor (rules: readonly Indexed<R>[], readers: Readers<S>, used: readonly string[] = []) {
    this.rules = rules.map(({ rule }) => rule)
    const field = used.length === MAX_DEPTH || rules.length < LEAST ? undefined : bestField(rules, used)
    this.filter = new Prefilter(field === undefined ? rules.map(({ requirements }) => requirements) : [], readers)
    if (field === undefined) return
    this.#read = readers(field)
    const fields = [...used, field]
    const values = new Set(rules.flatMap(({ demands }) => demandOn(field, demands)?.values ?? []))
    const under = (wanted: (demand: Demand | undefined) => boolean): RuleIndex<S, R> =>
      new RuleIndex(rules.filter(({ demands }) => wanted(demandOn(field, demands))), readers, fields)
    for (const value of values)
      this.#byValue.set(
        value,
        under(demand => demand === undefined || demand.values.includes(value))
      )
    this.#others = under(demand => demand === undefined)
  }

  /** Returns the end with the rules that may apply to a subject. */
  candidates (subject: S): RuleIndex<S, R> {
    if (this.#read === undefined) return this
    const value = this.#read(subject)
    return ((value === undefined ? undefined : this.#byValue.get(value)) ?? this.#others!).candidates(subject)
  }
}

const demandOn = (field: string, demands: readonly Demand[]): Demand | undefined =>
  demands.find(demand => demand.field === field)

/** The field whose look-up leaves the fewest rules at worst; undefined where none is worth it. */
const bestField = (rules: readonly Indexed<unknown>[], used: readonly string[]): string | undefined => {
  let best: string | undefined
  let least = rules.length * 0.75
  for (const field of new Set(rules.flatMap(({ demands }) => demands.map(demand => demand.field)))) {
    if (used.includes(field)) continue
    const counts = new Map<string | number, number>()
    let open = 0
    for (const { demands } of rules) {
      const demand = demandOn(field, demands)
      if (demand === undefined) open++
      else for (const value of demand.values) counts.set(value, (counts.get(value) ?? 0) + 1)
    }
    const left = open + Math.max(...counts.values())
    if (left >= least || open * counts.size > MAX_COPIES) continue
    best = field
    least = left
  }
  return best
}
