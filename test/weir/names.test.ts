// Services whose address is a host name, of a whole Weir: their addresses in DNS are followed.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '@weirlb/testing'
import { afterEach, describe, expect, test } from 'vitest'
import {
  createWeir,
  FileStorage,
  type ConfigInput,
  type EntityInput,
  type EventName,
  type Weir,
  type WeirEvent,
  type WeirOptions
} from 'weirlb'
import { ApiClient } from '../admin/api-client.ts'
import { AddressedServers } from '../support/addressed-servers.ts'
import { DnsServer } from '../support/dns-server.ts'
import { Client, serverOf } from './farm.ts'

const source = readFileSync(new URL('../../examples/custom-protocol/protocol.ts', import.meta.url), 'utf8')
const [RED, BLUE, GREEN] = ['127.0.0.2', '127.0.0.3', '127.0.0.4'] as const

const running: Weir[] = []
afterEach(async () => {
  for (const weir of running.splice(0)) await weir.stop({ graceMs: 200 })
})

/** One LB vserver with what is given. */
const config = (entities: Pick<ConfigInput, 'services' | 'serviceGroups'>, lb: Partial<EntityInput<'lbVservers'>> = {}): ConfigInput => ({
  extensions: [{ name: 'hello', source }],
  userProtocols: [{ name: 'HELLO', transport: 'tcp', extension: 'hello' }],
  ...entities,
  lbVservers: [{
    name: 'lb',
    services: [...entities.services ?? [], ...entities.serviceGroups ?? []].map(({ name }) => ({ name })),
    ...lb
  }],
  userVservers: [{ name: 'v', protocol: 'HELLO', address: '127.0.0.1', port: 0, defaultLb: 'lb' }]
})

const start = async (
  dns: DnsServer,
  config: ConfigInput | undefined,
  options: WeirOptions = {},
  answered = true
): Promise<{ weir: Weir, port: number, events: WeirEvent[] }> => {
  const weir = createWeir({
    workers: 0,
    log: { level: 'silent' },
    dnsServers: [dns.address],
    ...options,
    ...(config === undefined ? {} : { config })
  })
  running.push(weir)
  const events: WeirEvent[] = []
  for (const name of ['members-changed', 'name-status'] as const satisfies EventName[]) weir.on(name, event => { events.push(event) })
  await weir.start()
  if (answered)
    await until(async () =>
      (await weir.services.statuses()).every(({ status: { names = [], members = names } }) =>
        names.every(({ state }) => state !== 'waiting') && members.length > 0 === names.some(({ addresses }) =>
            addresses > 0
          )
      ), 'the first answers')
  return { weir, port: (await weir.userVservers.status('v')).listening!.port, events }
}

/** The servers of so many new clients. */
const serversOf = async (port: number, clients: number, name = 'c'): Promise<string[]> =>
  [...new Set(await Promise.all(Array.from({ length: clients }, async (_, n) => await serverOf(port, `${name}${n}`))))].sort()

const membersOf = async (weir: Weir, service: string): Promise<Record<string, string>> =>
  Object.fromEntries((await weir.services.status(service)).members!.map(({ name, value }) => [name, value]))

const web = (port: number, more: Partial<EntityInput<'services'>> = {}): EntityInput<'services'> =>
  ({ name: 'web', address: 'web.example', port, resolve: 'all', monitors: [], ...more })

describe.each([0, 2])('with %i workers', workers => {
  test('every address of a name is a server, new ones join, and vanished ones keep their clients', async () => {
    const servers = await AddressedServers.start(RED, BLUE, GREEN)
    const { port: at } = servers
    const dns = await DnsServer.start()
    dns.names.set('web.example', { a: [RED, BLUE] })
    const { weir, port, events } = await start(dns, config({ services: [web(at)] }), { workers })
    expect(await serversOf(port, 6)).toEqual([RED, BLUE])
    expect(await membersOf(weir, 'web')).toEqual({ [`web@${RED}:${at}`]: 'up', [`web@${BLUE}:${at}`]: 'up' })
    const kept = await Promise.all(['k1', 'k2', 'k3', 'k4'].map(async name => await Client.connect(port, name)))
    const onRed = kept.find(({ server }) => server === RED)!

    dns.names.set('web.example', { a: [GREEN, BLUE] })
    await until(async () => (await membersOf(weir, 'web'))[`web@${RED}:${at}`] === 'leaving', 'the vanished address')
    expect(await serversOf(port, 6, 'd')).toEqual([BLUE, GREEN])
    expect(await onRed.say('still')).toBe(`${RED}: still`)
    expect(events.filter(({ type }) => type === 'members-changed')).toMatchObject([{
      service: 'web',
      joined: [`web@${GREEN}:${at}`],
      left: [`web@${RED}:${at}`],
      members: 2
    }])
    expect((await weir.connections.list()).find(({ service }) => service === `web@${RED}:${at}`)).toBeDefined()

    for (const client of kept) client.close()
    await until(async () => !(`web@${RED}:${at}` in await membersOf(weir, 'web')), 'its last client has left')
    expect(Object.keys((await weir.stats()).services).sort()).toEqual([`web@${BLUE}:${at}`, `web@${GREEN}:${at}`])
    expect(events.filter(({ type }) => type === 'members-changed')).toHaveLength(1)
  })
})

