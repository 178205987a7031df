// Persistence of HTTP requests: by cookie, address and header.
import { request } from 'node:http'
import { LocalSessionDirectory, type LbExplanation } from '@weirlb/engine'
import type { ConfigInput } from '@weirlb/model'
import { until } from '@weirlb/testing'
import { beforeEach, describe, expect, test } from 'vitest'
import { startEngine, type EngineBench } from '../support/engine-bench.ts'
import { web } from '../support/http-bench.ts'

type Persistence = NonNullable<NonNullable<ConfigInput['lbVservers']>[number]['persistence']>

const NAMES = ['w1', 'w2', 'w3', 'w4']
let sessions: LocalSessionDirectory
let services: NonNullable<ConfigInput['services']>
beforeEach(async () => {
  sessions = new LocalSessionDirectory()
  services = await Promise.all(NAMES.map(async name => ({
    name, type: 'HTTP' as const, address: '127.0.0.1', monitors: [],
    port: (await web((_, response) => { response.setHeader('Set-Cookie', 'app=1').end(name) })).port
  })))
})

const lbOf = (
  persistence: Persistence,
  names: readonly string[] = NAMES,
  name = 'web'
): NonNullable<ConfigInput['lbVservers']>[number] => ({
  name,
  type: 'HTTP',
  persistence,
  services: names.map(each => ({ name: each }))
})

const start = async (persistence: Persistence, more: Partial<ConfigInput> = {}): Promise<EngineBench> =>
  await startEngine({
    userProtocols: [{ name: 'H', transport: 'http' }],
    services,
    lbVservers: [lbOf(persistence)],
    userVservers: [{ name: 'v', protocol: 'H', address: '127.0.0.1', port: 0, defaultLb: 'web' }],
    ...more
  }, { sessions })

interface Page {
  readonly server: string
  readonly status: number
  readonly cookies: readonly string[]
}
const page = async (bench: EngineBench, headers: Record<string, string> = {}, from = '127.0.0.1'): Promise<Page> =>
  await new Promise((resolve, reject) => {
    request({
      host: '127.0.0.1',
      port: bench.port(),
      localAddress: from,
      path: '/',
      headers: { Host: 'h.test', ...headers },
      agent: false
    }, response => {
      let server = ''
      response.setEncoding('utf8').on('data', chunk => {
        server += chunk
      }).on('end', () => {
        resolve({
          server,
          status: response.statusCode!,
          cookies: (response.headers['set-cookie'] ?? []).filter(text => !text.startsWith('app='))
        })
      })
    }).on('error', reject).end()
  })
const pairOf = (cookie: string | undefined): string => cookie!.split(';', 1)[0]!
const servers = async (
  bench: EngineBench,
  times: number,
  headers: Record<string, string> = {},
  from?: string
): Promise<string[]> => {
  const all: string[] = []
  for (let i = 0; i < times; i++) all.push((await page(bench, headers, from)).server)
  return [...new Set(all)]
}
const explained = async (bench: EngineBench, headers: Record<string, string>): Promise<LbExplanation> =>
  (await bench.engine.explain({
    userVserver: 'v',
    side: 'request',
    bytes: Buffer.alloc(0),
    client: {
      address: '192.0.2.7',
      port: 1,
      http: { path: '/', headers: { host: 'h.test', ...headers }, subprotocol: undefined }
    }
  })).outcome.decision!

