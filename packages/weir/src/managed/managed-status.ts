import {
  type Entity,
  extensionAmong,
  inspects,
  lookUp,
  managedChecksOf,
  managedExpression,
  managedGroups,
  managedModeOf,
  type ManagedRule,
  managedRuleName,
  managedRules,
  protocolsOf,
  type Rule
} from '@weirlb/model'
import { type EngineStats, ruleFit, type RuleFit } from '@weirlb/engine'
import type { CheckStatus, EntityStatus } from '../api/entity-status.ts'
import type { InspectorStatus } from '../api/inspector-status.ts'
import { findAmongMany } from '../config/entities.ts'
import type { Revision } from '../config/revisions.ts'
import { inspectedAt, whyUninspected } from './inspectors.ts'

type Check = Entity<'managedChecks'>

/** The data for the status of managed checks, read at one moment. */
export interface ManagedNow {
  readonly revision: Revision
  readonly stats: EngineStats
  readonly inspectors: readonly InspectorStatus[]
}

/** The status of a managed check. */
export const managedStatus = (check: Check, now: ManagedNow): EntityStatus => {
  const checks = checksOf(check, now)
  if (check.state === 'disabled') return { value: 'disabled', checks }
  return inspects(check) ? inspectingStatus(check, now, checks) : rulesStatus(check, now, checks)
}

/** Of one that has requests inspected outside of the workers. */
const inspectingStatus = (check: Check, now: ManagedNow, checks: readonly CheckStatus[]): EntityStatus => {
  const userVservers = inspectedAt(check, now.revision.config)
  const inspectors = userVservers.length === 0 ? [] : now.inspectors
  const failed = whyUninspected(check, inspectors)
  if (failed?.whole === true) return { value: 'inactive', reason: failed.reason, checks, inspectors }
  if (userVservers.length === 0) {
    const reason = 'there is no user vserver with HTTP requests that it applies to'
    return { value: 'inactive', reason, checks, inspectors }
  }
  return { value: failed === undefined ? 'up' : 'degraded', reason: failed?.reason, userVservers, checks, inspectors }
}

/** Of one whose checks are rules. */
const rulesStatus = (check: Check, now: ManagedNow, checks: readonly CheckStatus[]): EntityStatus => {
  const { config } = now.revision
  const bound = config.userVservers.filter(({ name }) => managedChecksOf(config.managedChecks, name).includes(check))
  const fits = bound.map(vserver => ({
    name: vserver.name,
    found: managedRules(check).map(rule => fitAt(rule, vserver, now))
  }))
  const active = fits.filter(({ found }) => found.some(({ phase }) => phase !== undefined)).map(({ name }) => name)
  if (active.length > 0) return { value: 'up', userVservers: active, checks }
  return {
    value: 'inactive',
    reason: fits.flatMap(({ found }) => found.flatMap(({ fault }) => fault ?? []))[0] ??
      (bound.length === 0 ? 'there is no user vserver' : 'all of its checks are off'),
    checks
  }
}

/** How a rule fits a user vserver. */
const fitAt = (
  rule: Rule,
  vserver: Entity<'userVservers'>,
  { revision: { config, declarations } }: ManagedNow
): RuleFit => {
  const extension = extensionAmong(protocolsOf(vserver, name => findAmongMany(config, 'userProtocols', name)))
  return ruleFit(rule, config.lists, extension === undefined ? undefined : lookUp(declarations, extension))
}

/** What a check does. One that only some option makes is off without that. */
const shownMode = (check: Check, rule: ManagedRule): CheckStatus['mode'] => {
  if (check.group === 'owasp-crs' && rule.fixed === true)
    return !inspects(check)
      ? 'off'
      : rule.id !== '000'
      ? managedModeOf(check, rule)
      : check.onFailure === 'closed'
      ? 'block'
      : 'simulate'
  if (rule.fixed === true) return 'block'
  return check.state === 'disabled' || (managedExpression(check, rule) === undefined && check.group !== 'owasp-crs')
    ? 'off'
    : managedModeOf(check, rule)
}

/** The checks of a managed check's group, with their modes and counters. */
const checksOf = (check: Check, { stats }: ManagedNow): CheckStatus[] => managedGroups[check.group].rules.map((rule: ManagedRule) => {
  const { id, text, source } = rule
  const { matched, blocked } = lookUp(stats.rules, managedRuleName(check.name, id)) ?? { matched: 0, blocked: 0 }
  return { id, text, source, mode: shownMode(check, rule), matched, blocked }
})