/** What DNS is known to say of the name of `web`. */
const nameOf = async (weir: Weir, service = 'web') => (await weir.services.status(service)).names![0]!

describe('a service by name', () => {
  test('SRV records have ports, weights and priorities', async () => {
    const dns = await DnsServer.start()
    const [red, blue, green] = [
      await AddressedServers.start(RED),
      await AddressedServers.start(BLUE),
      await AddressedServers.start(GREEN)
    ]
    // dns2 compresses targets that end as other names do, and Node refuses those.
    dns.names.set('red.servers', { a: [RED] })
    dns.names.set('blue.hosts', { a: [BLUE] })
    dns.names.set('spare', { a: [GREEN] })
    dns.names.set('_hello._tcp.example', {
      srv: [{ target: 'red.servers', port: red.port, weight: 30_000 }, { target: 'blue.hosts', port: blue.port, weight: 10_000 }, { target: 'spare', port: green.port, priority: 1 }]
    })
    const { weir, port } = await start(dns, config({ services: [web(0, { address: '_hello._tcp.example' })] }))
    expect((await weir.services.status('web')).members).toMatchObject([
      { name: `web@${RED}:${red.port}`, weight: 100 },
      { name: `web@${BLUE}:${blue.port}`, weight: 33 },
      { name: `web@${GREEN}:${green.port}` }
    ])
    const servers = await Promise.all(Array.from({ length: 8 }, async (_, n) => await serverOf(port, `c${n}`)))
    expect(servers.filter(server => server === RED)).toHaveLength(6)
    red.stop(RED)
    blue.stop(BLUE)
    expect(await serversOf(port, 2, 'spare')).toEqual([GREEN])
    // Records that go.
    dns.names.set('_hello._tcp.example', { srv: [{ target: 'spare', port: green.port }] })
    await until(async () => Object.keys(await membersOf(weir, 'web')).length === 1, 'the record that is left')
    expect(await serversOf(port, 2)).toEqual([GREEN])
  })

  test('a DNS server that never answers holds up neither the start nor a change, and a name that begins to resolve is used', async () => {
    const servers = await AddressedServers.start(RED)
    const dns = await DnsServer.start()
    dns.names.set('web.example', { fails: 'silence' })
    const begin = performance.now()
    const { weir, port, events } = await start(dns, config({ services: [web(servers.port)] }), {}, false)
    const begun = performance.now()
    expect(begun - begin).toBeGreaterThan(1900)
    expect(await weir.services.status('web')).toMatchObject({
      value: 'down',
      reason: 'web.example is waiting',
      members: [],
      names: [{ state: 'waiting', addresses: 0 }]
    })
    // What has no name of its own is changed meanwhile.
    await weir.lbVservers.patch('lb', { comment: 'changed' })
    expect(await serverOf(port, 'early')).toBe('ERR no-service')
    await until(async () => (await nameOf(weir)).state === 'failing', 'the end of the look-up')
    expect(await nameOf(weir)).toMatchObject({
      reason: 'A records of web.example: no answer in time; AAAA records of web.example: no answer in time'
    })
    dns.names.set('web.example', { a: [RED] })
    await until(async () => (await weir.services.status('web')).value === 'up', 'the answer')
    expect(await serversOf(port, 2)).toEqual([RED])
    expect(events).toMatchObject([{ state: 'failing' }, { state: 'resolved' }, { joined: [`web@${RED}:${servers.port}`] }])
  })
})