describe('by cookie', () => {
  test('a browser comes back to its server, and no entry is made', async () => {
    const bench = await start({ type: 'cookie' })
    const first = await page(bench)
    expect(first.cookies).toEqual([
      expect.stringMatching(/^weir-[0-9a-f]{8}=[\w-]{32}; Path=\/; HttpOnly; SameSite=Lax$/)
    ])
    const Cookie = `a=b; ${pairOf(first.cookies[0])}; c=d`
    for (let i = 0; i < 5; i++)
      expect(await page(bench, { Cookie })).toMatchObject({ server: first.server, cookies: [] })
    expect(await servers(bench, 4)).toHaveLength(4)
    expect(sessions.table.size).toBe(0)
    expect(bench.engine.stats().lbVservers['web']).toMatchObject({ picks: 10, sessionHits: 5 })
  })

  test('the value tells neither names nor addresses, and is another for each LB vserver', async () => {
    const bench = await start({ type: 'cookie', cookie: { name: 'at' } })
    const marks = new Set<string>()
    for (let i = 0; i < 4; i++) marks.add((await page(bench)).cookies[0]!)
    expect(marks.size).toBe(4)
    for (const mark of marks) {
      const value = pairOf(mark).slice('at='.length)
      const raw = Buffer.from(value, 'base64url').toString('latin1')
      for (const { name, address, port } of services)
        for (const text of [name, address!, String(port)]) expect(raw.includes(text)).toBe(false)
    }
    await bench.apply({
      lbVservers: [lbOf({ type: 'cookie', cookie: { name: 'at' } }, NAMES, 'web2')],
      userVservers: [{ name: 'v', protocol: 'H', address: '127.0.0.1', port: 0, defaultLb: 'web2' }]
    })
    const others = new Set<string>()
    for (let i = 0; i < 4; i++) others.add((await page(bench)).cookies[0]!)
    expect([...marks].filter(mark => others.has(mark))).toEqual([])
  })

  test('a forged cookie, and that of a service that is gone or down, are replaced', async () => {
    const bench = await start({
      type: 'cookie',
      cookie: { name: 'at', sameSite: 'strict', httpOnly: false, maxAgeSeconds: 60 }
    })
    const forged = [
      'at=w1',
      'at=',
      'at="',
      `at=${'A'.repeat(32)}`,
      `at=${'x'.repeat(5000)}`,
      'at=%00',
      'at',
      ';;=;at=\u00ff'
    ]
    for (const Cookie of forged) {
      const { cookies, status } = await page(bench, { Cookie })
      expect([status, cookies]).toEqual([200, [expect.stringMatching(/^at=[\w-]{32}; Path=\/; Max-Age=60; SameSite=Strict$/)]])
    }
    const first = await page(bench)
    const Cookie = pairOf(first.cookies[0])
    await bench.apply({
      services: services.filter(({ name }) => name !== first.server),
      lbVservers: [lbOf({ type: 'cookie', cookie: { name: 'at' } }, NAMES.filter(name => name !== first.server))]
    })
    const second = await page(bench, { Cookie })
    expect([second.server === first.server, second.cookies.length]).toEqual([false, 1])
    await bench.apply({
      services: services.map(service => service.name === second.server ? { ...service, state: 'draining' } : service),
      lbVservers: [lbOf({ type: 'cookie', cookie: { name: 'at' } })]
    })
    const third = await page(bench, { Cookie: pairOf(second.cookies[0]) })
    expect([third.server === second.server, third.cookies.length]).toEqual([false, 1])
    expect((await page(bench, { Cookie })).server).toBe(first.server)
  })

  test('a server that cannot be reached is replaced in the cookie', async () => {
    const bench = await start({ type: 'cookie', cookie: { name: 'at' } })
    const first = await page(bench)
    await bench.apply({
      services: services.map(service => service.name === first.server ? { ...service, port: 1 } : service)
    })
    const second = await page(bench, { Cookie: pairOf(first.cookies[0]) })
    expect([second.status, second.server === first.server, second.cookies.length]).toEqual([200, false, 1])
    expect((await page(bench, { Cookie: pairOf(second.cookies[0]) }))).toMatchObject({ server: second.server, cookies: [] })
  })

  test('is explained', async () => {
    const bench = await start({ type: 'cookie', secondary: 'source-ip', cookie: { name: 'at' } })
    const first = await page(bench)
    expect(await explained(bench, { cookie: pairOf(first.cookies[0]) })).toMatchObject({
      by: 'session',
      service: first.server,
      persistence: [{ type: 'cookie', entry: first.server, used: true }]
    })
    expect(await explained(bench, { cookie: 'at=forged' })).toMatchObject({
      by: 'method',
      persistence: [{ type: 'cookie', used: false, why: "cookie 'at' was not set here, or names what is gone" }, { type: 'source-ip', key: '192.0.2.7', used: false, why: 'its key has no entry' }]
    })
    expect(await explained(bench, {})).toMatchObject({ persistence: [{ why: "the client sent no cookie 'at'" }, { type: 'source-ip' }] })
  })
})

