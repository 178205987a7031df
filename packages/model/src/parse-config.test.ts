import { describe, expect, test } from 'vitest'
import type { CollectionName } from './config.ts'
import type { WeirError } from './error.ts'
import { parseConfig, parseConfigInSlices, parseEntity } from './parse-config.ts'

const failure = (run: () => unknown): WeirError => {
  try { run() } catch (error) { return error as WeirError }
  throw new Error('did not throw')
}

describe('a configuration', () => {
  test('gets its defaults', () => {
    const config = parseConfig({ services: [{ name: 's', address: '127.0.0.1', port: 1883 }] })
    expect(config.userVservers).toEqual([])
    expect(config.services[0]).toMatchObject({
      type: 'USER_TCP',
      maxClients: 0,
      state: 'enabled',
      monitors: [{ type: 'tcp', intervalSeconds: 5 }]
    })
  })

  test.each([1, 50_000_000])('may allow %i sessions', maxEntries => {
    expect(parseConfig({ lbVservers: [{ name: 'l', persistence: { maxEntries } }] }).lbVservers[0]!.persistence)
      .toEqual({ type: 'none', timeoutSeconds: 120, maxEntries })
  })

  const vserver = { name: 'v', protocol: 'p', port: 1, defaultLb: 'lb' }
  test.each<[string, unknown, string, string]>([
    [
      'a number out of range',
      { userVservers: [vserver, { ...vserver, port: 70_000 }] },
      'userVservers[1].port',
      'must be at most 65535; got 70000'
    ],
    [
      'a wrong type',
      { services: [{ name: 's', address: 'a', port: 'http' }] },
      'services[0].port',
      'expected number, got "http"'
    ],
    ['a missing field', { services: [{ name: 's', port: 1 }] }, 'services[0].address', 'is missing; expected string'],
    ['a wrong choice', { userVservers: [{ name: 'v', protocol: 'p', port: 1, defaultLb: 'l', state: 'off' }] }, 'userVservers[0].state', 'expected one of enabled, draining, disabled; got "off"'],
    ['an unknown field', { lbVservers: [{ name: 'l', persistence: { kind: 'x' } }] }, 'lbVservers[0].persistence', "unknown field 'kind'; there are: type, secondary, timeoutSeconds, maxEntries, sourceIp, cookie, rule"],
    ['an unknown collection', { vservers: [] }, '', "unknown field 'vservers'; there are: extensions, userProtocols, certkeys, monitors, services, serviceGroups, lbVservers, glbs, userVservers, geoDatabases, lists, accessRules, lockdowns, userAgentRules, rules, edgeFunctions, triggers, rateLimits, managedChecks"],
    ['an unknown monitor', { services: [{ name: 's', address: 'a', port: 1, monitors: [{ type: 'icmp' }] }] }, 'services[0].monitors[0].type', 'expected one of tcp, tls, http, https, ws, wss, send-expect, extension, passive, named; got "icmp"'],
    ['an unknown field of a monitor', { services: [{ name: 's', address: 'a', port: 1, monitors: [{ type: 'tcp', every: 1 }] }] }, 'services[0].monitors[0]',
      "unknown field 'every'; there are: type, port, intervalSeconds, jitter, timeoutSeconds, retries, downAfter, upAfter, downSeconds, reverse, weight"],
    ['a bad name', { services: [{ name: 'a b', address: 'a', port: 1 }] }, 'services[0].name', 'a name has 1 to 127 letters, digits, "_", ".", ":" or "-" and starts with a letter, digit or "_"; got "a b"'],
    ['a host name to listen on', { userVservers: [{ ...vserver, address: 'localhost' }] }, 'userVservers[0].address', 'expected ipv4 or ipv6; got "localhost"'],
    ['a parameter that is an object', { userVservers: [{ ...vserver, params: { n: {} } }] }, 'userVservers[0].params.n', 'expected string or number or boolean or array; got an object'],
    ['a parameter that is a list of numbers', { userVservers: [{ ...vserver, params: { n: [1] } }] }, 'userVservers[0].params.n[0]', 'expected record, got 1'],
    ['room for no session', { lbVservers: [{ name: 'l', persistence: { maxEntries: 0 } }] }, 'lbVservers[0].persistence.maxEntries', 'must be at least 1; got 0'],
    ['more sessions than can be', { lbVservers: [{ name: 'l', persistence: { maxEntries: 50_000_001 } }] }, 'lbVservers[0].persistence.maxEntries', 'must be at most 50000000; got 50000001'],
    ['a list that is an object', { services: {} }, 'services', 'expected array, got an object'],
    ['both source and builtin', { extensions: [{ name: 'e', source: '', builtin: 'mqtt' }] }, 'extensions[0].source', 'give either source or builtin'],
    ['an extension larger than its limit', { extensions: [{ name: 'e', source: ' '.repeat(4 * 1024 * 1024 + 1) }] }, 'extensions[0].source', 'must be at most 4194304 characters long; got 4194305'],
    ['a parameter that objects are made of', { userVservers: [{ ...vserver, params: JSON.parse('{"__proto__":1}') as object }] }, 'userVservers[0].params', "unknown field '__proto__'"],
    ['no object at all', 'x', '', 'expected object, got "x"']
  ])('with %s is refused', (_, input, path, message) => {
    const error = failure(() => parseConfig(input))
    expect(error.code).toBe('config-invalid')
    expect(error.issues).toEqual([{ path, message }])
  })

  test('tells every wrong field at once', () => {
    const error = failure(() => parseConfig({ services: [{ name: 's' }], lbVservers: [{}] }))
    expect(error.issues.map(i => i.path)).toEqual(['services[0].address', 'services[0].port', 'lbVservers[0].name'])
    expect(error.message).toBe('services[0].address: is missing; expected string (and 2 more)')
  })
})