describe('a member whose drain ends', () => {
  test('has its clients closed, as a service that is removed', async () => {
    const servers = await AddressedServers.start(RED, BLUE)
    const dns = await DnsServer.start()
    dns.names.set('web.example', { a: [RED] })
    const { weir, port } = await start(
      dns,
      config({ services: [web(servers.port, { drainSeconds: 1 })] }, { persistence: { type: 'user-session' } })
    )
    const client = await Client.connect(port, 'pinned')
    expect(await weir.sessions.list()).toMatchObject([{ key: 'pinned', service: `web@${RED}:${servers.port}` }])
    dns.names.set('web.example', { a: [BLUE] })
    // The entry goes with the address: the client's next connection is balanced anew.
    await until(async () => (await weir.sessions.list()).length === 0, 'the entry')
    expect([await client.next(), await client.next()]).toEqual(['ERR service-down', undefined])
    await until(async () => (await weir.stats()).userVservers['v']!.closed['service-down'] === 1, 'the closed client')
    expect(await membersOf(weir, 'web')).toEqual({ [`web@${BLUE}:${servers.port}`]: 'up' })
    expect(await serverOf(port, 'pinned')).toBe(BLUE)
  })
})

describe('a service that its name leads to one server', () => {
  test('follows the name, and keeps its clients where they are', async () => {
    const servers = await AddressedServers.start(RED, BLUE)
    const dns = await DnsServer.start()
    dns.names.set('web.example', { a: [RED] })
    const { weir, port } = await start(
      dns,
      config({ services: [web(servers.port, { resolve: 'first', monitors: [{ type: 'tcp', intervalSeconds: 0.1 }] })] })
    )
    await until(async () => (await nameOf(weir)).state === 'resolved', 'the answer')
    const kept = await Client.connect(port, 'kept')
    expect(kept.server).toBe(RED)
    // Another address in front is no reason to change.
    dns.names.set('web.example', { a: [BLUE, RED] })
    await until(async () => (await nameOf(weir)).addresses === 2, 'the second address')
    expect(await serversOf(port, 3)).toEqual([RED])
    dns.names.set('web.example', { a: [BLUE] })
    await until(async () => await serverOf(port, 'new') === BLUE, 'the other address')
    expect(await kept.say('still')).toBe(`${RED}: still`)
    expect((await weir.connections.list())[0]).toMatchObject({ service: 'web' })
    // Without DNS it stays there, and so does its health.
    dns.names.set('web.example', { fails: 'SERVFAIL' })
    await until(async () => (await nameOf(weir)).state === 'stale', 'the failure')
    expect(await serversOf(port, 3)).toEqual([BLUE])
    await until(async () => (await weir.services.status('web')).value === 'up', 'its health')
    kept.close()
  })
})

test('a drain of a service that stands for several tells the clients of all', async () => {
  const servers = await AddressedServers.start(RED, BLUE)
  const dns = await DnsServer.start()
  dns.names.set('web.example', { a: [RED, BLUE] })
  const { weir, port } = await start(dns, config({ services: [web(servers.port)] }))
  const clients = await Promise.all(['a', 'b', 'c'].map(async name => await Client.connect(port, name)))
  const { id } = await weir.services.drain('web', { ratePerSecond: 100 })
  for (const client of clients) {
    expect(await client.next()).toBeDefined()
    client.close()
  }
  await until(() => weir.jobs.list().find(job => job.id === id)!.state === 'done', 'the end of the job')
  expect(weir.jobs.list().find(job => job.id === id)).toMatchObject({
    service: 'web',
    clients: 3,
    told: 3,
    remaining: 0
  })
  expect(await membersOf(weir, 'web')).toEqual({
    [`web@${RED}:${servers.port}`]: 'draining',
    [`web@${BLUE}:${servers.port}`]: 'draining'
  })
})

