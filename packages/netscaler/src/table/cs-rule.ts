import type { Reading } from '../grammar/kind.ts'

const term = /^\s*([A-Z_.]+?(?:\("HOST"\))?)(?:\.SET_TEXT_MODE\(\s*IGNORECASE\s*\)|\.TO_LOWER)?\.(EQ|ENDSWITH|STARTSWITH)\(\s*"([^"\\]+)"\s*\)\s*(\|\||&&|$)/i

/** The part of a match that each kind of expression has: hosts, names of TLS, the beginning of a path. */
const fields: Readonly<Record<string, 'hosts' | 'sni' | 'path'>> = {
  'HTTP.REQ.HOSTNAME': 'hosts', 'HTTP.REQ.HOSTNAME.SERVER': 'hosts', 'HTTP.REQ.HEADER("HOST")': 'hosts',
  'CLIENT.SSL.CLIENT_HELLO.SNI': 'sni', 'CLIENT.SSL.DETECTED_SNI': 'sni',
  'HTTP.REQ.URL': 'path', 'HTTP.REQ.URL.PATH': 'path'
}

interface Term { readonly field: 'hosts' | 'sni' | 'path', readonly value: string }

/**
 * Read a rule of content switching as far as a GLB can match: names joined by `||`, or one name and the beginning of a
 * path joined by `&&`. Any other expression is outside of Weir's world.
 */
export const readCsRule = (rule: string): Reading => {
  const outside = { outside: 'this expression is about more than names, or one name and the beginning of a path' }
  const terms: Term[] = []
  const joints = new Set<string>()
  let rest = rule.trim()
  do {
    const match = term.exec(rest)
    const read = match === null ? undefined : termOf(match[1]!, match[2]!, match[3]!)
    if (match === null || read === undefined) return outside
    terms.push(read)
    rest = rest.slice(match[0].length)
    if (match[4] !== '') joints.add(match[4]!)
    else if (rest !== '') return outside
    if (match[4] !== '' && rest.trim() === '') return outside
  } while (rest !== '')
  const names = terms.filter(({ field }) => field !== 'path')
  const paths = terms.filter(({ field }) => field === 'path')
  const together = paths.length === 1 && names.length === 1 && !joints.has('||')
  if (!together && (paths.length > 0 || joints.has('&&'))) return outside
  const [hosts, sni] = (['hosts', 'sni'] as const).map(kind =>
    names.filter(({ field }) => field === kind).map(({ value }) => value)
  )
  return {
    value: {
      ...hosts!.length > 0 ? { hosts } : {},
      ...sni!.length > 0 ? { sni } : {},
      ...paths[0] === undefined ? {} : { path: paths[0].value }
    }
  }
}

const termOf = (expression: string, operation: string, value: string): Term | undefined => {
  const field = fields[expression.toUpperCase()]
  const how = operation.toUpperCase()
  if (field === 'path')
    return how === 'STARTSWITH'
      ? { field, value: value.length > 1 ? value.replace(/\/$/, '') : value }
      : undefined
  if (field === undefined) return undefined
  if (how === 'EQ') return { field, value: value.toLowerCase() }
  return how === 'ENDSWITH' && value.startsWith('.') ? { field, value: `*${value.toLowerCase()}` } : undefined
}
