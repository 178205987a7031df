import { describe, expect, test } from 'vitest'
import { checkConfig } from './check-config.ts'
import type { ConfigInput } from './entity-input.ts'
import type { WeirError } from './error.ts'
import { parseConfig } from './parse-config.ts'
import { usedBy } from './references.ts'

type VserverInput = NonNullable<ConfigInput['userVservers']>[number]

const vserver = (name: string, more: Partial<VserverInput> = {}): VserverInput => ({
  name,
  protocol: 'p',
  port: 0,
  defaultLb: 'lb',
  ...more
})

const sound: ConfigInput = {
  extensions: [{ name: 'e', source: 'x' }],
  userProtocols: [{ name: 'p', transport: 'tcp', extension: 'e' }, { name: 'ps', transport: 'ssl', extension: 'e' }],
  certkeys: [{ name: 'c', cert: 'C', key: 'K' }, { name: 'ca', ca: 'A' }],
  services: [{ name: 'a', address: 'h', port: 1 }, { name: 'b', address: 'h', port: 2 }, { name: 't', address: 'h', port: 3, type: 'USER_SSL_TCP', tls: { ca: 'ca' } }],
  lbVservers: [{ name: 'lb', services: [{ name: 'a' }, { name: 'b' }], backup: 'spare' }, { name: 'spare' }],
  userVservers: [vserver('v'), vserver('vs', { protocol: 'ps', certificates: ['c'], lbVservers: ['spare'] })]
}

const check = (change: ConfigInput): WeirError | undefined => {
  const config = parseConfig({ ...sound, ...change })
  try { checkConfig(config) } catch (error) { return error as WeirError }
  return undefined
}

test('a sound configuration passes', () => { expect(check({})).toBeUndefined() })

test('a method that a program adds is known by its name', () => {
  const config = parseConfig({ lbVservers: [{ name: 'lb', method: 'mine' }] })
  expect(() => checkConfig(config, ['token', 'mine'])).not.toThrow()
  expect(() => checkConfig(config, ['token'])).toThrow('lbVservers[0].method: expected one of token; got "mine"')
})