describe('after a restart without DNS', () => {
  const directories: string[] = []
  afterEach(() => { for (const directory of directories.splice(0)) rmSync(directory, { recursive: true }) })
  const directory = (): string => {
    directories.push(mkdtempSync(join(tmpdir(), 'weir-names-')))
    return directories.at(-1)!
  }

  test('the last known servers are used, and so are the sessions that name them', async () => {
    const servers = await AddressedServers.start(RED, BLUE)
    const dns = await DnsServer.start()
    dns.names.set('web.example', { a: [RED, BLUE] })
    const state = directory()
    const before = await start(
      dns,
      config({ services: [web(servers.port)] }, { persistence: { type: 'user-session', timeoutSeconds: 600 } }),
      { storage: new FileStorage(state) }
    )
    const pinned = new Map(
      await Promise.all(['a', 'b', 'c', 'd'].map(async name => [name, await serverOf(before.port, name)] as const))
    )
    await before.weir.stop({ graceMs: 200 })
    await dns.close()
    const { weir, port } = await start(dns, undefined, { storage: new FileStorage(state) })
    await until(async () => (await nameOf(weir)).state === 'stale', 'the failure')
    expect((await nameOf(weir)).addresses).toBe(2)
    for (const [name, server] of pinned) expect(await serverOf(port, name)).toBe(server)
  })

  test('without a state there are none, and the status has the reason', async () => {
    const dns = await DnsServer.start()
    await dns.close()
    const { weir, port } = await start(dns, config({ services: [web(80)] }))
    await until(async () => (await nameOf(weir)).state === 'failing', 'the failure')
    expect(await weir.services.status('web')).toMatchObject({
      value: 'down',
      members: [],
      reason: expect.stringContaining('no DNS server can be reached') as string
    })
    expect(await serverOf(port, 'a')).toBe('ERR no-service')
  })
})