test('an unknown field is told before what is missing because of it', () => {
  const error = failure(() => parseEntity('services', { name: 's', adress: '127.0.0.1' }))
  expect(error.message).toMatch(
    /^the service: unknown field 'adress'; there are: name, address, port, .* \(and 2 more\)$/
  )
  expect(error.issues.map(i => i.path)).toEqual(['', 'address', 'port'])
})

describe('in slices', () => {
  const services = Array.from({ length: 1000 }, (_, i): object => ({ name: `s${i}`, address: '127.0.0.1', port: 1 }))
  const parsed = async (input: unknown): Promise<{ pauses: number, config?: unknown, error?: WeirError }> => {
    let pauses = 0
    const pause = async (): Promise<void> => {
      pauses++
    }
    return await parseConfigInSlices(input, pause).then(
      config => ({ pauses, config }),
      (error: WeirError) => ({ pauses, error })
    )
  }

  test.each<[string, unknown]>([['a large list', { services, lbVservers: [{ name: 'lb' }] }], ['a small one', {
    services: services.slice(0, 3)
  }], ['nothing', {}]])('%s parses to the same', async (_, input) => {
    expect((await parsed(input)).config).toEqual(parseConfig(input))
  })

  test('others have their turn between the slices', async () => { expect((await parsed({ services })).pauses).toBe(3) })

  test.each<[string, unknown]>([
    ['a wrong field far behind', { services: services.with(700, { name: 's' }) }],
    ['an unknown field of the whole', { services, vservers: [] }],
    ['a list that is none', { services, certkeys: {} }],
    ['no object', 7], ['a list', []]
  ])('%s is refused in the same words', async (_, input) => {
    const { error } = await parsed(input)
    const expected = failure(() => parseConfig(input))
    expect([error?.message, error?.issues]).toEqual([expected.message, expected.issues])
  })

  test('no more is looked at when enough is wrong', async () => {
    const { pauses, error } = await parsed({ services: services.map(service => ({ ...service, adress: 1 })) })
    expect(pauses).toBe(0)
    expect(error?.issues).toHaveLength(100)
    expect(error?.issues[99]?.path).toBe('services[99]')
  })
})

describe('a private key', () => {
  const pem = '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----'
  test.each<[string, () => unknown]>([
    ['in a field of the wrong type', () => parseConfig({ certkeys: [{ name: 'c', key: [pem] }] })],
    ['as a number', () => parseEntity('certkeys', { name: 'c', key: 31_337 })],
    ['in place of a choice', () => parseConfig({ lbVservers: [{ name: 'l', method: pem }] })],
    ['in place of a name', () => parseConfig({ services: [{ name: pem, address: 'a', port: 1 }] })],
    ['behind other text', () => parseConfig({ services: [{ name: ` ${pem}`, address: 'a', port: 1 }] })]
  ])('%s is not shown', (_, run) => {
    const error = failure(run)
    expect(JSON.stringify([error.message, error.issues])).not.toMatch(/c2VjcmV0|31337/)
  })
})

test('an entity is checked alone, with paths that start at it', () => {
  const error = failure(() =>
    parseEntity('userVservers', { name: 'v', protocol: 'p', port: 1, defaultLb: 'l', limits: { maxClients: -1 } })
  )
  expect(error.issues).toEqual([{ path: 'limits.maxClients', message: 'must be at least 0; got -1' }])
})

test('what was parsed parses to itself', () => {
  const samples: [CollectionName, object][] = [
    ['services', { name: 's', address: 'a', port: 1 }],
    ['lbVservers', { name: 'l' }],
    ['userVservers', { name: 'v', protocol: 'p', port: 1, defaultLb: 'l' }]
  ]
  for (const [collection, entity] of samples) {
    const once = parseEntity(collection, entity)
    expect(parseEntity(collection, once)).toEqual(once)
  }
})
