// Persistence entries that are set, imported and exported, on one process and on several, and over a restart.
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TIME_SCALE, until } from '@weirlb/testing'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createWeir, FileStorage, type ConfigInput, type SessionInput, type Weir } from 'weirlb'
import { Client, Farm, serverOf } from './farm.ts'

let farm: Farm
let directory: string
beforeAll(async () => {
  farm = await Farm.start('red', 'blue', 'green')
  directory = await mkdtemp(join(tmpdir(), 'weir-set-'))
})
afterAll(async () => {
  farm.close()
  await rm(directory, { recursive: true })
})

const running: Weir[] = []
afterEach(async () => { for (const weir of running.splice(0)) await weir.stop({ graceMs: 200 }) })

const NAMES = ['red', 'blue', 'green'] as const
const lb = (persistence: object, name = 'lb'): NonNullable<ConfigInput['lbVservers']>[number] => ({
  name,
  persistence,
  services: NAMES.map(each => ({ name: each }))
})
const start = async (
  workers: number,
  persistence: object = { type: 'user-session', timeoutSeconds: 60 },
  more: Partial<ConfigInput> = {}
): Promise<{ weir: Weir, port: number }> => {
  const weir = createWeir({
    workers,
    log: { level: 'silent' },
    config: { ...farm.config(), lbVservers: [lb(persistence)], ...more }
  })
  running.push(weir)
  await weir.start()
  return { weir, port: (await weir.userVservers.status('v')).listening!.port }
}
const entries = (count: number, from = 0): SessionInput[] =>
  Array.from({ length: count }, (_, i) => ({ lbVserver: 'lb', key: `d-${from + i}`, service: NAMES[(from + i) % 3]! }))

describe.each([0, 1, 2])('with %i workers', workers => {
  test('each key that was set has its service, 10,000 a second', async () => {
    const { weir, port } = await start(workers)
    const began = performance.now()
    expect(await weir.sessions.set(entries(20_000))).toBe(20_000)
    expect(performance.now() - began).toBeLessThan(2000 * TIME_SCALE)
    for (const n of [0, 1, 2, 999, 1000, 1001, 19_999]) expect(await serverOf(port, `d-${n}`)).toBe(NAMES[n % 3])
    expect((await weir.stats()).lbVservers['lb']).toMatchObject({
      sessions: 20_000,
      sessionHits: 7,
      sessionsEvicted: 0
    })
    const exported: SessionInput[] = []
    for await (const part of weir.sessions.parts({ lbVserver: 'lb' })) exported.push(...part)
    expect(exported).toHaveLength(20_000)
    expect(await weir.sessions.delete({ type: 'user-session' })).toBe(20_000)
    expect(await weir.sessions.set(exported)).toBe(20_000)
    expect(await weir.sessions.list({ key: 'd-5' })).toMatchObject([{
      lbVserver: 'lb',
      type: 'user-session',
      service: 'green',
      connections: 0
    }])
  })

  test('a key in use is led to another service with its next connection', async () => {
    const { weir, port } = await start(workers)
    const client = await Client.connect(port, 'ann')
    const other = NAMES.find(name => name !== client.server)!
    await weir.sessions.set([{ lbVserver: 'lb', key: 'ann', service: other }])
    expect(await client.say('still here')).toBe(`${client.server}: still here`)
    expect(await weir.sessions.list({ key: 'ann' })).toMatchObject([{ service: other, connections: 1 }])
    expect(await serverOf(port, 'ann')).toBe(other)
    client.close()
    await until(async () => (await weir.sessions.list({ key: 'ann' }))[0]?.connections === 0, 'the client to let go')
    expect(await weir.sessions.list({ key: 'ann' })).toMatchObject([{ service: other }])
  })

  test('at the limit those go that were released first, but none in use, and nothing is half applied', async () => {
    const { weir, port } = await start(workers, { type: 'user-session', timeoutSeconds: 60, maxEntries: 10 })
    await expect(weir.sessions.set(entries(11))).rejects.toMatchObject({
      code: 'session-invalid',
      issues: [{ path: '[10]' }]
    })
    expect(await weir.sessions.list()).toEqual([])
    await weir.sessions.set(entries(10))
    const clients = await Promise.all(['ann', 'eva', 'd-4'].map(async name => await Client.connect(port, name)))
    await weir.sessions.set(entries(7, 10))
    const keys = async (): Promise<string[]> => (await weir.sessions.list()).map(({ key }) => key).toSorted()
    expect(await keys()).toEqual(['ann', 'eva', 'd-4', ...entries(7, 10).map(({ key }) => key)].toSorted())
    expect((await weir.stats()).lbVservers['lb']).toMatchObject({ sessions: 10, sessionsEvicted: 9 })
    await expect(weir.sessions.set([...entries(8, 20)], index => `line ${index + 1}`)).rejects.toMatchObject({ code: 'session-invalid', issues: [{ path: 'line 8', message: expect.stringContaining("no room: clients hold so many entries of 'lb' by user-session") as string }] })
    expect(await keys()).toContain('d-10')
    for (const client of clients) client.close()
  })
})

