import { z } from 'zod'
import { ipFamily } from './address.ts'
import { describeValue } from './describe-value.ts'
import { canonicalHost } from './host-name.ts'
import { hostFault } from './host.ts'
import { comment, name } from './name.ts'
import { normalPath } from './normal-path.ts'

/** What a trigger's pattern is about. */
export interface TriggerPattern {
  /** Undefined: both. */
  readonly secure: boolean | undefined
  /** In canonical form; `''` with `hosts` `any`. */
  readonly host: string
  /**
   * `exact`: this name. `below`: every name below it. `within`: it, and every name below it. `any`: every name, and
   * none.
   */
  readonly hosts: 'exact' | 'below' | 'within' | 'any'
  /** In its normal form. */
  readonly path: string
  /** The path is the beginning of those that match. */
  readonly prefix: boolean
}

const PARTS = /^(?:(https?):\/\/)?([^/?#]*)(\/[^?#]*)?$/i
const FORMS = 'HOST/PATH, where HOST is a name, "*.NAME", "*NAME" or "*", and PATH may end with "*"'

/** Returns the parts of a pattern, or its fault as text. */
export const parseTriggerPattern = (text: string): TriggerPattern | string => {
  const parts = PARTS.exec(text)
  if (parts === null) return `a pattern has no query and no fragment; expected ${FORMS}`
  const [, scheme, given = '', path = '/'] = parts
  const prefix = path.endsWith('*')
  const plain = prefix ? path.slice(0, -1) : path
  if (plain.includes('*')) return `a path has its "*" at the end, and nowhere else; expected ${FORMS}`
  if (!/^[!-~]*$/.test(plain)) return 'a path has visible ASCII characters, others percent-encoded'
  const wild = given.startsWith('*')
  const below = given.startsWith('*.')
  const host = canonicalHost(given.slice(below ? 2 : wild ? 1 : 0))
  const secure = scheme === undefined ? undefined : scheme.toLowerCase() === 'https'
  const rest = { secure, path: normalPath(plain), prefix }
  if (given === '*') return { ...rest, host: '', hosts: 'any' }
  if (given === '') return `a pattern names the host; expected ${FORMS}`
  if (host.includes('*')) return `a host has its "*" at the beginning, and nowhere else; expected ${FORMS}`
  if (/:\d+$/.test(host) && ipFamily(host) === undefined)
    return 'expected a host without a port: every port of a host is the same name'
  const bare = host.startsWith('[') && host.endsWith(']') ? canonicalHost(host.slice(1, -1)) : host
  if (ipFamily(bare) !== undefined)
    return wild
      ? 'an address has no labels that a wildcard could stand for'
      : { ...rest, host: bare, hosts: 'exact' }
  const fault = hostFault(host)
  return fault ?? { ...rest, host, hosts: below ? 'below' : wild ? 'within' : 'exact' }
}

/** A text that `parseTriggerPattern` has found valid, with its parts. */
export const triggerPattern = z.string().min(1).max(2048).check(context => {
  const parsed = parseTriggerPattern(context.value)
  if (typeof parsed === 'string')
    context.issues.push({
      code: 'custom',
      message: `${parsed}; got ${describeValue(context.value)}`,
      input: context.value
    })
})

/** Which requests an edge function decides on. */
export const trigger = z.strictObject({
  name: name.describe('Name of the trigger.'),
  pattern: triggerPattern.describe(
    'Host and path: `www.example.com/mqtt*`. The host is a name, `*.NAME` for every name below it, `*NAME` for it and those, or `*`. The path is the whole path, or ends with `*`; without one it is `/`. `https://` or `http://` before it restricts the scheme. Of several triggers that match a request, the most specific counts: by its host, then by its path. Paths are compared in their normal form, without the query.'
  ),
  function: name.optional().describe(
    'Edge function that decides. Default: none; the requests pass, although a less specific trigger matches them.'
  ),
  vservers: z.array(name).max(4096).default([]).describe(
    'User vservers to which it applies. Empty: all that take HTTP requests or WebSockets.'
  ),
  state: z.enum(['enabled', 'disabled']).default('enabled').describe('A disabled trigger matches nothing.'),
  comment
})
export type Trigger = z.infer<typeof trigger>
