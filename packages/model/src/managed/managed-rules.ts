import type { Rule } from '../rule.ts'
import type { ManagedRule } from './group.ts'
import { managedGroups } from './groups.ts'
import type { ManagedCheck, ManagedMode } from './managed-check.ts'

/** Behind every rule of an operator, the last included: one that skips leaves these out. */
const BEHIND_ALL = Number.MAX_VALUE

/**
 * Returns the name by which a check of a managed group is counted and reported: `edge/M005`. No rule of an operator can
 * have it.
 */
export const managedRuleName = (check: string, id: string): string => `${check}/${id}`

/** True for a rule that a managed check was made into. */
export const isManaged = ({ priority }: Rule): boolean => priority === BEHIND_ALL

/** Returns the names under which the checks of a managed check are counted. */
export const managedRuleNames = (check: ManagedCheck): string[] =>
  check.group === 'owasp-crs' && check.state === 'enabled'
    ? managedGroups[check.group].rules.map(({ id }) => managedRuleName(check.name, id))
    : managedRules(check).map(({ name }) => name)

const shipped = new WeakMap<Rule, ManagedRule>()

/** Returns the check that a rule was made from; undefined: it is the operator's. */
export const managedOriginOf = (rule: Rule): ManagedRule | undefined => shipped.get(rule)

/** True for a managed check whose requests are inspected. */
export const inspects = (check: ManagedCheck): boolean =>
  check.group === 'owasp-crs' && check.state === 'enabled' && check.mode !== 'off'

/** Returns the mode of one check: never `default` or `on`. */
export const managedModeOf = (
  { mode, rules }: ManagedCheck,
  { id, shipped }: ManagedRule
): Exclude<ManagedMode, 'default' | 'on'> => {
  const own = (Object.hasOwn(rules, id) ? rules[id] : undefined) ?? 'default'
  const chosen = own === 'default' ? mode : own
  return chosen === 'default' || chosen === 'on' ? shipped : chosen
}

/** Text of a string in an expression. */
const quoted = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`

/** Expressions that come from options of a managed check. */
const ofOptions: Readonly<Record<string, (check: ManagedCheck) => string | undefined>> = {
  // Clients that are no browser send no Origin, and pass.
  W005: ({ origins }) =>
    origins.length === 0
      ? undefined
      : `ws.upgrade and ws.origin ne "" and not ws.origin in {${origins.map(quoted).join(' ')}}`
}

/** Returns the condition of one check; undefined: none is looked at. */
export const managedExpression = (check: ManagedCheck, { id, expression }: ManagedRule): string | undefined =>
  expression ?? (Object.hasOwn(ofOptions, id) ? ofOptions[id]!(check) : undefined)

const rulesOf = new WeakMap<ManagedCheck, readonly Rule[]>()

/**
 * Returns a managed check as rules, which the rule engine looks at behind those of the operator. They stay the same
 * objects as long as the managed check does.
 */
export const managedRules = (check: ManagedCheck): readonly Rule[] => {
  const known = rulesOf.get(check)
  if (known !== undefined) return known
  const rules = check.state === 'disabled'
    ? []
    : managedGroups[check.group].rules.flatMap((rule: ManagedRule): Rule[] => {
      const expression = managedExpression(check, rule)
      const mode = managedModeOf(check, rule)
      if (expression === undefined || mode === 'off') return []
      const made: Rule = {
        name: managedRuleName(check.name, rule.id),
        expression,
        action: mode === 'challenge' ? 'challenge' : 'block',
        phase: rule.phase,
        floodControl: rule.floodControl,
        vservers: [...check.vservers],
        priority: BEHIND_ALL,
        state: mode === 'simulate' ? 'simulated' : 'enabled'
      }
      shipped.set(made, rule)
      return [made]
    })
  rulesOf.set(check, rules)
  return rules
}

/**
 * Returns the managed checks of a user vserver: of each group the one that names it, or else the one that names none.
 */
export const managedChecksOf = (checks: readonly ManagedCheck[], userVserver: string): readonly ManagedCheck[] => {
  const named = checks.filter(({ vservers }) => vservers.includes(userVserver))
  const groups = new Set(named.map(({ group }) => group))
  return [...named, ...checks.filter(({ vservers, group }) => vservers.length === 0 && !groups.has(group))]
}
