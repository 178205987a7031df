import { describe, expect, test } from 'vitest'
import { checkConfig } from './check-config.ts'
import type { ConfigInput } from './entity-input.ts'
import { parseConfig, parseEntity } from './parse-config.ts'
import { sessionTable, tableParts } from './persistence.ts'

const refused = (run: () => unknown): unknown => {
  try {
    run()
  } catch (error) {
    const { code, issues } = error as {
      readonly code: string
      readonly issues: readonly { readonly path: string, readonly message: string }[]
    }
    return { code, issues: issues.map(({ path, message }) => `${path}: ${message}`) }
  }
  return undefined
}
const lb = (persistence: unknown): unknown => refused(() => parseEntity('lbVservers', { name: 'l', persistence }))

test.each([
  [
    { type: 'sourceip' },
    'persistence.type: expected one of none, user-session, source-ip, ssl-session, cookie, rule; got "sourceip"'
  ],
  [{ type: 'source-ip', sourceIp: { ipv4Prefix: 33 } }, 'persistence.sourceIp.ipv4Prefix: must be at most 32; got 33'],
  [{ type: 'source-ip', sourceIp: { ipv6Prefix: 0 } }, 'persistence.sourceIp.ipv6Prefix: must be at least 1; got 0'],
  [{ type: 'source-ip', sourceIp: { ipv4Prefix: 23.5 } }, 'persistence.sourceIp.ipv4Prefix: expected int, got 23.5'],
  [{ type: 'user-session', sourceIp: {} }, 'persistence.sourceIp: only type "source-ip" takes it; got "user-session"'],
  [{ type: 'source-ip', maxEntries: 0 }, 'persistence.maxEntries: must be at least 1; got 0'],
  [
    { type: 'cookie', cookie: { name: 'a b' } },
    'persistence.cookie.name: expected a cookie name: letters, digits and !#$%&\'*+-.^_`|~; got "a b"'
  ],
  [
    { type: 'cookie', cookie: { name: 'a=b' } },
    'persistence.cookie.name: expected a cookie name: letters, digits and !#$%&\'*+-.^_`|~; got "a=b"'
  ],
  [
    { type: 'cookie', cookie: { name: 'a\r\nSet-Cookie: x' } },
    'persistence.cookie.name: expected a cookie name: letters, digits and !#$%&\'*+-.^_`|~; got "a\\r\\nSet-Cookie: x"'
  ],
  [
    { type: 'cookie', cookie: { name: '' } },
    'persistence.cookie.name: expected a cookie name: letters, digits and !#$%&\'*+-.^_`|~; got ""'
  ],
  [
    { type: 'cookie', cookie: { sameSite: 'none' } },
    'persistence.cookie.secure: browsers refuse SameSite=None without Secure; expected "always", got "auto"'
  ],
  [
    { type: 'cookie', cookie: { name: '__Secure-a', secure: 'never' } },
    'persistence.cookie.secure: browsers refuse a cookie named __Secure-a without Secure; expected "always", got "never"'
  ],
  [{ type: 'cookie', cookie: { maxAgeSeconds: 0 } }, 'persistence.cookie.maxAgeSeconds: must be at least 1; got 0'],
  [{ type: 'source-ip', cookie: {} }, 'persistence.cookie: only type "cookie" takes it; got "source-ip"'],
  [{ type: 'rule' }, 'persistence.rule: missing: "rule" needs a field or a header'],
  [{ type: 'rule', rule: {} }, 'persistence.rule: expected either `field` or `header`'],
  [{ type: 'rule', rule: { field: 'f', header: 'h' } }, 'persistence.rule: expected either `field` or `header`'],
  [{ type: 'rule', rule: { header: 'x y' } }, 'persistence.rule.header: expected the name of a header; got "x y"'],
  [{ type: 'cookie', rule: { header: 'x' } }, 'persistence.rule: only type "rule" takes it; got "cookie"'],
  [
    { secondary: 'source-ip' },
    'persistence.secondary: there is no first type; leave it out, or give it as `type`: got "source-ip"'
  ],
  [
    { type: 'source-ip', secondary: 'source-ip' },
    'persistence.secondary: "source-ip" is the first type already; expected another'
  ],
  [
    { type: 'source-ip', secondary: 'none' },
    'persistence.secondary: expected one of user-session, source-ip, ssl-session, cookie, rule; got "none"'
  ]
])('%j is refused', (persistence, issue) => {
  expect(lb(persistence)).toEqual({ code: 'config-invalid', issues: [issue] })
})