test('one fault, and nothing is set', async () => {
  const { weir } = await start(0, { type: 'user-session' }, {
    lbVservers: [
      lb({ type: 'user-session', secondary: 'source-ip', sourceIp: { ipv4Prefix: 24, ipv6Prefix: 64 } }),
      lb({ type: 'none' }, 'none'),
      lb({ type: 'cookie' }, 'cookie'),
      lb({ type: 'user-session', timeoutSeconds: 0 }, 'brief'),
      { name: 'web', type: 'HTTP', persistence: { type: 'cookie' } },
      { name: 'head', type: 'HTTP', persistence: { type: 'rule', rule: { header: 'x' } } }
    ],
    glbs: [{ name: 'g', match: { sni: ['*'] }, pools: [{ name: 'lb' }], affinity: { type: 'user-session' } }]
  })
  const good = { lbVserver: 'lb', key: 'k', service: 'red' }
  const faults: readonly (readonly [unknown, string, string])[] = [
    [7, '[1]', 'expected an object; got 7'],
    [null, '[1]', 'expected an object; got null'],
    [
      { ...good, server: 'red' },
      '[1]',
      'unknown field "server"; there are: lbVserver, type, key, service, connections, expiresInSeconds'
    ],
    [{ key: 'k', service: 'red' }, '[1].lbVserver', 'missing'],
    [{ ...good, key: 7 }, '[1].key', 'expected text; got 7'],
    [{ ...good, key: '' }, '[1].key', 'expected text; got ""'],
    [{ ...good, key: 'x'.repeat(4097) }, '[1].key', 'must have at most 4096 characters; got 4097'],
    [{ ...good, service: 'x'.repeat(257) }, '[1].service', 'must have at most 256 characters; got 257'],
    [{ ...good, lbVserver: 'other' }, '[1].lbVserver', "no LB vserver 'other'; there are: lb, none, cookie, brief, web, head, glb/g"],
    [{ ...good, lbVserver: 'none' }, '[1].lbVserver', `'none' keeps no entries: its persistence is "none"`],
    [{ ...good, lbVserver: 'web' }, '[1].lbVserver', `'web' keeps no entries: its persistence is "cookie" of requests, whose cookie names the service`],
    [{ ...good, lbVserver: 'brief' }, '[1].lbVserver', "'brief' keeps entries only while clients hold them: its timeoutSeconds is 0"],
    [{ ...good, type: 'rule' }, '[1].type', "'lb' has no entries of this type; there are: user-session, source-ip"],
    [{ ...good, type: 'address' }, '[1].type', 'expected one of user-session, source-ip, ssl-session, cookie, rule; got "address"'],
    [{ ...good, service: 'yellow' }, '[1].service', "'yellow' is not bound to 'lb'; there are: red, blue, green"],
    [{ ...good, lbVserver: 'glb/g' }, '[1].service', "'red' is not bound to 'glb/g'; there are: lb"],
    [{ ...good, type: 'source-ip', key: '192.0.2.1/32' }, '[1].key', 'expected an IPv4 address or its /24 network, or an IPv6 address or its /64 network; got "192.0.2.1/32"'],
    [{ ...good, type: 'source-ip', key: 'ann' }, '[1].key', 'expected an IPv4 address or its /24 network, or an IPv6 address or its /64 network; got "ann"'],
    [{ ...good, lbVserver: 'cookie', key: 'hex:00' }, '[1].key', 'keys of type "cookie" have 12 bytes here, as hex:…; got "hex:00"'],
    [good, '[1].key', '[0] sets this entry already']
  ]
  for (const [entry, path, message] of faults) {
    await expect(weir.sessions.set([good, entry as SessionInput])).rejects.toMatchObject({
      code: 'session-invalid',
      issues: [{ path, message }],
      message: `${path}: ${message}; nothing was set`
    })
  }
  await expect(weir.sessions.set([{ ...good, lbVserver: 'head', key: 'ann' }])).rejects.toMatchObject({
    issues: [{ path: '[0].service' }]
  })
  expect(await weir.sessions.list()).toEqual([])
  await weir.sessions.set([good, { ...good, type: 'source-ip', key: '192.0.2.77' }, { ...good, type: 'source-ip', key: '2001:DB8::1' }, { ...good, lbVserver: 'glb/g', service: 'lb' }, { ...good, lbVserver: 'cookie', key: `hex:${'ff'.repeat(12)}` }])
  expect((await weir.sessions.list()).map(({ lbVserver, type, key }) => `${lbVserver} ${type} ${key}`).toSorted()).toEqual([
    `cookie cookie hex:${'ff'.repeat(12)}`, 'glb/g user-session k', 'lb source-ip 192.0.2.0/24', 'lb source-ip 2001:db8::/64', 'lb user-session k'
  ])
  expect(await weir.sessions.list({ lbVserver: 'lb' })).toHaveLength(3)
  expect(await weir.sessions.list({ type: 'source-ip', limit: 1 })).toHaveLength(1)
  expect((await weir.stats()).lbVservers['lb']).toMatchObject({ sessions: 3 })
  expect([
    await weir.sessions.delete({ lbVserver: 'lb', type: 'source-ip' }),
    await weir.sessions.delete({ lbVserver: 'glb/g' }),
    await weir.sessions.delete({ all: true })
  ]).toEqual([2, 1, 2])
})

