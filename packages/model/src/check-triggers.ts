// Constraints on triggers: two that match the same requests leave it open which of them counts.
import type { Config } from './config.ts'
import type { Finding } from './finding.ts'
import { parseTriggerPattern, type Trigger } from './trigger.ts'

const keyOf = ({ pattern }: Trigger): string => {
  const parsed = parseTriggerPattern(pattern)
  return typeof parsed === 'string'
    ? pattern
    : JSON.stringify([parsed.secure, parsed.hosts, parsed.host, parsed.path, parsed.prefix])
}

const overlap = (a: Trigger, b: Trigger): boolean => {
  if (a.vservers.length === 0 || b.vservers.length === 0) return a.vservers.length === b.vservers.length
  const names = new Set(a.vservers)
  return b.vservers.some(name => names.has(name))
}

/**
 * No two triggers have the same pattern at the same user vserver; one that names its vservers comes before one that
 * does not.
 */
export function * triggerPatterns (config: Config): Generator<Finding> {
  const seen = new Map<string, Trigger[]>()
  for (const [i, trigger] of config.triggers.entries()) {
    const key = keyOf(trigger)
    const same = seen.get(key) ?? []
    const other = same.find(each => overlap(each, trigger))
    if (other !== undefined) yield { code: 'config-invalid', path: `triggers[${i}].pattern`, message: `trigger '${other.name}' has the pattern "${trigger.pattern}" already; expected another pattern, or other vservers` }
    same.push(trigger)
    seen.set(key, same)
  }
}