test('the name of a header is the same in any letters', () => {
  expect(
    parseEntity('lbVservers', { name: 'l', persistence: { type: 'rule', rule: { header: 'X-Tenant' } } }).persistence
      .rule
  ).toEqual({ header: 'x-tenant' })
})

describe('clients that cannot have such a key are refused', () => {
  const config = (
    transport: 'tcp' | 'ws' | 'http',
    persistence: object,
    more: Partial<ConfigInput> = {}
  ): ConfigInput => ({
    extensions: transport === 'http' ? [] : [{ name: 'e', builtin: 'mqtt' }],
    userProtocols: [transport === 'http' ? { name: 'p', transport } : { name: 'p', transport, extension: 'e' }],
    lbVservers: [{ name: 'l', type: transport === 'http' ? 'HTTP' : 'USER_TCP', persistence }],
    userVservers: [{ name: 'v', protocol: 'p', port: 1, defaultLb: 'l' }],
    ...more
  })
  const check = (input: ConfigInput): unknown => refused(() => { checkConfig(parseConfig(input)) })

  test.each(
    [
      [
        'tcp',
        { type: 'cookie' },
        'type: LB vserver \'l\' keeps clients by "cookie", and none speaks HTTP at the user vservers that lead there: v'
      ],
      [
        'tcp',
        { type: 'user-session', secondary: 'cookie' },
        'secondary: LB vserver \'l\' keeps clients by "cookie", and none speaks HTTP at the user vservers that lead there: v'
      ],
      [
        'tcp',
        { type: 'rule', rule: { header: 'x' } },
        'type: LB vserver \'l\' keeps clients by "rule", and none speaks HTTP at the user vservers that lead there: v'
      ],
      [
        'ws',
        { type: 'ssl-session' },
        'type: LB vserver \'l\' keeps clients by "ssl-session", and none speaks TLS at the user vservers that lead there: v'
      ],
      [
        'http',
        { type: 'user-session' },
        'type: HTTP requests have no session key of an extension, so LB vserver \'l\' takes one of none, source-ip, ssl-session, cookie, rule; got "user-session"'
      ],
      [
        'http',
        { type: 'cookie', secondary: 'user-session' },
        'secondary: HTTP requests have no session key of an extension, so LB vserver \'l\' takes one of none, source-ip, ssl-session, cookie, rule; got "user-session"'
      ],
      [
        'http',
        { type: 'rule', rule: { field: 'f' } },
        'rule.field: no extension publishes fields of HTTP requests, so LB vserver \'l\' takes a `header`'
      ]
    ] as const
  )('%s, %j', (transport, persistence, issue) => {
    expect(check(config(transport, persistence))).toEqual({
      code: 'config-invalid',
      issues: [`lbVservers[0].persistence.${issue}`]
    })
  })

  test.each([['ws', { type: 'cookie' }], ['ws', { type: 'rule', rule: { header: 'x' } }], ['tcp', { type: 'ssl-session' }], ['http', { type: 'cookie', secondary: 'source-ip' }]] as const)('but not %s, %j', (transport, persistence) => {
    expect(check(config(transport, persistence))).toBeUndefined()
  })

  test('nor where no user vserver leads yet', () => {
    expect(check({ lbVservers: [{ name: 'l', persistence: { type: 'cookie' } }] })).toBeUndefined()
  })
})

test.each([['lb', 'user-session', 'lb'], ['lb', 'source-ip', 'source-ip/lb'], ['glb/g', 'user-session', 'glb/g'], ['glb/g', 'rule', 'rule/glb/g']] as const)('the table of %s by %s is %s', (balancer, type, table) => {
  expect([sessionTable(balancer, type), tableParts(table)]).toEqual([table, { balancer, type }])
})