test('entries name the members of a service group', async () => {
  const { weir, port } = await start(1, undefined, {
    services: [],
    serviceGroups: [{ name: 'g', members: farm.servers.map(({ port }) => ({ address: '127.0.0.1', port })) }],
    lbVservers: [{ ...lb({ type: 'user-session' }), services: [{ name: 'g' }] }]
  })
  const members = farm.servers.map(({ port }) => `g@127.0.0.1:${port}`)
  await weir.sessions.set(NAMES.map((name, i) => ({ lbVserver: 'lb', key: name, service: members[i]! })))
  for (const name of NAMES) expect(await serverOf(port, name)).toBe(name)
  await expect(weir.sessions.set([{ lbVserver: 'lb', key: 'k', service: 'g' }])).rejects.toMatchObject({
    issues: [{
      path: '[0].service',
      message: expect.stringMatching(/^'g' is not bound to 'lb'; there are: g@127\.0\.0\.1:/) as string
    }]
  })
})

test('another type has other entries, also after a restart', async () => {
  const storage = join(directory, 'state')
  const run = async (): Promise<{ weir: Weir, port: number }> => {
    const weir = createWeir({
      workers: 1,
      log: { level: 'silent' },
      storage: new FileStorage(storage),
      config: { ...farm.config(), lbVservers: [lb({ type: 'source-ip', timeoutSeconds: 600 })] }
    })
    running.push(weir)
    await weir.start()
    return { weir, port: (await weir.userVservers.status('v')).listening!.port }
  }
  const first = await run()
  await first.weir.sessions.set([{ lbVserver: 'lb', key: '127.0.0.1', service: 'green' }])
  expect(await serverOf(first.port, 'ann')).toBe('green')
  await running.pop()!.stop({ graceMs: 200 })
  const second = await run()
  expect(await second.weir.sessions.list()).toMatchObject([{
    lbVserver: 'lb',
    type: 'source-ip',
    key: '127.0.0.1',
    service: 'green',
    connections: 0
  }])
  expect([await serverOf(second.port, 'eva'), await serverOf(second.port, 'joe')]).toEqual(['green', 'green'])
  await second.weir.lbVservers.patch('lb', { persistence: { type: 'user-session' } })
  expect(await second.weir.sessions.list()).toEqual([])
})

test('cookies of requests bring browsers back on every worker and after a restart', async () => {
  const pages = await Promise.all(NAMES.map(async name => {
    const server = createServer((_, response) => { response.end(name) })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    return {
      server,
      service: { name, type: 'HTTP' as const, address: '127.0.0.1', port: (server.address() as AddressInfo).port }
    }
  }))
  const page = async (port: number, cookie?: string): Promise<{ body: string, cookie: string | undefined }> =>
    await new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port, agent: false, headers: cookie === undefined ? {} : { cookie } }, response => {
        let body = ''
        response.setEncoding('utf8').on('data', chunk => {
          body += chunk
        }).on('end', () => {
          resolve({ body, cookie: response.headers['set-cookie']?.[0]?.split(';', 1)[0] })
        })
      }).on('error', reject).end()
    })
  const run = async (): Promise<number> => {
    const weir = createWeir({
      workers: 2,
      log: { level: 'silent' },
      storage: new FileStorage(join(directory, 'cookies')),
      config: {
        userProtocols: [{ name: 'H', transport: 'http' }],
        services: pages.map(({ service }) => service),
        lbVservers: [{ ...lb({ type: 'cookie' }), type: 'HTTP' }],
        userVservers: [{ name: 'v', protocol: 'H', address: '127.0.0.1', port: 0, defaultLb: 'lb' }]
      }
    })
    running.push(weir)
    await weir.start()
    return (await weir.userVservers.status('v')).listening!.port
  }
  try {
    const port = await run()
    const first = await page(port)
    for (let i = 0; i < 8; i++) expect(await page(port, first.cookie)).toEqual({ body: first.body, cookie: undefined })
    await running.pop()!.stop({ graceMs: 200 })
    const again = await run()
    for (let i = 0; i < 4; i++) expect(await page(again, first.cookie)).toEqual({ body: first.body, cookie: undefined })
  } finally {
    for (const { server } of pages) {
      server.closeAllConnections()
      server.close()
    }
  }
})
