import type { Framing } from '../framing.ts'
import { checkFraming } from './check-framing.ts'
import { checkParamSpec } from './check-param-spec.ts'
import type { ProbeDeclaration, SideDeclaration } from './declaration.ts'
import { shown, type Issues } from './issues.ts'
import { MAX_PROBE_SECRETS } from './probe-call.ts'

const NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/

/** Read how servers are probed. `server` frames the replies if the probe has no framing of its own. */
export const checkProbe = (
  issues: Issues,
  value: unknown,
  server: SideDeclaration | undefined
): ProbeDeclaration | undefined => {
  if (value === undefined) return undefined
  const given = issues.record('probe', value, ['params', 'secrets', 'checkParams', 'send', 'judge', 'framing'])
  for (const part of ['send', 'judge'])
    if (given[part] !== true) issues.add(
        `probe.${part}`,
        `expected a function, got ${given[part] === false ? 'nothing' : shown(given[part])}`
      )
  const checks = given['checkParams'] ?? false
  if (typeof checks !== 'boolean') issues.add('probe.checkParams', `expected a function, got ${shown(checks)}`)
  return {
    framing: checkAnswer(issues, given['framing'], server),
    params: checkParamSpec(issues, 'probe.params', given['params']),
    secrets: checkSecrets(issues, given['secrets']),
    checks: checks === true
  }
}

const checkSecrets = (issues: Issues, value: unknown): readonly string[] => {
  if (value === undefined) return []
  if (!Array.isArray(value) || value.length > MAX_PROBE_SECRETS) {
    issues.add(
      'probe.secrets',
      `expected a list of at most ${MAX_PROBE_SECRETS} names, got ${Array.isArray(value) ? value.length : shown(value)}`
    )
    return []
  }
  const names = value.map((name, i) =>
    issues.match(`probe.secrets[${i}]`, name, NAME, 'a letter, then letters, digits and "_", at most 64')
  )
  const twice = names.findIndex((name, i) => names.indexOf(name) !== i)
  if (twice !== -1) issues.add(`probe.secrets[${twice}]`, 'declared twice')
  return names
}

const checkAnswer = (issues: Issues, value: unknown, server: SideDeclaration | undefined): Framing => {
  if (value !== undefined) return checkFraming(issues, 'probe.framing', value)
  if (server?.kind === 'messages') return server.framing
  issues.add('probe.framing', 'missing: nothing says where an answer ends; give it, or server: { framing }')
  return { kind: 'fixed', size: 1 }
}