describe('refused is', () => {
  test.each<[string, ConfigInput, string, string, string]>([
    ['an unknown extension', { userProtocols: [...sound.userProtocols!, { name: 'q', transport: 'tcp', extension: 'x' }] },
      'reference-unknown', 'userProtocols[2].extension', "no extension 'x'; there are: e"],
    ['an unknown service', { lbVservers: [{ name: 'lb', services: [{ name: 'a' }, { name: 'x' }] }, { name: 'spare' }] },
      'reference-unknown', 'lbVservers[0].services[1].name', "no service or service group 'x'; there are: a, b, t"],
    ['an unknown backup', { lbVservers: [{ name: 'lb', backup: 'x' }, { name: 'spare' }] }, 'reference-unknown', 'lbVservers[0].backup', "no LB vserver 'x'; there are: lb, spare"],
    ['an unknown CA', { services: [...sound.services!, { name: 'x', address: 'h', port: 1, type: 'USER_SSL_TCP', tls: { ca: 'y' } }] },
      'reference-unknown', 'services[3].tls.ca', "no certkey 'y'; there are: c, ca"],
    ['an unknown certificate', { userVservers: [vserver('v', { protocol: 'ps', certificates: ['x'] })] }, 'reference-unknown', 'userVservers[0].certificates[0]', "no certkey 'x'; there are: c, ca"],
    ['an unknown protocol', { userVservers: [vserver('v', { protocol: 'x' })] }, 'reference-unknown', 'userVservers[0].protocol', "no user protocol 'x'; there are: p, ps"],
    ['an unknown LB vserver', { userVservers: [vserver('v', { lbVservers: ['x'] })] }, 'reference-unknown', 'userVservers[0].lbVservers[0]', "no LB vserver 'x'; there are: lb, spare"],
    ['a name given twice', { userVservers: [vserver('v'), vserver('v')] }, 'name-taken', 'userVservers[1].name', "there is another user vserver 'v', at userVservers[0]"],
    ['an address given twice', { userVservers: [vserver('v', { port: 5 }), vserver('w', { port: 5 })] },
      'address-taken', 'userVservers[1].port', "0.0.0.0:5 is taken by user vserver 'v', which listens on 0.0.0.0:5"],
    ['two protocols with the same first bytes', { userProtocols: [...sound.userProtocols!, { name: 'q', transport: 'tcp', extension: 'e' }], userVservers: [vserver('v', { protocols: ['q'] })] },
      'config-invalid', 'userVservers[0].protocols[0]', "user protocols 'p' and 'q' are both raw bytes without TLS, and nothing tells their clients apart"],
    ['a protocol given twice', { userVservers: [vserver('v', { protocols: ['p'] })] },
      'config-invalid', 'userVservers[0].protocols[0]', "user protocols 'p' and 'p' are both raw bytes without TLS, and nothing tells their clients apart"],
    ['two extensions on one port', { extensions: [...sound.extensions!, { name: 'f', source: 'y' }], userProtocols: [...sound.userProtocols!, { name: 'q', transport: 'ws', extension: 'f' }], userVservers: [vserver('v', { protocols: ['q'] })] },
      'config-invalid', 'userVservers[0].protocols[0]', "user protocol 'q' has extension 'f', but 'p' has 'e'; the protocols of one user vserver have one extension"],
    ['an unknown further protocol', { userVservers: [vserver('v', { protocols: ['x'] })] }, 'reference-unknown', 'userVservers[0].protocols[0]', "no user protocol 'x'; there are: p, ps"],
    ['requests beside an extension without a route', { userProtocols: [...sound.userProtocols!, { name: 'web', transport: 'http' }], lbVservers: [...sound.lbVservers!, { name: 'pages', type: 'HTTP' }], userVservers: [vserver('v', { protocols: ['web'] })] },
      'config-invalid', 'userVservers[0].http.defaultLb', "missing: defaultLb serves the extension's clients, and the requests of 'web' need one of their own; there are: pages"],
    ['certificates where none of several protocols has TLS', { userProtocols: [...sound.userProtocols!, { name: 'q', transport: 'ws', extension: 'e' }, { name: 'web', transport: 'http' }], lbVservers: [...sound.lbVservers!, { name: 'pages', type: 'HTTP' }], userVservers: [vserver('v', { protocol: 'web', defaultLb: 'pages', certificates: ['c'] })] },
      'config-invalid', 'userVservers[0].certificates', "user protocol 'web' is http and takes no certificates; got c"],
    ['a ws vserver with certificate', { userProtocols: [...sound.userProtocols!, { name: 'q', transport: 'ws', extension: 'e' }], userVservers: [vserver('v', { protocol: 'q', certificates: ['c'] })] },
      'config-invalid', 'userVservers[0].certificates', "user protocol 'q' is ws and takes no certificates; got c"],
    ['tls of a tcp vserver that has no certificate', { userVservers: [vserver('v', { tls: { minVersion: 'TLSv1.3' } })] },
      'config-invalid', 'userVservers[0].tls', 'TLS that begins inside the protocol needs a certificate; certkeys that have one: c'],
    ['a certificate without cert', { userVservers: [vserver('v', { protocol: 'ps', certificates: ['ca'] })] },
      'config-invalid', 'userVservers[0].certificates[0]', "certkey 'ca' has no cert and cannot serve TLS; those that can: c"],
    ['TLS inside the protocol of a service that has TLS from the start', { services: [...sound.services!, { name: 'x', address: 'h', port: 1, type: 'USER_SSL_TCP', startTls: true }] },
      'config-invalid', 'services[3].startTls', "only a service of type USER_TCP starts TLS inside the protocol; service 'x' is USER_SSL_TCP"],
    ['a CA without bundle', { services: [...sound.services!, { name: 'x', address: 'h', port: 1, type: 'USER_SSL_TCP', tls: { ca: 'c' } }] },
      'config-invalid', 'services[3].tls.ca', "certkey 'c' has no ca bundle; those that have: ca"],
    ['tls on a plain service', { services: [...sound.services!, { name: 'x', address: 'h', port: 1, tls: {} }] },
      'config-invalid', 'services[3].tls', "only a service of type USER_SSL_TCP or USER_WSS or HTTPS takes tls, or one with startTls; service 'x' is USER_TCP"],
    ['WebSocket settings of a tcp vserver', { userVservers: [vserver('v', { websocket: {} })] },
      'config-invalid', 'userVservers[0].websocket', "only user protocols of transport ws or wss take WebSockets; 'p' is tcp"],
    ['HTTP requests on a tcp vserver', { lbVservers: [...sound.lbVservers!, { name: 'web', type: 'HTTP' }], userVservers: [vserver('v', { http: { defaultLb: 'web' } })] },
      'config-invalid', 'userVservers[0].http', "only user protocols of transport ws or wss or http or https take HTTP requests; 'p' is tcp"],
    ['HTTP requests for an unknown LB vserver', { userProtocols: [{ name: 'p', transport: 'ws', extension: 'e' }], userVservers: [vserver('v', { http: { defaultLb: 'x' } })] },
      'reference-unknown', 'userVservers[0].http.defaultLb', "no LB vserver 'x'; there are: lb, spare"],
    ['HTTP requests for an LB vserver of another type', { userProtocols: [{ name: 'p', transport: 'ws', extension: 'e' }], userVservers: [vserver('v', { http: { defaultLb: 'lb' } })] },
      'config-invalid', 'userVservers[0].http.defaultLb', "LB vserver 'lb' is of type USER_TCP and answers no HTTP requests; those that do: (none)"],
    ['a protocol without an extension', { userProtocols: [...sound.userProtocols!, { name: 'w', transport: 'ws' }] },
      'config-invalid', 'userProtocols[2].extension', "missing: user protocol 'w' of transport ws needs an extension; there are: e"],
    ['an extension for plain HTTP', { userProtocols: [...sound.userProtocols!, { name: 'h', transport: 'http', extension: 'e' }] },
      'config-invalid', 'userProtocols[2].extension', "user protocol 'h' of transport http takes no extension; got 'e'"],
    ['plain HTTP before servers of a protocol', { userProtocols: [...sound.userProtocols!, { name: 'h', transport: 'http' }], userVservers: [vserver('v', { protocol: 'h' })] },
      'config-invalid', 'userVservers[0].defaultLb', "LB vserver 'lb' is of type USER_TCP and answers no HTTP requests; those that do: (none)"],
    ['parameters of plain HTTP', {
      userProtocols: [...sound.userProtocols!, { name: 'h', transport: 'http' }], lbVservers: [...sound.lbVservers!, { name: 'web', type: 'HTTP' }],
      userVservers: [vserver('v', { protocol: 'h', defaultLb: 'web', params: { a: 1 } })]
    }, 'config-invalid', 'userVservers[0].params', "there is no extension that declares them: 'h' is http"],
    ['an extension before HTTP servers', { lbVservers: [...sound.lbVservers!, { name: 'web', type: 'HTTP' }], userVservers: [vserver('v', { lbVservers: ['web'] })] },
      'config-invalid', 'userVservers[0].lbVservers[0]', "LB vserver 'web' is of type HTTP, and an extension's clients need another; there are: lb, spare"],
    ['a PROXY header before requests', { services: [...sound.services!, { name: 'x', address: 'h', port: 1, type: 'HTTP', proxyProtocol: 'v2' }] },
      'config-invalid', 'services[3].proxyProtocol', "requests of many clients share a connection to service 'x' of type HTTP; its server learns of each from X-Forwarded-For and Forwarded"],
    ['persistence of requests', { lbVservers: [...sound.lbVservers!, { name: 'web', type: 'HTTP', persistence: { type: 'user-session' } }] },
      'config-invalid', 'lbVservers[2].persistence.type', "HTTP requests have no session key of an extension, so LB vserver 'web' takes one of none, source-ip, ssl-session, cookie, rule; got \"user-session\""],
    ['WebSocket settings of a plain service', { services: [...sound.services!, { name: 'x', address: 'h', port: 1, websocket: {} }] },
      'config-invalid', 'services[3].websocket', "only a service of type USER_WS or USER_WSS takes websocket; service 'x' is USER_TCP"],
    ['a service of another type', { lbVservers: [{ name: 'lb', services: [{ name: 't' }] }, { name: 'spare' }] },
      'config-invalid', 'lbVservers[0].services[0].name', "service 't' is of type USER_SSL_TCP, but LB vserver 'lb' takes USER_TCP"],
    ['a service bound twice', { lbVservers: [{ name: 'lb', services: [{ name: 'a' }, { name: 'a' }] }, { name: 'spare' }] },
      'config-invalid', 'lbVservers[0].services[1].name', "service 'a' is bound twice; give it a weight instead"],
    ['a cycle of backups', { lbVservers: [{ name: 'z', backup: 'lb' }, { name: 'lb', backup: 'spare' }, { name: 'spare', backup: 'lb' }] },
      'config-invalid', 'lbVservers[1].backup', 'backups form a cycle: lb → spare → lb'],
    ['a backup of requests for clients of an extension', { lbVservers: [...sound.lbVservers!, { name: 'web', type: 'HTTPS' }, { name: 'l', backup: 'web' }] },
      'config-invalid', 'lbVservers[3].backup', "LB vserver 'web' is of type HTTPS and serves no clients of an extension, as 'l' does; those that do: lb, spare"],
    ['a backup of clients of an extension for requests', { lbVservers: [...sound.lbVservers!, { name: 'web', type: 'HTTPS', backup: 'spare' }, { name: 'plain', type: 'HTTP' }] },
      'config-invalid', 'lbVservers[2].backup', "LB vserver 'spare' is of type USER_TCP and answers no HTTP requests, as 'web' does; those that do: plain"],
    ['an unknown method', { lbVservers: [{ name: 'lb', method: 'random' }, { name: 'spare' }] },
      'config-invalid', 'lbVservers[0].method', 'expected one of round-robin, least-connection, least-response-time, least-bandwidth, least-outstanding, token, source-ip-hash, random-two-choices; got "random"'],
    ['spillover to nowhere', { lbVservers: [{ name: 'lb', spillover: { connections: 1 } }, { name: 'spare' }] }, 'config-invalid', 'lbVservers[0].spillover', 'needs a `backup`, to which clients spill over; there are: spare'],
    ['a backup that is its own', { lbVservers: [{ name: 'lb', backup: 'lb' }, { name: 'spare' }] }, 'config-invalid', 'lbVservers[0].backup', 'backups form a cycle: lb → lb']
  ])('%s', (_, change, code, path, message) => {
    const error = check(change)
    expect(error?.code).toBe(code)
    expect(error?.issues).toEqual([{ path, message }])
  })
})

