import type { TlsStepDeclaration } from './declaration.ts'
import { shown, type Issues } from './issues.ts'

const MAX_STEPS = 16
/** Most bytes of one step, in either direction. */
const MAX_BYTES = 4096

/** Read how TLS is started with servers. */
export const checkTlsSteps = (issues: Issues, value: unknown): readonly TlsStepDeclaration[] | undefined => {
  if (value === undefined) return undefined
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_STEPS) {
    issues.add('serverTls', `expected a list of 1 to ${MAX_STEPS} steps, got ${shown(value)}`)
    return undefined
  }
  return value.map((step, i) => {
    const path = `serverTls[${i}]`
    const given = issues.record(path, step, ['send', 'accepts', 'line', 'skips'])
    const text = (name: 'accepts' | 'skips'): string => {
      const got = given[name]
      if (
        typeof got === 'string' && got.length > 0 && got.length <= MAX_BYTES &&
        [...got].every(character => character.charCodeAt(0) < 256)
      ) return got
      issues.add(`${path}.${name}`, `expected 1 to ${MAX_BYTES} latin1 characters, got ${shown(got)}`)
      return ''
    }
    const line = given['line'] ?? false
    if (typeof line !== 'boolean') issues.add(`${path}.line`, `expected true or false, got ${shown(line)}`)
    if (given['skips'] !== undefined && line !== true) issues.add(`${path}.skips`, 'needs line: true')
    return {
      send: given['send'] === undefined ? [] : issues.bytes(`${path}.send`, given['send'], MAX_BYTES),
      accepts: text('accepts'),
      line: line === true,
      skips: given['skips'] === undefined ? undefined : text('skips')
    }
  })
}
