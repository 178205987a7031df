import {
  checkProbes,
  checkPublishedFields,
  checkServerTls,
  checkStartTls,
  emptyRecord,
  extensionAmong,
  type Issue,
  protocolsOf,
  type UserVserver,
  WeirError
} from '@weirlb/model'
import { checkParams, type Declaration } from '@weirlb/sdk/abi'
import type { EngineConfig } from '../engine-config.ts'
import { checkLimits } from '../gate/check-limits.ts'
import { checkRules } from '../gate/check-rules.ts'
import { listsOf, prepareLists } from '../gate/named-lists.ts'
import { checkSharedLinks } from './check-shared-links.ts'
import { checkProbeParams, type ProbeParams } from './probe-params.ts'

/** What the versions of an extension declare that new connections get. */
export interface DeclaredVersions {
  readonly current: Declaration
  readonly canary: Declaration | undefined
}

/** The part of a configuration that loaded extensions have a say in. */
type Declarable = Pick<
  EngineConfig,
  | 'accessRules'
  | 'glbs'
  | 'lbVservers'
  | 'lists'
  | 'lockdowns'
  | 'managedChecks'
  | 'monitors'
  | 'rateLimits'
  | 'rules'
  | 'services'
  | 'userProtocols'
  | 'userVservers'
>

/** What current versions declare, and the parameters of the probes that monitors run. */
export interface CheckedDeclarations {
  readonly declarations: Readonly<Record<string, Declaration>>
  readonly probes: readonly ProbeParams[]
}

/**
 * Check all of a configuration that depends on what extensions declare: what they publish for rules, limits, GLBs and
 * persistence, their parameters, probes, and TLS. No extension runs. Rejects with the code of what is wrong, such as
 * rule-invalid.
 */
export const checkDeclared = async (
  config: Declarable,
  declared: ReadonlyMap<string, DeclaredVersions>
): Promise<CheckedDeclarations> => {
  const declarations = emptyRecord<Declaration>()
  for (const [name, { current }] of declared) declarations[name] = current
  checkProbes(config, declarations)
  checkPublishedFields(config, declarations)
  checkStartTls(config, declarations)
  checkServerTls(config, declarations)
  checkSharedLinks(config, declarations)
  await prepareLists(config)
  const lists = listsOf(config.lists)
  checkRules(config, name => declared.get(name), lists)
  checkLimits(config, name => declared.get(name), lists)
  const protocols = new Map(config.userProtocols.map(protocol => [protocol.name, protocol]))
  for (const [index, vserver] of config.userVservers.entries()) {
    const extension = extensionAmong(protocolsOf(vserver, name => protocols.get(name)))
    const versions = extension === undefined ? undefined : declared.get(extension)
    if (versions === undefined) continue
    paramsOf(vserver, index, versions.current, '')
    if (versions.canary !== undefined) paramsOf(vserver, index, versions.canary, OF_CANARY)
  }
  return { declarations, probes: checkProbeParams(config, declarations) }
}

/** Whose parameters a version refuses that only some connections get. */
export const OF_CANARY = ', for the canary'

/**
 * Returns the parameters of a user vserver, with their defaults. `index`: its place in the configuration. Throws
 * params-invalid.
 */
export const paramsOf = (
  vserver: Pick<UserVserver, 'name' | 'params'>,
  index: number,
  declaration: Declaration,
  whose: string
): Readonly<Record<string, unknown>> => {
  const given = checkParams(declaration, vserver.params)
  return given.ok ? given.params : refuseParams(vserver, index, given.issues, whose)
}

/** Throws params-invalid, with issues whose paths are those of parameters. */
export const refuseParams = (
  { name }: Pick<UserVserver, 'name'>,
  index: number,
  found: readonly Issue[],
  whose: string
): never => {
  const issues = found.map(({ path, message }) => ({ path: `userVservers[${index}].params.${path}`, message }))
  throw new WeirError('params-invalid', `user vserver '${name}'${whose}: ${issues.map(i => i.message).join('; ')}`, { issues })
}
