import { describe, expect, test } from 'vitest'
import { checkConfig } from './check-config.ts'
import type { ConfigInput } from './entity-input.ts'
import type { WeirError } from './error.ts'
import { parseConfig } from './parse-config.ts'
import { usedBy } from './references.ts'

type GlbInput = NonNullable<ConfigInput['glbs']>[number]

const glb = (name: string, more: Partial<GlbInput> = {}): GlbInput => ({
  name,
  match: { hosts: [`${name}.example`] },
  pools: [{ name: 'lb' }],
  ...more
})

/**
 * A vserver `w` with WebSockets and requests, `s` with TLS, `t` without, and `h` with requests alone; each asks these
 * GLBs.
 */
const config = (
  glbs: readonly GlbInput[],
  asks: Readonly<Partial<Record<'w' | 's' | 't' | 'h', readonly string[]>>> = { w: glbs.map(({ name }) => name) },
  lbVservers?: ConfigInput['lbVservers']
): ConfigInput => ({
  extensions: [{ name: 'e', source: 'x' }],
  userProtocols: [{ name: 'ws', transport: 'wss', extension: 'e' }, { name: 'ssl', transport: 'ssl', extension: 'e' }, { name: 'tcp', transport: 'tcp', extension: 'e' }, { name: 'http', transport: 'http' }],
  lbVservers: lbVservers ?? [{ name: 'lb' }, { name: 'lb2', type: 'USER_WSS' }, { name: 'web', type: 'HTTP' }, { name: 'web2', type: 'HTTPS' }],
  glbs,
  userVservers: ([['w', 'ws'], ['s', 'ssl'], ['t', 'tcp'], ['h', 'http']] as const).map(([name, protocol]) => ({
    name,
    protocol,
    port: 0,
    defaultLb: protocol === 'http' ? 'web' : 'lb',
    ...(protocol === 'ws' ? { http: { defaultLb: 'web' } } : {}),
    glbs: asks[name] ?? []
  }))
})

const faultOf = (input: ConfigInput): object | undefined => {
  try {
    checkConfig(parseConfig(input))
  } catch (error) {
    const { code, issues } = error as WeirError
    return { code, ...issues[0] }
  }
  return undefined
}

const choices = 'Choices: a name, "*." and a name, or "*"'

