import { normalPath, parseTriggerPattern, type Trigger, type TriggerPattern } from '@weirlb/model'

/** A longer name is none that a pattern other than `*` could have (RFC 1035 §2.3.4). */
export const MAX_NAME = 253

/** A trigger with the parts of its pattern. */
export interface PatternRow { readonly trigger: Trigger, readonly pattern: TriggerPattern }

/**
 * Of one host: a longer path first, a whole path before the beginning of one, a scheme before none, and named user
 * vservers before all.
 */
export const byPrecision = (a: PatternRow, b: PatternRow): number =>
  b.pattern.path.length - a.pattern.path.length || Number(a.pattern.prefix) - Number(b.pattern.prefix) ||
  Number(b.pattern.secure !== undefined) - Number(a.pattern.secure !== undefined) ||
  Number(b.trigger.vservers.length > 0) - Number(a.trigger.vservers.length > 0)

const ranks = { exact: 0, below: 1, within: 1, any: 2 } as const
const labels = (host: string): number => host.split('.').length

/** Of all hosts: exact ones, then wildcards of more labels, then `*`. Hosts of no common request stand by name. */
const byHost = ({ pattern: a }: PatternRow, { pattern: b }: PatternRow): number => {
  const rank = ranks[a.hosts] - ranks[b.hosts]
  if (rank !== 0) return rank
  const depth = a.hosts === 'exact' ? 0 : labels(b.host) - labels(a.host)
  if (depth !== 0) return depth
  if (a.host !== b.host) return a.host < b.host ? -1 : 1
  return Number(a.hosts === 'within') - Number(b.hosts === 'within')
}

/** Returns triggers in the order of decision: of those that match a request, the first decides. */
export const inOrderOfDecision = (triggers: readonly Trigger[]): readonly Trigger[] =>
  triggers.map(rowOf).sort((a, b) => byHost(a, b) || byPrecision(a, b)).map(({ trigger }) => trigger)

const rowOf = (trigger: Trigger): PatternRow => ({
  trigger,
  pattern: parseTriggerPattern(trigger.pattern) as TriggerPattern
})

/**
 * Returns true if a trigger's pattern is about a request. `host`: in canonical form, `''` without one. `target`: a path
 * as it was sent.
 */
export const triggerMatches = (trigger: Trigger, host: string, target: string, isSecure: boolean): boolean => {
  const { secure, host: name, hosts, path, prefix } = rowOf(trigger).pattern
  if (secure !== undefined && secure !== isSecure) return false
  const wanted = normalPath(target)
  if (prefix ? !wanted.startsWith(path) : wanted !== path) return false
  if (hosts === 'any') return true
  if (host === '' || host.length > MAX_NAME) return false
  return (hosts !== 'below' && host === name) || (hosts !== 'exact' && host.endsWith(`.${name}`))
}