describe('listening addresses', () => {
  const meets = (a: string, b: string): boolean =>
    check({ userVservers: [vserver('v', { address: a, port: 5 }), vserver('w', { address: b, port: 5 })] })?.code ===
      'address-taken'
  test.each([
    ['0.0.0.0', '127.0.0.1'],
    ['127.0.0.1', '0.0.0.0'],
    ['::', '127.0.0.1'],
    ['::', '::1'],
    ['::', '0.0.0.0'],
    ['::1', '0:0:0:0:0:0:0:1'],
    ['::ffff:127.0.0.1', '127.0.0.1'],
    ['0::0', '10.0.0.1']
  ])(
    '%s and %s meet',
    (a, b) => {
      expect(meets(a, b)).toBe(true)
    }
  )
  test.each([['127.0.0.1', '127.0.0.2'], ['0.0.0.0', '::1'], ['::1', '127.0.0.1']])('%s and %s do not', (a, b) => {
    expect(meets(a, b)).toBe(false)
  })
  test('a draining vserver has given its address back', () => {
    expect(check({ userVservers: [vserver('v', { port: 5, state: 'draining' }), vserver('w', { port: 5 })] }))
      .toBeUndefined()
  })
})

test('an ssl vserver may precede its certificate', () => {
  expect(check({ userVservers: [vserver('v', { protocol: 'ps' })] })).toBeUndefined()
})