describe('a service group', () => {
  const group = (port: number): EntityInput<'serviceGroups'> => ({
    name: 'g',
    monitors: [],
    members: [{ address: RED, port, weight: 3 }, { address: BLUE, port }]
  })
  const startGroup = async (lb: Partial<EntityInput<'lbVservers'>> = {}) => {
    const servers = await AddressedServers.start(RED, BLUE, GREEN)
    const dns = await DnsServer.start()
    const started = await start(dns, config({ serviceGroups: [group(servers.port)] }, lb))
    const api = await ApiClient.over({ weir: started.weir })
    const [red, blue] = [`${RED}:${servers.port}`, `${BLUE}:${servers.port}`] as const
    return { ...started, servers, dns, api, at: servers.port, red, blue }
  }

  test('is many servers with one set of settings, which statistics, connections, sessions and explain name', async () => {
    const { weir, port, red, blue } = await startGroup({ persistence: { type: 'user-session' } })
    const servers = await Promise.all(Array.from({ length: 8 }, async (_, n) => await serverOf(port, `c${n}`)))
    expect(servers.filter(server => server === RED)).toHaveLength(6)
    expect((await weir.stats()).services).toMatchObject({ [`g@${red}`]: { dialled: 6 }, [`g@${blue}`]: { dialled: 2 } })
    const client = await Client.connect(port, 'kept')
    const service = `g@${client.server}:${red.split(':')[1]}`
    expect(await weir.connections.list()).toMatchObject([{ service }])
    expect((await weir.sessions.list({ key: 'kept' }))).toMatchObject([{ service }])
    expect(await weir.serviceGroups.status('g')).toMatchObject({ value: 'up', members: [{ name: `g@${red}`, value: 'up', weight: 3 }, { name: `g@${blue}`, value: 'up', weight: 1 }] })
    const explained = await weir.userVservers.explain('v', Buffer.from('HELLO kept\n'))
    const choice = explained.frames[0]!.decision!
    expect([choice.service, choice.candidates.map(candidate => candidate.service).sort()]).toEqual([service, [`g@${red}`, `g@${blue}`]])
    expect((await weir.health()).services).toEqual({ up: 2, down: 0, unknown: 0 })
    client.close()
  })

  test('has members that are added, weighed, drained, disabled and removed one by one', async () => {
    const { port, api, at, red, blue, events } = await startGroup()
    const member = (key: string, verb = ''): string => `/v1/service-groups/g/members/${encodeURIComponent(key)}${verb}`
    const kept = await Client.connect(port, 'kept')
    expect(kept.server).toBe(RED)
    expect(await api.call('POST', member(red, '/drain'))).toMatchObject({
      status: 200,
      body: {
        members: [{ state: 'draining' }, { state: 'enabled' }],
        status: { members: [{ name: `g@${red}`, value: 'draining', connections: 1 }, { value: 'up' }] }
      }
    })
    expect(await serversOf(port, 3)).toEqual([BLUE])
    expect(await kept.say('still')).toBe(`${RED}: still`)
    expect((await api.call('POST', member(red, '/disable'))).status).toBe(200)
    expect([await kept.next(), await kept.next()]).toEqual(['ERR service-down', undefined])
    expect((await api.call('POST', member(red, '/enable'))).status).toBe(200)
    expect(await serversOf(port, 8)).toEqual([RED, BLUE])
    expect(await api.call('PATCH', member(red), { body: { weight: 7 } })).toMatchObject({
      status: 200,
      body: { members: [{ address: RED, weight: 7 }, {}] }
    })
    expect((await api.call('POST', '/v1/service-groups/g/members', { body: { address: GREEN, port: at } })).status)
      .toBe(200)
    const other = await Client.connect(port, 'other')
    expect((await api.call('DELETE', member(blue))).status).toBe(200)
    expect((await api.call('DELETE', member(red))).status).toBe(200)
    expect([await other.next(), await other.next()]).toEqual(['ERR service-down', undefined])
    expect(await serversOf(port, 3)).toEqual([GREEN])
    expect(events).toMatchObject([{ joined: [`g@${GREEN}:${at}`], members: 3 }, { left: [`g@${blue}`] }, { left: [`g@${red}`], members: 1 }])
  })

  test('refuses what does not fit, and nothing changes', async () => {
    const { api, at, red, weir } = await startGroup()
    const before = weir.config.get()
    const refused = async (
      method: 'POST' | 'PATCH' | 'DELETE',
      path: string,
      body: object | undefined,
      status: number,
      code: string,
      detail: string
    ): Promise<void> => {
      expect(await api.call(method, path, body === undefined ? {} : { body })).toMatchObject({
        status,
        body: { code, detail }
      })
    }
    await refused('POST', '/v1/service-groups/g/members', { address: RED, port: at }, 409, 'name-taken', `address: member '${red}' of service group 'g' is there already; its weight and state change with a PATCH of the member`)
    await refused('POST', '/v1/service-groups/g/members', { address: RED, port: 0 }, 422, 'config-invalid', 'port: must be at least 1; got 0. Only an SRV name, such as _mqtt._tcp.example.com, has its ports in DNS')
    await refused('POST', '/v1/service-groups/g/members', { address: GREEN, port: 1, weight: 0 }, 422, 'config-invalid', 'weight: must be at least 1; got 0')
    await refused('PATCH', `/v1/service-groups/g/members/${red}`, { state: 'off' }, 422, 'config-invalid', 'state: expected one of enabled, sessions-only, draining, disabled; got "off"')
    await refused('DELETE', '/v1/service-groups/g/members/10.0.0.1:1', undefined, 404, 'not-found', `no member '10.0.0.1:1' in service group 'g'; there are: ${red}, ${BLUE}:${at}`)
    await refused('DELETE', '/v1/service-groups/g', undefined, 409, 'in-use', "service group 'g' is in use by LB vserver 'lb'")
    await refused('POST', '/v1/services', { name: 'g', address: RED, port: 1 }, 409, 'name-taken', "service group 'g', name: there is a service 'g', and LB vservers bind both by name")
    await refused('POST', '/v1/lb-vservers/lb/services', { name: 'h' }, 422, 'reference-unknown', "name: no service or service group 'h'; there are: g")
    expect(weir.config.get()).toEqual(before)
  })

  test('takes members by name, each address a member, and goes when it is bound nowhere', async () => {
    const { weir, port, dns, at, red } = await startGroup()
    dns.names.set('more.example', { a: [BLUE, GREEN] })
    await weir.serviceGroups.patch('g', { members: [{ address: RED, port: at }, { address: 'more.example', port: at, resolve: 'all' }] })
    expect(await serversOf(port, 6)).toEqual([RED, BLUE, GREEN])
    dns.names.set('more.example', { a: [GREEN] })
    await until(
      async () => (await weir.serviceGroups.status('g')).members!.every(({ name }) => name !== `g@${BLUE}:${at}`),
      'the vanished address'
    )
    expect(await serversOf(port, 4)).toEqual([RED, GREEN])
    const client = await Client.connect(port, 'kept')
    await weir.lbVservers.unbind('lb', 'g')
    expect(await client.say('still')).toBe(`${client.server}: still`)
    await weir.serviceGroups.delete('g')
    expect([await client.next(), await client.next()]).toEqual(['ERR service-down', undefined])
    expect([(await weir.stats()).services, red.length > 0]).toEqual([{}, true])
  })
})
