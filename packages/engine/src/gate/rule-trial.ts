import { type List, type Rule, type RuleAction, type RulePhase, rulePhases, WeirError } from '@weirlb/model'
import {
  checkExpression,
  compileExpression,
  type ExpressionFault,
  parseIp,
  RuleSet,
  type RuleValue,
  typeTexts,
  type ValueType
} from '@weirlb/rules'
import type { Declaration } from '@weirlb/sdk/abi'
import { checkedRule, fieldTypes, isBefore, phaseFor, phaseOf } from './checked-rule.ts'
import { listsOf } from './named-lists.ts'

/** A user vserver as rules are tried on it; without a declaration it has no extension. */
export interface RulePlace {
  readonly userVserver: string
  readonly declaration: Pick<Declaration, 'fields' | 'client'> | undefined
}

/** What an expression is, where it can be looked at, and what is wrong with it. */
export interface ValidatedExpression {
  readonly valid: boolean
  /** The first phase that has all of its fields; undefined for an invalid one. */
  readonly phase: RulePhase | undefined
  /** Fields that it reads. */
  readonly fields: readonly string[]
  /** User vservers that have them. */
  readonly userVservers: readonly string[]
  readonly faults: readonly ExpressionFault[]
}

/** Checks an expression against the fields of all user vservers, and those of each of these. */
export const validateExpression = (
  expression: string,
  places: readonly RulePlace[],
  lists: readonly List[]
): ValidatedExpression => {
  const tried = [{ userVserver: undefined, declaration: undefined }, ...places].map(({ userVserver, declaration }) => {
    const declared = declaration?.fields ?? []
    return {
      userVserver,
      declared,
      outcome: checkExpression(expression, fieldTypes(declaration?.fields), listsOf(lists))
    }
  })
  const fits = tried.filter(({ outcome }) => outcome.ok)
  const [first] = fits
  if (first === undefined || !first.outcome.ok) {
    // The faults where most of its fields are known help most.
    const faults = tried.map(({ outcome }) => outcome.ok ? [] : outcome.faults).reduce((best, next) =>
      next.length < best.length ? next : best
    )
    const nearest = places.length === 0
      ? faults
      : tried.slice(1).map(({ outcome }) => outcome.ok ? [] : outcome.faults).reduce((best, next) =>
        next.length < best.length ? next : best
      )
    return {
      valid: false,
      phase: undefined,
      fields: [],
      userVservers: [],
      faults: nearest.length <= faults.length ? nearest : faults
    }
  }
  const { fields } = first.outcome.value
  const phase = rulePhases[Math.max(0, ...fields.map(name => rulePhases.indexOf(phaseOf(name, first.declared))))]!
  return { valid: true, phase, fields, userVservers: fits.flatMap(({ userVserver }) => userVserver ?? []), faults: [] }
}

/** A rule that was looked at. */
export interface LookedRule {
  readonly rule: string
  readonly phase: RulePhase
  readonly action: RuleAction
  readonly simulated: boolean
  /** Its expression is true. */
  readonly applies: boolean
  /** No further rule of the phase is looked at. */
  readonly ends: boolean
}

/** What rules decide. */
export interface RuleTrial {
  readonly decision: 'pass' | 'challenge' | 'block'
  /** The rule that blocks or challenges. */
  readonly rule: string | undefined
  readonly looked: readonly LookedRule[]
}

/** Values of fields by name: an address as text, lists of headers by name. */
export type TrialFields = Readonly<Record<string, unknown>>

/**
 * Tries rules on values of fields: phase by phase, up to the one that blocks. `phase`: that one alone; without it all
 * but `reply`. Fields that are not given are missing. Throws `body-invalid` for a field that there is not, and for a
 * value that is not of its type.
 */
export const tryRules = (
  rules: readonly Rule[],
  lists: readonly List[],
  { userVserver, declaration }: RulePlace,
  given: TrialFields,
  phase?: RulePhase
): RuleTrial => {
  const declared = declaration?.fields ?? []
  const values = readValues(given, fieldTypes(declaration?.fields))
  const readers = (name: string) => (subject: ReadonlyMap<string, RuleValue>): RuleValue | undefined =>
    subject.get(name)
  const active = rules.filter(({ state, vservers }) =>
    (state === 'enabled' || state === 'simulated') && (vservers.length === 0 || vservers.includes(userVserver))
  )
  const looked: LookedRule[] = []
  for (const at of phase === undefined ? rulePhases.filter(each => each !== 'reply') : [phase]) {
    if (isBefore('request', at) && declaration?.client.kind !== 'messages') continue
    const sources = active.flatMap(rule => {
      const outcome = checkedRule(rule, listsOf(lists), declared.length === 0 ? undefined : declared)
      if (!outcome.ok || phaseFor(rule, outcome.value.earliest) !== at) return []
      const { name, action, priority, state } = rule
      return [{
        name,
        action,
        priority,
        simulated: state === 'simulated',
        expression: compileExpression(outcome.value.checked, readers)
      }]
    })
    for (const { rule: { name, action, simulated }, applies, ends } of new RuleSet(sources, readers, rule => rule).look(values)) {
      looked.push({ rule: name, phase: at, action, simulated, applies, ends })
      if (ends && (action === 'block' || action === 'challenge')) return { decision: action, rule: name, looked }
      if (ends && action === 'ban') return { decision: 'block', rule: name, looked }
    }
  }
  return { decision: 'pass', rule: undefined, looked }
}

const readValues = (given: TrialFields, types: ReadonlyMap<string, ValueType>): ReadonlyMap<string, RuleValue> =>
  new Map(
    Object.entries(given).map(([name, value]) => {
      const type = types.get(name)
      if (type === undefined) throw wrong(name, 'there is no such field here')
      const read = readValue(type, value)
      if (read === undefined) throw wrong(name, `expected ${typeTexts[type]}`)
      return [name, read]
    })
  )

const wrong = (name: string, message: string): WeirError =>
  new WeirError('body-invalid', `fields.${name}: ${message}`, { issues: [{ path: `fields.${name}`, message }] })

const isList = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every(item => typeof item === 'string')

const readValue = (type: ValueType, value: unknown): RuleValue | undefined => {
  switch (type) {
    case 'string': return typeof value === 'string' ? value : undefined
    case 'int': return Number.isSafeInteger(value) ? value as number : undefined
    case 'bool': return typeof value === 'boolean' ? value : undefined
    case 'ip': return typeof value === 'string' ? parseIp(value) : undefined
    case 'strings': return isList(value) ? value : undefined
    case 'headers': return headersOf(value)
  }
}

const headersOf = (value: unknown): RuleValue | undefined => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const entries = Object.entries(value).map(([name, each]: [string, unknown]) =>
    [name.toLowerCase(), typeof each === 'string' ? [each] : each] as const
  )
  return entries.every((entry): entry is readonly [string, string[]] => isList(entry[1]))
    ? new Map(entries as [string, string[]][])
    : undefined
}
