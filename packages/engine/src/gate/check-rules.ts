import {
  describeChoices,
  extensionAmong,
  type Issue,
  managedRules,
  protocolsOf,
  type Rule,
  speaks,
  type UserVserver,
  WeirError
} from '@weirlb/model'
import { type ExpressionFault, faultText, type NamedLists, type Outcome } from '@weirlb/rules'
import type { Declaration, FieldDeclaration } from '@weirlb/sdk/abi'
import type { EngineConfig } from '../engine-config.ts'
import { type CheckedRule, checkedRule, isBefore, phaseFor, phaseOf } from './checked-rule.ts'

/** The declarations of an extension's versions that new connections get. */
interface Declared {
  readonly current: Pick<Declaration, 'fields' | 'client'>
  readonly canary: Pick<Declaration, 'fields' | 'client'> | undefined
}

const NO_FIELDS: readonly FieldDeclaration[] = []

/**
 * Check that every rule but drafts reads fields that the extensions of its user vservers publish, in every version that
 * new connections get; which only loaded extensions show. Throws `rule-invalid`.
 */
export const checkRules = (
  config: Pick<EngineConfig, 'rules' | 'managedChecks' | 'userVservers' | 'userProtocols'>,
  declared: (extension: string) => Declared | undefined,
  lists: NamedLists
): void => {
  const protocols = new Map(config.userProtocols.map(protocol => [protocol.name, protocol]))
  const extensionOf = (vserver: UserVserver): string | undefined =>
    extensionAmong(protocolsOf(vserver, name => protocols.get(name)))
  const vservers = new Map(config.userVservers.map(vserver => [vserver.name, vserver]))
  const all = [...new Set(config.userVservers.map(extensionOf))]
  const speaksHttp = (vserver: UserVserver): boolean =>
    speaks(protocolsOf(vserver, name => protocols.get(name)), 'http')
  const issues: Issue[] = []
  for (const [i, rule] of config.rules.entries()) {
    if (rule.state === 'draft') continue
    const bound = rule.vservers.map(name => vservers.get(name)!)
    const raw = rule.action === 'challenge' ? bound.filter(vserver => !speaksHttp(vserver)) : []
    for (const { name } of raw.slice(0, 16))
      issues.push({
        path: `rules[${i}].vservers`,
        message: `user vserver '${name}' has no HTTP: its clients cannot pass a challenge`
      })
    const found = bound.length === 0
      ? [...foundAnywhere(rule, all, declared, lists)]
      : bound.flatMap(
        vserver => [...foundAt(rule, extensionOf(vserver), declared, lists, `user vserver '${vserver.name}'`)]
      )
    for (const { path, ...issue } of found.slice(0, 16)) issues.push({ path: `rules[${i}].${path}`, ...issue })
    if (issues.length >= 100) break
  }
  for (const [i, check] of config.managedChecks.entries()) {
    // Where it applies by itself it applies where it can.
    for (const name of check.vservers.slice(0, 100 - issues.length)) {
      const extension = extensionOf(vservers.get(name)!)
      const found = managedRules(check).flatMap(
        rule => [...foundAt(rule, extension, declared, lists, `user vserver '${name}'`)]
      )
      // One is enough: the others lack the same fields.
      for (const { message } of found.slice(0, 1))
        issues.push({ path: `managedChecks[${i}].group`, message: `group ${check.group} does not fit: ${message}` })
    }
  }
  const first = issues[0]
  if (first !== undefined) throw new WeirError('rule-invalid', `${first.path}: ${first.message}`, { issues })
}

const faultsOf = (faults: readonly ExpressionFault[], where: string): Issue[] =>
  faults.map(fault => ({
    path: 'expression',
    message: `${faultText(fault)}${where}`,
    line: fault.line,
    column: fault.column
  }))