describe('a GLB', () => {
  test('is kept with its names in one form', () => {
    const { match } = parseConfig({
      glbs: [
        glb('g', {
          match: {
            hosts: [
              'WWW.Example.COM.',
              '*.Example.com',
              '*',
              'Bücher.example',
              '*.bücher.example',
              'bücher。example。',
              '10.0.0.1',
              '::0001'
            ]
          }
        })
      ]
    }).glbs[0]!
    expect(match.hosts).toEqual([
      'www.example.com',
      '*.example.com',
      '*',
      'xn--bcher-kva.example',
      '*.xn--bcher-kva.example',
      'xn--bcher-kva.example',
      '10.0.0.1',
      '::1'
    ])
  })

  test.each<[string, GlbInput['match'], string, string]>([
    ['without a name', {}, 'match', 'names no clients; expected `hosts`, `sni` or `field`'],
    ['with an empty list of hosts', { hosts: [] }, 'match.hosts', 'must be at least 1 entries long; got 0'],
    ['with an empty host', { hosts: [''] }, 'match.hosts[0]', `expected a host name; got "". ${choices}`],
    ['with a wildcard inside a name', { hosts: ['a.*.b'] }, 'match.hosts[0]', `a wildcard stands for whole labels at the beginning, as in "*.example.com", and nowhere else; got "a.*.b". ${choices}`],
    ['with a wildcard for a part of a label', { hosts: ['ok.example', 'a*.example'] }, 'match.hosts[1]', `a wildcard stands for whole labels at the beginning, as in "*.example.com", and nowhere else; got "a*.example". ${choices}`],
    ['with two wildcards', { sni: ['*.*.example'] }, 'match.sni[0]', `a wildcard stands for whole labels at the beginning, as in "*.example.com", and nowhere else; got "*.*.example". ${choices}`],
    ['with a wildcard for nothing', { hosts: ['*.'] }, 'match.hosts[0]', `expected a host name; got "*.". ${choices}`],
    [
      'with a port',
      { hosts: ['a.example:443'] },
      'match.hosts[0]',
      `expected a name without a port: every port of a host is the same name; got "a.example:443". ${choices}`
    ],
    [
      'with a URL',
      { hosts: ['https://a.example/x'] },
      'match.hosts[0]',
      `expected an IP address or a host name, not a URL: "a.example"; got "https://a.example/x". ${choices}`
    ],
    [
      'with a path behind a name of other letters',
      { hosts: ['bücher.example/x'] },
      'match.hosts[0]',
      `expected an IP address, or a host name of letters, digits, "-", "_" and "."; got "bücher.example/x". ${choices}`
    ],
    [
      'with a user in front of such a name',
      { hosts: ['user@bücher.example'] },
      'match.hosts[0]',
      `expected an IP address, or a host name of letters, digits, "-", "_" and "."; got "user@bücher.example". ${choices}`
    ],
    [
      'with a space in such a name',
      { sni: ['bücher.example '] },
      'match.sni[0]',
      `expected an IP address, or a host name of letters, digits, "-", "_" and "."; got "bücher.example ". ${choices}`
    ],
    [
      'with an address as server name',
      { sni: ['10.0.0.1'] },
      'match.sni[0]',
      `expected a host name: TLS clients send no addresses (RFC 6066 §3); got "10.0.0.1". ${choices}`
    ],
    [
      'with a path without a slash',
      { hosts: ['a.example'], path: 'api' },
      'match.path',
      'expected a path that begins with "/", such as "/api"; got "api"'
    ],
    [
      'with a query in the path',
      { hosts: ['a.example'], path: '/api?x' },
      'match.path',
      'expected a path without "?" and "#"'
    ],
    [
      'with spaces in the path',
      { hosts: ['a.example'], path: '/a b' },
      'match.path',
      'expected a path of visible ASCII characters, others percent-encoded; got "/a b"'
    ]
  ])('%s is refused', (_, match, path, message) => {
    expect(faultOf(config([glb('g', { match })]))).toEqual({ code: 'config-invalid', path: `glbs[0].${path}`, message })
  })

  test.each<[string, ConfigInput, string, string, string]>([
    ['a pool that is missing', config([glb('g', { pools: [{ name: 'lb' }, { name: 'x' }] })]), 'reference-unknown', 'glbs[0].pools[1].name', "no LB vserver 'x'; there are: lb, lb2, web, web2"],
    ['a fallback that is missing', config([glb('g', { fallback: 'x' })]), 'reference-unknown', 'glbs[0].fallback', "no LB vserver 'x'; there are: lb, lb2, web, web2"],
    ['no pools', config([glb('g', { pools: [] })]), 'config-invalid', 'glbs[0].pools', 'must be at least 1 entries long; got 0'],
    ['a pool that is there twice', config([glb('g', { pools: [{ name: 'lb' }, { name: 'lb' }] })]), 'config-invalid', 'glbs[0].pools[1].name', "LB vserver 'lb' is a pool of GLB 'g' already"],
    ['pools of requests and of clients', config([glb('g', { pools: [{ name: 'lb' }, { name: 'web' }] })]), 'config-invalid', 'glbs[0].pools[1].name', "LB vserver 'web' is of type HTTP and serves no clients of an extension, as the first pool does; those that do: lb, lb2"],
    ['a fallback for others', config([glb('g', { pools: [{ name: 'web' }], fallback: 'lb' })]), 'config-invalid', 'glbs[0].fallback', "LB vserver 'lb' is of type USER_TCP and answers no HTTP requests, as the first pool does; those that do: web, web2"],
    ['affinity of requests', config([glb('g', { pools: [{ name: 'web' }], affinity: { type: 'user-session' } })]), 'config-invalid', 'glbs[0].affinity.type', "HTTP requests have no session key of an extension, so GLB 'g' takes one of none, source-ip, ssl-session, cookie, rule; got \"user-session\""],
    ['a loop of backups', config([glb('g')], { w: ['g'] }, [{ name: 'lb', backup: 'b' }, { name: 'b', backup: 'lb' }, { name: 'web', type: 'HTTP' }]), 'config-invalid', 'lbVservers[0].backup', 'backups form a cycle: lb → b → lb'],
    ['two with one host', config([glb('g'), glb('h', { match: { hosts: ['x.example', 'G.example.'] } })]), 'config-invalid', 'userVservers[0].glbs[1]', `GLB 'h' and GLB 'g' both match host "g.example"; disable one, or give one another name or path`],
    ['two with one host and path', config([glb('g', { match: { hosts: ['a.example'], path: '/x' } }), glb('h', { match: { hosts: ['a.example'], path: '/x' } })]), 'config-invalid', 'userVservers[0].glbs[1]', `GLB 'h' and GLB 'g' both match host "a.example" with path "/x"; disable one, or give one another name or path`],
    ['two with one server name', config([glb('g', { match: { sni: ['*'] } }), glb('h', { match: { sni: ['*'] } })], { s: ['g', 'h'] }), 'config-invalid', 'userVservers[1].glbs[1]', `GLB 'h' and GLB 'g' both match server name "*"; disable one, or give one another name or path`],
    ['one that is bound twice', config([glb('g')], { w: ['g', 'g'] }), 'config-invalid', 'userVservers[0].glbs[1]', "GLB 'g' is bound twice"],
    ['one that is missing', config([glb('g')], { w: ['x'] }), 'reference-unknown', 'userVservers[0].glbs[0]', "no GLB 'x'; there are: g"],
    ['requests where there are none', config([glb('g', { pools: [{ name: 'web' }] })], { t: ['g'] }), 'config-invalid', 'userVservers[2].glbs[0]', "GLB 'g' has pools for HTTP requests, and user protocol 'tcp' is tcp"],
    ['clients where there are none', config([glb('g')], { h: ['g'] }), 'config-invalid', 'userVservers[3].glbs[0]', "GLB 'g' has pools for clients of an extension, and user protocol 'http' is http"],
    ['hosts where no client has one', config([glb('g')], { s: ['g'] }), 'config-invalid', 'userVservers[1].glbs[0]', "GLB 'g' matches by `hosts`, and no client of this user vserver sends a Host header: 'ssl' is ssl; use `sni`"],
    ['server names where all speak HTTP', config([glb('g', { match: { sni: ['a.example'] } })], { w: ['g'] }), 'config-invalid', 'userVservers[0].glbs[0]', "GLB 'g' matches by `sni` clients that speak TLS and no HTTP, and 'ws' is wss; use `hosts`"],
    ['a field of requests', config([glb('g', { match: { hosts: ['a.example'], field: { name: 'f', values: ['x'] } }, pools: [{ name: 'web' }] })], { h: ['g'] }), 'config-invalid', 'userVservers[3].glbs[0]', "GLB 'g' matches a field, and its pools are for HTTP requests, which no extension sees"],
    ['a path where there is none', config([glb('g', { match: { sni: ['a.example'], path: '/x' } })], { s: ['g'] }), 'config-invalid', 'userVservers[1].glbs[0]', "GLB 'g' matches a path, and no client of this user vserver sends one: 'ssl' is ssl"],
    ['two with one value of a field', config([glb('g', { match: { field: { name: 'f', values: ['x', 'y'] } } }), glb('h', { match: { field: { name: 'f', values: ['y'] } } })], { t: ['g', 'h'] }), 'config-invalid', 'userVservers[2].glbs[1]', `GLB 'h' and GLB 'g' both match host "*" with f "y"; disable one, or give one another name or path`],
    ['TLS that passes by a host', config([glb('g', { proxied: false })]), 'config-invalid', 'glbs[0].match', "GLB 'g' is not proxied: its clients are known by `sni` alone, which it does not have"],
    ['TLS that passes by a path', config([glb('g', { proxied: false, match: { sni: ['a.example'], path: '/x' } })]), 'config-invalid', 'glbs[0].match.path', "GLB 'g' is not proxied: its clients are known by `sni` alone; leave out `path`"],
    ['TLS that passes to requests', config([glb('g', { proxied: false, match: { sni: ['a.example'] }, pools: [{ name: 'web' }] })]), 'config-invalid', 'glbs[0].pools[0].name', "GLB 'g' is not proxied: TLS passes to services of type USER_TCP; LB vserver 'web' is of type HTTP"],
    ['TLS that passes to a backup with TLS', config([glb('g', { proxied: false, match: { sni: ['a.example'] } })], {}, [{ name: 'lb', backup: 'b' }, { name: 'b', backup: 'c' }, { name: 'c', type: 'USER_SSL_TCP' }, { name: 'web', type: 'HTTP' }]), 'config-invalid', 'glbs[0].pools[0].name', "GLB 'g' is not proxied: TLS passes to services of type USER_TCP; LB vserver 'c', which is a backup of 'lb', is of type USER_SSL_TCP"],
    ['TLS that passes with affinity', config([glb('g', { proxied: false, match: { sni: ['a.example'] }, affinity: { type: 'user-session' } })]), 'config-invalid', 'glbs[0].affinity.type', "GLB 'g' is not proxied: its clients are known by their addresses alone; expected \"source-ip\" or \"none\", got \"user-session\""],
    ['TLS that passes where there is none', config([glb('g', { proxied: false, match: { sni: ['a.example'] } })], { t: ['g'] }), 'config-invalid', 'userVservers[2].glbs[0]', "GLB 'g' passes TLS, and user protocol 'tcp' is tcp"],
    ['TLS that passes by the name of a host', config([glb('g'), glb('h', { proxied: false, match: { sni: ['g.example'] } })]), 'config-invalid', 'userVservers[0].glbs[1]', `GLB 'h' and GLB 'g' both match host "g.example"; disable one, or give one another name or path`],
    ['server names of requests', config([glb('g', { match: { sni: ['a.example'] }, pools: [{ name: 'web' }] })], { h: ['g'] }), 'config-invalid', 'userVservers[3].glbs[0]', "GLB 'g' has pools for HTTP requests, which are matched by `hosts`; it has `sni`"]
  ])('%s is refused', (_, input, code, path, message) => { expect(faultOf(input)).toEqual({ code, path, message }) })

  test('may share a host with one for other clients, for another path, or that is disabled', () => {
    expect(faultOf(config([
      glb('g'),
      glb('requests', { match: { hosts: ['g.example'] }, pools: [{ name: 'web' }], fallback: 'web2' }),
      glb('path', { match: { hosts: ['g.example'], path: '/x' } }),
      glb('off', { match: { hosts: ['g.example'] }, state: 'disabled' })
    ]))).toBeUndefined()
  })

  test('keeps its pools, and a user vserver keeps it', () => {
    const parsed = parseConfig(config([glb('g', { fallback: 'lb2' })]))
    expect([usedBy(parsed, 'lbVservers', 'lb2'), usedBy(parsed, 'glbs', 'g')].map(uses => uses.map(({ path }) => path)))
      .toEqual([['glbs[0].fallback'], ['userVservers[0].glbs[0]']])
    expect(usedBy(parsed, 'lbVservers', 'lb').map(({ path }) => path)).toContain('glbs[0].pools[0].name')
  })
})
