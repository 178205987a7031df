import {
  extensionAmong,
  type Issue,
  type List,
  protocolsOf,
  type RateLimit,
  type UserVserver,
  WeirError
} from '@weirlb/model'
import { faultText, type NamedLists } from '@weirlb/rules'
import type { Declaration, FieldDeclaration } from '@weirlb/sdk/abi'
import type { EngineConfig } from '../engine-config.ts'
import { checkedLimit, isOfMessages, type LimitFault, type LimitOutcome } from './checked-limit.ts'
import { listsOf } from './named-lists.ts'

type Facts = Pick<Declaration, 'fields' | 'client'>

/** The declarations of an extension's versions that new connections get. */
interface Declared { readonly current: Facts, readonly canary: Facts | undefined }

/** Maximum issues of one rate limit. */
const MAX_ISSUES = 16

/**
 * Check that every rate limit but drafts reads fields that the extensions of its user vservers publish, in every
 * version that new connections get, and that are known when it counts. Throws `limit-invalid`.
 */
export const checkLimits = (
  config: Pick<EngineConfig, 'rateLimits' | 'userVservers' | 'userProtocols'>,
  declared: (extension: string) => Declared | undefined,
  lists: NamedLists
): void => {
  const protocols = new Map(config.userProtocols.map(protocol => [protocol.name, protocol]))
  const extensionOf = (vserver: UserVserver): string | undefined =>
    extensionAmong(protocolsOf(vserver, name => protocols.get(name)))
  const vservers = new Map(config.userVservers.map(vserver => [vserver.name, vserver]))
  const extensions = [...new Set(config.userVservers.map(extensionOf))]
  const issues: Issue[] = []
  for (const [i, limit] of config.rateLimits.entries()) {
    if (limit.state === 'draft') continue
    const found = limit.vservers.length === 0
      ? anywhere(limit, lists, extensions.map(name => name === undefined ? undefined : declared(name)))
      : limit.vservers.flatMap(name => {
        const extension = extensionOf(vservers.get(name)!)
        return [
          ...atPlace(
            limit,
            lists,
            extension === undefined ? undefined : declared(extension),
            `, at user vserver '${name}'`
          )
        ]
      })
    for (const { path, ...issue } of found.slice(0, MAX_ISSUES))
      issues.push({ path: `rateLimits[${i}].${path}`, ...issue })
  }
  const first = issues[0]
  if (first !== undefined)
    throw new WeirError('limit-invalid', `${first.path}: ${first.message}`, { issues: issues.slice(0, 100) })
}

/** A rate limit that applies where it can has to fit somewhere. */
const anywhere = (limit: RateLimit, lists: NamedLists, places: readonly (Declared | undefined)[]): Issue[] => {
  let nearest: Issue[] | undefined
  for (const place of [undefined, ...places]) {
    const found = [...atPlace(limit, lists, place, '')]
    // A canary has to fit wherever the version before it does.
    if (found.length === 0) return []
    if (nearest === undefined || found.length < nearest.length || place !== undefined) nearest = found
  }
  return nearest ?? []
}

function * atPlace (limit: RateLimit, lists: NamedLists, place: Declared | undefined, where: string): Generator<Issue> {
  const outcome = checkedLimit(limit, lists, place?.current.fields)
  if (!outcome.ok) return yield * faultsOf(outcome.faults, where)
  yield * lateFields(outcome, where)
  if (!isOfMessages(outcome.value.phase)) return
  if (place === undefined)
    yield { path: 'counts', message: `there is no extension that shows the messages of clients${where}` }
  else if (place.current.client.kind === 'stream')
    yield { path: 'counts', message: `the extension frames its clients' bytes itself: there are no messages${where}` }
  else if (place.canary !== undefined) {
    const tried = checkedLimit(limit, lists, place.canary.fields)
    if (!tried.ok) yield * faultsOf(tried.faults, `${where}, in the canary of the extension`)
  }
}

const faultsOf = (faults: readonly LimitFault[], where: string): Issue[] =>
  faults.map(({ path, fault }) => ({
    path,
    message: `${faultText(fault)}${where}`,
    line: fault.line,
    column: fault.column
  }))

function* lateFields (
  { value: { late, phase } }: Extract<LimitOutcome, { readonly ok: true }>,
  where: string
): Generator<Issue> {
  if (late.length > 0)
    yield {
      path: 'counts',
      message: `${late.join(', ')} ${
        late.length === 1 ? 'is' : 'are'
      } not known yet in phase ${phase}, where this is counted${where}`
    }
}

/** Returns when a rate limit counts with an extension of this declaration, or why it does not. */
export const limitFit = (
  limit: RateLimit,
  listed: readonly List[],
  facts: Facts | undefined
): { readonly phase: FieldPhase, readonly fault: string | undefined } => {
  const lists = listsOf(listed)
  const [issue] = atPlace(limit, lists, facts && { current: facts, canary: undefined }, '')
  if (issue !== undefined) return { phase: undefined, fault: issue.message }
  const outcome = checkedLimit(limit, lists, facts?.fields)
  return { phase: outcome.ok ? outcome.value.phase : undefined, fault: undefined }
}

type FieldPhase = Extract<LimitOutcome, { readonly ok: true }>['value']['phase'] | undefined

/** Fields of an extension that a rate limit reads, among those declared. */
export const limitFields = (
  limits: readonly RateLimit[],
  lists: NamedLists,
  declared: readonly FieldDeclaration[]
): ReadonlySet<string> =>
  new Set(limits.flatMap(limit => {
    const outcome = checkedLimit(limit, lists, declared)
    return outcome.ok ? outcome.value.fields : []
  }))
