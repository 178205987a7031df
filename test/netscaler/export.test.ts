// What is exported as commands makes an equal configuration.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseConfig, withoutSecrets, type CollectionName, type Config } from '@weirlb/model'
import { exportCommands } from '@weirlb/netscaler'
import { importInto } from './import-into.ts'

const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined })
const comment = optional(fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.constantFrom('-a', 'q/x/', '#', ';', 'a ; b', '"', "'", '\\n', '\n', '')))
const name = fc.constantFrom('a', 'b-1', '_c', 'D.d', '9:e', 'bind', 'q_f')
const names = fc.uniqueArray(name, { minLength: 1, maxLength: 4 })
const seconds = fc.constantFrom(0.05, 1, 90, 120, 300, 3600)
const pace = {
  intervalSeconds: optional(seconds),
  retries: optional(fc.nat(10)),
  downAfter: optional(fc.integer({ min: 1, max: 100 })),
  reverse: optional(fc.boolean()),
  downSeconds: optional(seconds)
}
const monitor = fc.oneof(
  fc.record({ type: fc.constant('tcp'), ...pace }),
  fc.record({
    type: fc.constant('http'),
    path: optional(fc.constantFrom('/', '/a?b=c,d')),
    expectedCodes: optional(fc.constantFrom(['2xx'], ['200-299', '304'])),
    expectedBody: optional(fc.constantFrom('', 'a,b "c"')),
    ...pace
  }),
  fc.record({
    type: fc.constant('send-expect'),
    send: optional(fc.constantFrom('PING\r\n', '')),
    expect: fc.constantFrom('+PONG', '[x]'),
    ...pace
  })
)
const tls = fc.record({
  verify: optional(fc.constantFrom<string | boolean>('off', 'full', 'strict', true, false)),
  alpn: optional(fc.constantFrom([], ['mqtt'], ['a,b', 'c'], ['[x]'])),
  serverName: optional(fc.constant('a.example'))
})
const scalar = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 10 }),
  fc.integer(),
  fc.boolean(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter(one => !Object.is(one, -0)),
  fc.constantFrom('true', '1', '1e5', 'a b', '')
)

const named = <T>(fields: (all: readonly string[]) => fc.Arbitrary<T>): fc.Arbitrary<(T & { name: string })[]> =>
  names.chain(all => fc.tuple(...all.map(one => fields(all).map(rest => ({ name: one, ...rest })))))

const each: Partial<Record<CollectionName, fc.Arbitrary<unknown>>> = {
  extensions: named(() =>
    fc.oneof(
      fc.record({ builtin: fc.constant('mqtt'), trusted: optional(fc.boolean()), comment }),
      fc.record({
        source: fc.string({ unit: 'binary' }),
        check: optional(fc.constantFrom('types', 'off')),
        limits: optional(fc.record({ heapMb: fc.constantFrom(8, 64) })),
        canary: optional(fc.record({ source: fc.string(), percent: fc.integer({ min: 1, max: 100 }) })),
        comment
      })
    )
  ),
  userProtocols: named(() =>
    fc.record({ transport: fc.constantFrom('tcp', 'ssl', 'ws', 'wss'), extension: name, comment })
  ),
  certkeys: named(() =>
    fc.oneof(
      fc.record({
        certFile: fc.constant('/a b/c.pem'),
        keyFile: optional(fc.constant('/k')),
        ocspFile: optional(fc.constant('/o')),
        comment
      }),
      fc.record({ ca: fc.constant('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n') }),
      fc.record({
        acme: fc.record({
          domains: fc.constant(['a.example', 'b.example']),
          directory: fc.constant('https://acme.example/directory'),
          email: optional(fc.constant('a@b.example'))
        })
      })
    )
  ),
  monitors: named(() => monitor),
  services: named(() => fc.record({
    address: fc.constantFrom('127.0.0.1', '::1', 'broker.example'), port: fc.integer({ min: 1, max: 65_535 }), type: fc.constantFrom('USER_TCP', 'USER_SSL_TCP', 'HTTP'), tls: optional(tls), websocket: optional(fc.record({ path: optional(fc.constantFrom('/', '/mqtt')) })),
    maxClients: optional(fc.nat(5)), monitors: optional(fc.array(fc.oneof(monitor, fc.record({ type: fc.constant('named'), name, weight: optional(fc.integer({ min: 1, max: 100 })) })), { maxLength: 2 })), state: optional(fc.constantFrom('enabled', 'draining', 'disabled')), proxyProtocol: optional(fc.constantFrom('v1', 'v2')), comment
  })),
  serviceGroups: fc.constantFrom('g1', 'g2').chain(one => fc.record({ type: fc.constantFrom('USER_TCP', 'USER_WS'), maxClients: optional(fc.nat(5)), members: fc.uniqueArray(fc.record({ address: fc.constantFrom('127.0.0.1', '::1', 'x.example'), port: fc.integer({ min: 1, max: 65_535 }), weight: optional(fc.integer({ min: 1, max: 100 })), state: optional(fc.constantFrom('enabled', 'draining')), comment }), { selector: member => `${member.address} ${member.port}`, maxLength: 3 }) }).map(rest => [{ name: one, ...rest }])),
  lbVservers: named(all => fc.record({
    method: optional(fc.constantFrom('round-robin', 'least-connection', 'token', 'my_own-Method')), persistence: optional(fc.record({ type: fc.constantFrom('none', 'user-session'), timeoutSeconds: seconds })), onDown: optional(fc.constantFrom('keep', 'close')), backup: optional(fc.constantFrom(...all)),
    services: fc.uniqueArray(fc.record({ name, weight: optional(fc.integer({ min: 1, max: 100 })), priority: optional(fc.nat(9)) }), { selector: one => one.name, maxLength: 3 }), comment
  })),
  glbs: named(() => fc.record({ match: fc.record({ hosts: fc.constantFrom(['*'], ['a.example', '*.b.example']), path: optional(fc.constant('/api')) }), pools: fc.array(fc.record({ name, weight: optional(fc.integer({ min: 1, max: 100 })) }), { minLength: 1, maxLength: 2 }), proxied: optional(fc.boolean()), comment })),
  userVservers: named(() => fc.record({
    protocol: name, address: fc.constantFrom('0.0.0.0', '::', '127.0.0.1'), port: fc.integer({ min: 0, max: 65_535 }), defaultLb: name, glbs: optional(fc.uniqueArray(name, { maxLength: 3 })), params: optional(fc.dictionary(fc.constantFrom('a', 'q', 'maxLength', 'x-y', 'b c', ''), fc.oneof(scalar, fc.array(fc.dictionary(fc.constant('k'), scalar), { maxLength: 2 })))),
    certificates: optional(fc.uniqueArray(name, { maxLength: 3 })), tls: optional(fc.record({ clientCa: optional(fc.uniqueArray(name, { maxLength: 2 })), clientCertificate: optional(fc.constantFrom('off', 'optional', 'mandatory')), minVersion: optional(fc.constantFrom('TLSv1.2', 'TLSv1.3')), ciphers: optional(fc.constant('A:B')) })),
    proxyProtocol: optional(fc.record({ from: fc.constant(['127.0.0.0/8', '::1']), timeoutSeconds: optional(seconds.filter(one => one < 60)) })), http: optional(fc.record({})), websocket: optional(fc.record({})), limits: optional(fc.record({ idleTimeoutSeconds: fc.constantFrom(0, 9000) })), comment
  })),
  rules: named(() => fc.record({
    expression: fc.constantFrom('ssl', 'ip.src in {10.0.0.0/8 ::1} and mqtt.type eq "PUBLISH"', '-x', '#', 'a\nb', "'", '"\\'), action: fc.constantFrom('log', 'skip', 'block'), phase: optional(fc.constantFrom('connect', 'hello', 'request', 'message')),
    vservers: optional(fc.uniqueArray(name, { maxLength: 3 })), priority: optional(fc.nat(100)), response: optional(fc.record({ status: optional(fc.constantFrom(400, 451)), body: optional(fc.constantFrom('', 'no <b>"way"</b>\n')) })), state: optional(fc.constantFrom('enabled', 'simulated', 'draft', 'disabled')), comment
  }))
}
const config: fc.Arbitrary<unknown> = fc.record(each)