describe('a large configuration', () => {
  const many = 20_000
  const chain = (last: string | undefined): ConfigInput => ({
    lbVservers: Array.from({ length: many }, (_, i) => ({ name: `l${i}`, backup: i === many - 1 ? last : `l${i + 1}` }))
  })
  const addresses = (tail: readonly string[] = []): ConfigInput => ({
    lbVservers: [{ name: 'lb' }],
    userVservers: [...Array.from({ length: many }, (_, i) => `10.0.${i >> 8}.${i & 255}`), ...tail].map((
      address,
      i
    ) => ({ name: `v${i}`, protocol: 'p', port: 80, defaultLb: 'lb', address }))
  })

  // What is looked at once for each pair, or for each two of a chain, does not end within the time of a test.
  test('is checked in one pass: a chain of backups', () => {
    expect(check({ ...chain(undefined), userVservers: [] })).toBeUndefined()
    expect(check({ ...chain('l19998'), userVservers: [] })?.issues).toEqual([{
      path: 'lbVservers[19998].backup',
      message: 'backups form a cycle: l19998 → l19999 → l19998'
    }])
  })

  test('is checked in one pass: addresses on one port', () => {
    expect(check(addresses())).toBeUndefined()
    expect(check(addresses(['0.0.0.0']))?.issues.map(({ path }) => path)).toEqual([`userVservers[${many}].port`])
  })

  test('tells a bounded number of issues, with a bounded number of choices', () => {
    const error = check({
      services: Array.from({ length: many }, (_, i) => ({ name: `s${i}`, address: 'h', port: 1 })),
      lbVservers: Array.from({ length: many }, (_, i) => ({ name: `l${i}`, backup: 'x' })),
      userVservers: []
    })
    expect(error?.issues).toHaveLength(100)
    expect(error?.message).toMatch(/no LB vserver 'x'; there are: l0, l1, .*, l49 and 19950 more \(and 99 more\)$/)
  })
})

test('usedBy tells who refers to an entity', () => {
  const config = parseConfig(sound)
  expect(usedBy(config, 'lbVservers', 'spare').map(u => [u.collection, u.name, u.path])).toEqual([
    ['lbVservers', 'lb', 'lbVservers[0].backup'], ['userVservers', 'vs', 'userVservers[1].lbVservers[0]']
  ])
  expect(usedBy(config, 'certkeys', 'c').map(u => u.path)).toEqual(['userVservers[1].certificates[0]'])
  expect(usedBy(config, 'userVservers', 'v')).toEqual([])
})
