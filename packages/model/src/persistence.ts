import { z } from 'zod'

/** Maximum of every limit on session entries. */
export const MAX_SESSIONS = 50_000_000

/** What identifies a returning client. */
export const persistenceTypes = ['user-session', 'source-ip', 'ssl-session', 'cookie', 'rule'] as const
export type PersistenceType = typeof persistenceTypes[number]

/** RFC 9110 §5.6.2: names of headers and cookies. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** How persistence by cookie sets its cookie. */
export const persistenceCookie = z.strictObject({
  name: z.string().max(128).regex(TOKEN, 'expected a cookie name: letters, digits and !#$%&\'*+-.^_`|~').optional()
    .describe(
      'Name of the cookie. Default: `weir-` and eight hexadecimal digits that stand for the LB vserver or GLB.'
    ),
  secure: z.enum(['auto', 'always', 'never']).default('auto').describe(
    '`Secure`: browsers send the cookie over TLS only. `auto`: set for clients that came over TLS, here or at the balancer in front.'
  ),
  httpOnly: z.boolean().default(true).describe('`HttpOnly`: scripts of a page cannot read the cookie.'),
  sameSite: z.enum(['lax', 'strict', 'none']).default('lax').describe(
    '`SameSite`: requests from pages of other sites on which browsers send the cookie. `none` needs `secure: always`.'
  ),
  maxAgeSeconds: z.int().min(1).max(31_536_000).optional().describe(
    '`Max-Age`: lifetime of the cookie in the browser, from the response that set it. Default: until the browser is closed.'
  )
}).check(({ value, issues }) => {
  const { name = '', secure, sameSite } = value
  if (sameSite === 'none' && secure !== 'always')
    issues.push({
      code: 'custom',
      path: ['secure'],
      message: `browsers refuse SameSite=None without Secure; expected "always", got "${secure}"`,
      input: value
    })
  if (/^__(secure|host)-/i.test(name) && secure !== 'always')
    issues.push({
      code: 'custom',
      path: ['secure'],
      message: `browsers refuse a cookie named ${name} without Secure; expected "always", got "${secure}"`,
      input: value
    })
})
export type PersistenceCookie = z.infer<typeof persistenceCookie>

/** The value that persistence by rule identifies clients by: one of the two. */
export const persistenceRule = z.strictObject({
  field: z.string().min(1).max(128).optional().describe('Name of a field that the extension has published by its first forwarded message, as it declares it: `mqtt.connect.username`. Not of type `secret`.'),
  header: z.string().max(128).toLowerCase().regex(TOKEN, 'expected the name of a header').optional()
    .describe('Name of a header of the HTTP request, or of the one that opened the WebSocket. Entries have the SHA-256 of its value.')
}).check(({ value, issues }) => {
  if ((value.field === undefined) === (value.header === undefined))
    issues.push({ code: 'custom', message: 'expected either `field` or `header`', input: value })
})
export type PersistenceRule = z.infer<typeof persistenceRule>

/** The part of an address that persistence by address identifies clients by. */
export const persistenceSourceIp = z.strictObject({
  ipv4Prefix: z.int().min(1).max(32).default(32).describe(
    'Leading bits of an IPv4 address that identify a client. 24: clients of one /24 network share an entry.'
  ),
  ipv6Prefix: z.int().min(1).max(128).default(128).describe(
    'Leading bits of an IPv6 address that identify a client. Hosts often have a /64 network of their own.'
  )
})

/** What keeps a returning client at its service, or in its pool. */
export const persistence = z.strictObject({
  type: z.enum(['none', ...persistenceTypes]).default('none').describe(
    'What identifies a returning client: `user-session` the session key of the extension, `source-ip` its address or network, `ssl-session` its TLS session (up to TLS 1.2), `cookie` a cookie of Weir, `rule` a field or a header.'
  ),
  secondary: z.enum(persistenceTypes).optional().describe(
    'The same for a client that has no key of the first type, such as one without a cookie. Default: the balancing method decides.'
  ),
  timeoutSeconds: z.number().min(0).max(31_536_000).default(120).describe(
    'Lifetime of an entry after its last connection or request ended, in seconds.'
  ),
  maxEntries: z.int().min(1).max(MAX_SESSIONS).default(2_000_000).describe(
    'Maximum entries of each of the two types, some 150 bytes each. Beyond it, the entry whose last connection ended first is dropped. If all are held, a new client gets none.'
  ),
  sourceIp: persistenceSourceIp.optional().describe(
    'With `source-ip`: the part of an address that identifies a client. Default: all of it.'
  ),
  cookie: persistenceCookie.optional().describe('With `cookie`: how the cookie is set.'),
  rule: persistenceRule.optional().describe('With `rule`: the value that identifies a client.')
}).check(({ value, issues }) => {
  const { type, secondary, sourceIp, cookie, rule } = value
  const fault = (path: string, message: string): void => {
    issues.push({ code: 'custom', path: [path], message, input: value })
  }
  const has = (each: PersistenceType): boolean => type === each || secondary === each
  if (type === 'none' && secondary !== undefined)
    fault('secondary', `there is no first type; leave it out, or give it as \`type\`: got "${secondary}"`)
  if (secondary === type) fault('secondary', `"${secondary}" is the first type already; expected another`)
  if (has('rule') && rule === undefined) fault('rule', 'missing: "rule" needs a field or a header')
  for (const [field, each, settings] of [['sourceIp', 'source-ip', sourceIp], ['cookie', 'cookie', cookie], ['rule', 'rule', rule]] as const) {
    if (settings !== undefined && !has(each)) fault(field, `only type "${each}" takes it; got "${type}"${secondary === undefined ? '' : ` and "${secondary}"`}`)
  }
})
export type Persistence = z.infer<typeof persistence>

/** The types of persistence in the order in which they are asked. */
export const typesOf = ({ type, secondary }: Pick<Persistence, 'type' | 'secondary'>): readonly PersistenceType[] =>
  type === 'none' ? [] : secondary === undefined ? [type] : [type, secondary]

/** What the session tables of a GLB are named for, which name its pools; no LB vserver has such a name. */
export const affinityOf = (glb: string): string => `glb/${glb}`

/** Name of the session table of one type; `balancer`: an LB vserver, or a GLB as `affinityOf` names it. */
export const sessionTable = (balancer: string, type: PersistenceType): string =>
  type === 'user-session' ? balancer : `${type}/${balancer}`

/** Returns what a session table is of. */
export const tableParts = (table: string): { readonly balancer: string, readonly type: PersistenceType } => {
  const slash = table.indexOf('/')
  const type = persistenceTypes.find(each => each === table.slice(0, slash))
  return type === undefined ? { balancer: table, type: 'user-session' } : { balancer: table.slice(slash + 1), type }
}