/** Names that refer to nothing are of no interest here. */
const whole = (input: unknown): Config => {
  const parsed = parseConfig(JSON.parse(JSON.stringify(input)))
  const there = (collection: keyof Config, one: string): boolean =>
    parsed[collection].some(entity => entity.name === one)
  const first = (collection: keyof Config, one: string): string =>
    there(collection, one) ? one : parsed[collection][0]!.name
  return {
    ...parsed,
    certkeys: parsed.certkeys.map(withoutSecrets),
    userProtocols: parsed.userProtocols.map(one => ({ ...one, extension: first('extensions', one.extension!) })),
    services: parsed.services.map(one => ({
      ...one,
      monitors: one.monitors.map(used => used.type === 'named' ? { ...used, name: first('monitors', used.name) } : used)
    })),
    lbVservers: parsed.lbVservers.map(one => ({
      ...one,
      services: one.services.filter(bound => there('services', bound.name))
    })),
    glbs: parsed.glbs.map(one => ({
      ...one,
      pools: one.pools.map(pool => ({ ...pool, name: first('lbVservers', pool.name) }))
    })),
    rules: parsed.rules.map(one => ({ ...one, vservers: one.vservers.filter(name => there('userVservers', name)) })),
    userVservers: parsed.userVservers.map(one => ({
      ...one,
      protocol: first('userProtocols', one.protocol),
      defaultLb: first('lbVservers', one.defaultLb),
      glbs: one.glbs.filter(name => there('glbs', name)),
      certificates: one.certificates.filter(name => there('certkeys', name)),
      tls: { ...one.tls, clientCa: one.tls.clientCa.filter(name => there('certkeys', name)) }
    }))
  }
}

test('a configuration that is exported as commands imports to an equal one', () => {
  fc.assert(fc.property(config, input => {
    const before = whole(input)
    const commands = exportCommands(before)
    const after = importInto(commands)
    expect(JSON.parse(JSON.stringify(after))).toEqual(JSON.parse(JSON.stringify(before)))
    expect(exportCommands(after)).toBe(commands)
  }), { numRuns: 100 })
})

test('what the article makes is exported in its words', () => {
  const commands = [
    'add ns extension mqtt_code -builtin mqtt',
    'add user protocol MQTT -transport TCP -extension mqtt_code',
    'add service lb_service_mqtt1 127.0.0.1 USER_TCP 1883',
    'add service web 127.0.0.1 HTTP 80 -healthMonitor NO',
    'add lb vserver lb_vserver_MQTT USER_TCP -lbMethod LEASTCONNECTION -persistenceType USERSESSION -timeout 5',
    'bind lb vserver lb_vserver_MQTT lb_service_mqtt1 -weight 5',
    'add user vserver u_vserver_mqtt MQTT 127.0.0.1 80 -defaultLB lb_vserver_MQTT -params "maxPacketBytes=1024 inspect=true"'
  ].map(line => `${line}\n`).join('')
  expect(exportCommands(importInto(commands))).toBe(commands)
})