describe('by address', () => {
  test('clients of one network share a server while it can be taken, and hold no entry when they are done', async () => {
    const bench = await start({ type: 'source-ip', sourceIp: { ipv4Prefix: 24 } })
    const [first, ...rest] = await servers(bench, 3, {}, '127.0.5.1')
    expect([rest, await servers(bench, 3, {}, '127.0.5.77')]).toEqual([[], [first]])
    const others = await Promise.all(
      ['127.0.6.1', '127.0.7.1', '127.0.8.1'].map(async from => (await servers(bench, 2, {}, from)))
    )
    expect(others.every(all => all.length === 1)).toBe(true)
    await until(() => !sessions.table.holdsAny, 'the requests to let go')
    expect(sessions.table.list().map(({ lbVserver, key }) => `${lbVserver} ${key}`).toSorted()).toEqual(['5', '6', '7', '8'].map(n => `source-ip/web 127.0.${n}.0/24`))
    await bench.apply({ services: services.map(service => service.name === first ? { ...service, state: 'draining' } : service) })
    expect((await servers(bench, 2, {}, '127.0.5.1'))).not.toContain(first)
  })

  test('a server that cannot be reached is replaced in the entry', async () => {
    const bench = await start({ type: 'source-ip' })
    const [first] = await servers(bench, 1)
    await bench.apply({ services: services.map(service => service.name === first ? { ...service, port: 1 } : service) })
    const again = await servers(bench, 3)
    expect([again.length, again[0] === first]).toEqual([1, false])
    await until(() => !sessions.table.holdsAny, 'the requests to let go')
  })

  test('two GLBs and their pools keep the same client each for itself', async () => {
    const bench = await start({ type: 'none' }, {
      lbVservers: [lbOf({ type: 'source-ip' }, ['w1', 'w2'], 'web'), lbOf({ type: 'none' }, ['w3', 'w4'], 'other')],
      glbs: [{
        name: 'g',
        match: { hosts: ['h.test'] },
        steering: 'weighted',
        pools: [{ name: 'web' }, { name: 'other' }],
        affinity: { type: 'source-ip' }
      }],
      userVservers: [{ name: 'v', protocol: 'H', address: '127.0.0.1', port: 0, defaultLb: 'web', glbs: ['g'] }]
    })
    for (const from of ['127.0.0.1', '127.0.0.2', '127.0.0.3', '127.0.0.4']) {
      const all = await servers(bench, 4, {}, from)
      expect(all[0] === 'w1' || all[0] === 'w2' ? all.length : [...all].toSorted()).toEqual(
        all[0] === 'w1' || all[0] === 'w2' ? 1 : ['w3', 'w4']
      )
    }
    await until(() => !sessions.table.holdsAny, 'the requests to let go')
    expect(new Set(sessions.table.list().map(({ lbVserver }) => lbVserver))).toEqual(
      new Set(['source-ip/glb/g', 'source-ip/web'])
    )
  })
})