/** Faults of a rule that applies where it can: at one extension at least, and at no less than all versions of that. */
function* foundAnywhere (
  rule: Rule,
  extensions: readonly (string | undefined)[],
  declared: (extension: string) => Declared | undefined,
  lists: NamedLists
): Generator<Issue> {
  const plain = checkedRule(rule, lists, NO_FIELDS)
  if (plain.ok) return yield * phaseIssues(rule, plain.value, NO_FIELDS)
  let fits = false
  let nearest: readonly ExpressionFault[] = plain.faults
  let phases: Issue[] = []
  for (const extension of extensions) {
    const versions = extension === undefined ? undefined : declared(extension)
    if (versions === undefined) continue
    const current = checkedRule(rule, lists, versions.current.fields)
    if (!current.ok) {
      // The faults where most of its fields are known help most.
      if (current.faults.length < nearest.length || nearest === plain.faults) nearest = current.faults
      continue
    }
    fits = true
    phases = [...phaseIssues(rule, current.value, versions.current.fields)]
    yield * canaryIssues(rule, extension!, versions, lists)
  }
  if (!fits) yield * faultsOf(nearest, '')
  yield * phases
}

/** Faults of a rule at one user vserver. */
function* foundAt (
  rule: Rule,
  extension: string | undefined,
  declared: (extension: string) => Declared | undefined,
  lists: NamedLists,
  where: string
): Generator<Issue> {
  const versions = extension === undefined ? undefined : declared(extension)
  const fields = versions?.current.fields ?? NO_FIELDS
  const outcome = checkedRule(rule, lists, fields)
  if (!outcome.ok)
    return yield* faultsOf(
      outcome.faults,
      `, at ${where}${extension === undefined ? ', which has no extension' : ` with extension '${extension}'`}`
    )
  yield* phaseIssues(rule, outcome.value, fields)
  if (!isBefore('request', phaseFor(rule, outcome.value.earliest))) return
  if (versions === undefined)
    yield {
      path: 'vservers',
      message: `${where} forwards HTTP requests: no extension shows rules the messages of its clients`
    }
  else if (versions.current.client.kind === 'stream')
    yield {
      path: 'vservers',
      message: `extension '${extension}' of ${where} frames its clients' bytes itself: there are no messages for rules`
    }
  else yield* canaryIssues(rule, extension!, versions, lists)
}

function * canaryIssues (rule: Rule, extension: string, { canary }: Declared, lists: NamedLists): Generator<Issue> {
  const outcome: Outcome<CheckedRule> | undefined = canary && checkedRule(rule, lists, canary.fields)
  if (outcome?.ok === false) yield * faultsOf(outcome.faults, `, in the canary of extension '${extension}'`)
}

/** A rule cannot be looked at before its fields are known. */
function* phaseIssues (
  rule: Rule,
  { checked, earliest }: CheckedRule,
  declared: readonly FieldDeclaration[]
): Generator<Issue> {
  const phase = phaseFor(rule, earliest)
  if (isBefore(phase, earliest)) {
    const late = checked.fields.filter(name => isBefore(phase, phaseOf(name, declared)))
    yield {
      path: 'phase',
      message: `${phase} comes before ${late.join(', ')}: expected ${describeChoices([earliest, 'a later one'])}`
    }
  }
  if (rule.refusal !== undefined && phase !== 'tls-hello')
    yield { path: 'refusal', message: `only rules of phase tls-hello refuse TLS hellos; this one's is ${phase}` }
  if (rule.action === 'throttle' && phase !== 'message')
    yield { path: 'action', message: `throttle reads messages more slowly; this rule's phase is ${phase}` }
  if (rule.action === 'challenge' && phase !== 'request')
    yield { path: 'action', message: `a challenge is a response to an HTTP request; this rule's phase is ${phase}` }
  if (rule.action === 'challenge' && rule.response !== undefined)
    yield { path: 'response', message: 'a challenge has a response of its own' }
  else if (rule.response !== undefined && phase !== 'request')
    yield { path: 'response', message: `only rules of phase request answer HTTP requests; this one's is ${phase}` }
}
