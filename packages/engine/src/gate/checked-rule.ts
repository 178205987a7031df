import { type Rule, type RulePhase, rulePhases } from '@weirlb/model'
import {
  baseFields,
  type CheckedExpression,
  checkExpression,
  compileExpression,
  type CompiledExpression,
  type FieldTypes,
  type NamedLists,
  type Outcome,
  type ValueType
} from '@weirlb/rules'
import type { FieldDeclaration } from '@weirlb/sdk/abi'
import { readersFor, type RuleSubject } from './rule-subject.ts'

/** A rule's expression where an extension publishes certain fields. */
export interface CheckedRule {
  readonly checked: CheckedExpression
  /** The first phase that has all of its fields. */
  readonly earliest: RulePhase
  readonly compiled: CompiledExpression<RuleSubject>
}

const NO_FIELDS: readonly FieldDeclaration[] = []

const base: readonly (readonly [string, ValueType])[] = Object.entries(baseFields).map((
  [name, { type }]
) => [name, type])

const typesByFields = new WeakMap<readonly FieldDeclaration[], FieldTypes>()

/** The types of all fields where an extension declares these; secret ones are no fields of rules. */
export const fieldTypes = (declared: readonly FieldDeclaration[] = NO_FIELDS): FieldTypes => {
  const known = typesByFields.get(declared)
  if (known !== undefined) return known
  // A field of ours is never an extension's.
  const types = new Map([
    ...declared.flatMap(({ name, type }) =>
      type === 'secret' ? [] : [[name, type === 'map' ? 'headers' : type] as const]
    ),
    ...base
  ])
  typesByFields.set(declared, types)
  return types
}

/**
 * Rules stay the same objects from one revision to the next, and so do the fields of a loaded extension: each pair is
 * checked once.
 */
const known = new WeakMap<Rule, WeakMap<readonly FieldDeclaration[], Outcome<CheckedRule>>>()

/** Checks a rule's expression against the fields that an extension declares. */
export const checkedRule = (
  rule: Rule,
  lists: NamedLists,
  declared: readonly FieldDeclaration[] = NO_FIELDS
): Outcome<CheckedRule> => {
  const outcomes = known.get(rule) ?? new WeakMap<readonly FieldDeclaration[], Outcome<CheckedRule>>()
  known.set(rule, outcomes)
  const before = outcomes.get(declared)
  // A list that it names may have come, gone, or be of another type since.
  if (before !== undefined && (before.ok ? before.value.checked.lists.length === 0 : !rule.expression.includes('$')))
    return before
  const outcome = check(rule, lists, declared)
  outcomes.set(declared, outcome)
  return outcome
}

const check = (
  { expression }: Rule,
  lists: NamedLists,
  declared: readonly FieldDeclaration[]
): Outcome<CheckedRule> => {
  const outcome = checkExpression(expression, fieldTypes(declared), lists)
  if (!outcome.ok) return outcome
  const checked = outcome.value
  const phases = checked.fields.map(name => phaseOf(name, declared))
  return {
    ok: true,
    value: {
      checked,
      earliest: rulePhases[
        Math.max(
          0,
          ...phases.map(phase => rulePhases.indexOf(phase))
        )
      ]!,
      compiled: compileExpression(checked, readersFor(declared))
    }
  }
}

/** The first phase that has a field. */
export const phaseOf = (name: string, declared: readonly FieldDeclaration[]): RulePhase => {
  if (Object.hasOwn(baseFields, name))
    return (baseFields as Readonly<Record<string, { readonly phase: RulePhase }>>)[name]!.phase
  return declared.find(field => field.name === name)?.message === true ? 'message' : 'first-message'
}

/** Actions that are for one phase, which is the first for them. */
const firstFor: Partial<Readonly<Record<Rule['action'], RulePhase>>> = { challenge: 'request', throttle: 'message' }

/**
 * The phase in which a rule is looked at; `earliest`: the first that has its fields. A challenge is a response to a
 * request, and messages alone can be read more slowly.
 */
export const phaseFor = ({ phase, action }: Pick<Rule, 'phase' | 'action'>, earliest: RulePhase): RulePhase => {
  const first = firstFor[action]
  return phase ?? (first !== undefined && isBefore(earliest, first) ? first : earliest)
}

/** True when a phase comes before another. */
export const isBefore = (one: RulePhase, other: RulePhase): boolean =>
  rulePhases.indexOf(one) < rulePhases.indexOf(other)
