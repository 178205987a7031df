import type { Config } from './config.ts'
import { describeChoices } from './describe-value.ts'
import { type Finding, firstByName } from './finding.ts'
import { type ManagedGroupName, managedGroups, managedRuleOf } from './managed/groups.ts'
import type { ManagedCheck, ManagedMode } from './managed/managed-check.ts'
import { protocolsOf, speaks } from './vserver-protocols.ts'

/** Identifier of a rule of the Core Rule Set. */
const CRS_RULE = /^9\d{5}$/

/**
 * Managed checks name checks that their group has, in modes that these can have, and each user vserver has a group
 * once.
 */
export function * managedCheckFields (config: Config): Generator<Finding> {
  const placed = new Map<string, number>()
  for (const [i, check] of config.managedChecks.entries()) {
    const path = `managedChecks[${i}]`
    const wrong = (field: string, message: string): Finding => ({
      code: 'config-invalid',
      path: `${path}.${field}`,
      message
    })
    const ids = managedGroups[check.group].rules.map(({ id }) => id)
    const withoutHttp = vserverWithoutHttp(check, config)
    const fault = (mode: ManagedMode): string | undefined =>
      mode === 'challenge' ? challengeFault(check.group, withoutHttp) : undefined
    for (const [id, mode] of Object.entries(check.rules)) {
      const message = ruleFault(check.group, id, mode, ids) ?? fault(mode)
      if (message !== undefined) yield wrong(`rules.${id}`, message)
    }
    const message = fault(check.mode)
    if (message !== undefined) yield wrong('mode', message)
    if (check.origins.length > 0 && check.group !== 'ws-upgrade')
      yield wrong('origins', `only checks of group ws-upgrade have origins; this one's group is ${check.group}`)
    for (const vserver of check.vservers.length === 0 ? [''] : new Set(check.vservers)) {
      const key = `${check.group} ${vserver}`
      const other = placed.get(key)
      if (other === undefined) placed.set(key, i)
      else yield wrong(
          'vservers',
          `${
            vserver === '' ? 'all other user vservers have' : `user vserver '${vserver}' has`
          } group ${check.group} of managed check '${config.managedChecks[other]!.name}' already`
        )
    }
  }
}

/** A challenge is a response to an HTTP request. Returns why a check cannot have it; undefined: it can. */
const challengeFault = (group: ManagedGroupName, withoutHttp: string | undefined): string | undefined => {
  if (!managedGroups[group].challenges) return `checks of group ${group} look at messages, and a challenge is a response to an HTTP request; expected default, on, off, simulate or block`
  return withoutHttp === undefined ? undefined : `user vserver '${withoutHttp}' has no HTTP: its clients cannot pass a challenge; expected default, on, off, simulate or block`
}

/**
 * The first user vserver that a managed check names whose clients speak no HTTP. Where it names none, its challenges
 * are for those who do.
 */
const vserverWithoutHttp = ({ vservers }: ManagedCheck, config: Config): string | undefined => {
  const protocols = firstByName(config.userProtocols)
  return config.userVservers.find(vserver => {
    const spoken = protocolsOf(vserver, name => protocols.get(name))
    return vservers.includes(vserver.name) && spoken.length > 0 &&
      !speaks(spoken, 'http')
  })?.name
}

/** What is wrong with the mode of one check; undefined: nothing. */
const ruleFault = (
  group: ManagedGroupName,
  id: string,
  mode: ManagedMode,
  ids: readonly string[]
): string | undefined => {
  const scored = group === 'owasp-crs'
  const rule = managedRuleOf(group, id)
  if (rule === undefined && !(scored && CRS_RULE.test(id)))
    return `group ${group} has no check '${id}'; there are: ${describeChoices(ids)}${
      scored ? ', and rules of the Core Rule Set by their six digits' : ''
    }`
  if (rule?.fixed === true && mode !== 'default') return `${id} has no modes; expected default`
  if (scored && mode !== 'default' && mode !== 'on' && mode !== 'off')
    return `rules of the Core Rule Set give points, and the mode of the group says what their sum does: expected ${
      describeChoices(['default', 'on', 'off'])
    }; got ${mode}`
  return undefined
}
