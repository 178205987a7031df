import type { Framing } from '../framing.ts'
import { checkFraming } from './check-framing.ts'
import type { ProbeDeclaration, SideDeclaration } from './declaration.ts'
import { shown, type Issues } from './issues.ts'

/** Read how servers are probed. `server` frames the replies if the probe has no framing of its own. */
export const checkProbe = (issues: Issues, value: unknown, server: SideDeclaration | undefined): ProbeDeclaration | undefined => {
  if (value === undefined) return undefined
  const given = issues.record('probe', value, ['send', 'judge', 'framing'])
  for (const part of ['send', 'judge']) if (given[part] !== true) issues.add(`probe.${part}`, `expected a function, got ${given[part] === false ? 'nothing' : shown(given[part])}`)
  return { framing: checkAnswer(issues, given['framing'], server) }
}

const checkAnswer = (issues: Issues, value: unknown, server: SideDeclaration | undefined): Framing => {
  if (value !== undefined) return checkFraming(issues, 'probe.framing', value)
  if (server?.kind === 'messages') return server.framing
  issues.add('probe.framing', 'missing: nothing says where an answer ends; give it, or server: { framing }')
  return { kind: 'fixed', size: 1 }
}