describe('by header', () => {
  test('a value has its server, and stands in no entry; without it the address decides', async () => {
    const bench = await start({ type: 'rule', rule: { header: 'X-Api-Key' }, secondary: 'source-ip' })
    const ann = await servers(bench, 3, { 'x-api-key': 'ann-secret' }, '127.0.0.1')
    expect([ann.length, await servers(bench, 3, { 'X-API-KEY': 'ann-secret' }, '127.0.0.2')]).toEqual([1, ann])
    expect(await servers(bench, 3, {}, '127.0.0.9')).toHaveLength(1)
    const entries = sessions.table.list()
    expect(entries.map(({ lbVserver }) => lbVserver).toSorted()).toEqual(['rule/web', 'source-ip/web'])
    expect(JSON.stringify(entries)).not.toContain('ann-secret')
    expect(await explained(bench, { 'x-api-key': 'ann-secret' })).toMatchObject({ by: 'session', service: ann[0], persistence: [{ type: 'rule', key: expect.stringMatching(/^hex:[0-9a-f]{64}$/) as string, entry: ann[0], used: true }] })
    expect(await explained(bench, {})).toMatchObject({ persistence: [{ type: 'rule', why: "the client sent no header 'x-api-key'" }, { type: 'source-ip', key: '192.0.2.7' }] })
    for (const name of ['__proto__', 'constructor']) expect(await explained(bench, { [name]: 'x' })).toMatchObject({ persistence: [{ type: 'rule' }, { type: 'source-ip' }] })
  })
})

test('a GLB keeps browsers in their pool by a cookie beside that of the pool', async () => {
  const bench = await start({ type: 'none' }, {
    lbVservers: [
      lbOf({ type: 'cookie' }, ['w1', 'w2'], 'web'),
      lbOf({ type: 'cookie' }, ['w3', 'w4'], 'other'),
      lbOf({ type: 'none' }, ['w1'], 'last')
    ],
    glbs: [{
      name: 'g',
      match: { hosts: ['*'] },
      steering: 'weighted',
      pools: [{ name: 'web' }, { name: 'other' }],
      fallback: 'last',
      affinity: { type: 'cookie', cookie: { name: 'pool' } }
    }],
    userVservers: [{ name: 'v', protocol: 'H', address: '127.0.0.1', port: 0, defaultLb: 'web', glbs: ['g'] }]
  })
  const first = await page(bench)
  expect(first.cookies.map(pairOf)).toEqual([expect.stringMatching(/^pool=/), expect.stringMatching(/^weir-/)])
  const Cookie = first.cookies.map(pairOf).join('; ')
  for (let i = 0; i < 5; i++) expect(await page(bench, { Cookie })).toMatchObject({ server: first.server, cookies: [] })
  await bench.apply({ services: services.map(service => ({ ...service, state: 'disabled' })) })
  expect(await page(bench, { Cookie })).toMatchObject({ status: 503, cookies: [] })
})

test('a request that fails over to another pool gets the cookies of that pool alone', async () => {
  const bench = await start({ type: 'none' }, {
    services: services.map(service => service.name === 'w1' ? { ...service, port: 1 } : service),
    lbVservers: [
      lbOf({ type: 'cookie', cookie: { name: 'one' } }, ['w1'], 'web'),
      lbOf({ type: 'cookie', cookie: { name: 'two' } }, ['w3'], 'other')
    ],
    glbs: [{
      name: 'g',
      match: { hosts: ['*'] },
      pools: [{ name: 'web' }, { name: 'other' }],
      affinity: { type: 'cookie', cookie: { name: 'pool' } }
    }],
    userVservers: [{ name: 'v', protocol: 'H', address: '127.0.0.1', port: 0, defaultLb: 'web', glbs: ['g'] }]
  })
  const first = await page(bench)
  expect([first.server, first.cookies.map(cookie => cookie.split('=', 1)[0])]).toEqual(['w3', ['pool', 'two']])
  expect(await page(bench, { Cookie: first.cookies.map(pairOf).join('; ') })).toMatchObject({
    server: 'w3',
    cookies: []
  })
})
