import { countedIn, type RateLimit, type RulePhase, rulePhases } from '@weirlb/model'
import {
  type CheckedExpression,
  type CheckedValue,
  checkExpression,
  checkValue,
  compileTest,
  compileValue,
  type ExpressionFault,
  type FieldTypes,
  type NamedLists,
  type Read,
  type Readers,
  type Test
} from '@weirlb/rules'
import type { FieldDeclaration } from '@weirlb/sdk/abi'
import { fieldTypes, isBefore, phaseOf } from './checked-rule.ts'
import { type KeyReader, keyReader } from './limit-key.ts'
import { readersFor, type RuleSubject } from './rule-subject.ts'

/** A fault of one of the expressions of a rate limit. */
export interface LimitFault { readonly path: string, readonly fault: ExpressionFault }

/** A rate limit where an extension publishes certain fields. */
export interface CheckedLimit extends KeyReader {
  /** When it counts. */
  readonly phase: RulePhase
  /** Fields that it reads before what it counts has arrived. */
  readonly late: readonly string[]
  /** Fields that it reads, each once. */
  readonly fields: readonly string[]
  /** Lists that its conditions name. */
  readonly lists: readonly string[]
  readonly applies: Test<RuleSubject> | undefined
  readonly counting: Test<RuleSubject> | undefined
}

export type LimitOutcome = { readonly ok: true, readonly value: CheckedLimit } | {
  readonly ok: false
  readonly faults: readonly LimitFault[]
}

const NO_FIELDS: readonly FieldDeclaration[] = []
/** The one field that responses to HTTP requests have, and rules never see. */
const RESPONSE_CODE = 'http.response.code'

const known = new WeakMap<RateLimit, WeakMap<readonly FieldDeclaration[], LimitOutcome>>()

/**
 * Checks the expressions of a rate limit against the lists that there are and the fields that an extension declares;
 * each pair once, as of rules.
 */
export const checkedLimit = (
  limit: RateLimit,
  lists: NamedLists,
  declared: readonly FieldDeclaration[] = NO_FIELDS
): LimitOutcome => {
  const outcomes = known.get(limit) ?? new WeakMap<readonly FieldDeclaration[], LimitOutcome>()
  known.set(limit, outcomes)
  const before = outcomes.get(declared)
  // A list that it names may have come, gone, or be of another type since.
  if (before !== undefined && (before.ok ? before.value.lists.length === 0 : !namesLists(limit))) return before
  const outcome = check(limit, lists, declared)
  outcomes.set(declared, outcome)
  return outcome
}

const namesLists = ({ expression, counting }: RateLimit): boolean =>
  expression?.includes('$') === true || counting?.includes('$') === true

const check = (limit: RateLimit, lists: NamedLists, declared: readonly FieldDeclaration[]): LimitOutcome => {
  const { counts, by, expression, counting } = limit
  const types = fieldTypes(declared)
  const faults: LimitFault[] = []
  const conditionOf = (path: string, text: string | undefined, fields: FieldTypes): CheckedExpression | undefined => {
    if (text === undefined) return undefined
    const outcome = checkExpression(text, fields, lists)
    if (outcome.ok) return outcome.value
    for (const fault of outcome.faults) faults.push({ path, fault })
    return undefined
  }
  const which = conditionOf('expression', expression, types)
  const replies = conditionOf(
    'counting',
    counting,
    counts === 'requests' ? new Map([...types, [RESPONSE_CODE, 'int']]) : types
  )
  const values = by.flatMap((text, i): CheckedValue[] => {
    const outcome = checkValue(text, types)
    if (outcome.ok) return [outcome.value]
    for (const fault of outcome.faults) faults.push({ path: `by[${i}]`, fault })
    return []
  })
  if (faults.length > 0) return { ok: false, faults }
  const before = [...new Set([...which?.fields ?? [], ...values.flatMap(({ fields }) => fields)])]
  const phase = phaseFor(limit, before, declared)
  const readers = readersWithStatus(declared)
  return {
    ok: true,
    value: {
      phase,
      late: before.filter(name => isBefore(phase, phaseOf(name, declared))),
      fields: [...new Set([...before, ...replies?.fields ?? []])].filter(name => name !== RESPONSE_CODE),
      lists: [...which?.lists ?? [], ...replies?.lists ?? []],
      applies: which && compileTest(which.test, readers),
      counting: replies && compileTest(replies.test, readers),
      ...keyReader(values, values.map(({ value }) => compileValue(value, readers)))
    }
  }
}

/** Connections are counted as soon as all fields are known, and everything else when it comes. */
const phaseFor = ({ counts }: RateLimit, fields: readonly string[], declared: readonly FieldDeclaration[]): RulePhase =>
  counts === 'connections' && fields.some(name => isBefore('connect', phaseOf(name, declared)))
    ? 'hello'
    : countedIn[counts]

const statusOf: Read<RuleSubject> = ({ status }) => status

const readersWithStatus = (declared: readonly FieldDeclaration[]): Readers<RuleSubject> => {
  const readers = readersFor(declared)
  return name => name === RESPONSE_CODE ? statusOf : readers(name)
}

/** The phases of messages, which only an extension shows. */
export const isOfMessages = (phase: RulePhase): boolean => rulePhases.indexOf(phase) > rulePhases.indexOf('request')
