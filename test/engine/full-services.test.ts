import { countsOf, LocalSessionDirectory, sumOf } from '@weirlb/engine'
import type { ConfigInput } from '@weirlb/model'
import { until } from '@weirlb/testing'
import { describe, expect, test } from 'vitest'
import { around, type EngineBench, startEngine, TestClient, twoServers } from '../support/engine-bench.ts'
import { HttpBench, web } from '../support/http-bench.ts'
import { lineProtocol, SERVER_LINES } from '../support/line-protocol.ts'

const PROTOCOL = lineProtocol(SERVER_LINES)

type FullBench = EngineBench & { readonly services: NonNullable<ConfigInput['services']>, readonly config: ConfigInput }

/** LB vserver `lb` with the first of two servers, for one client; `spare` has the other. */
const start = async (lb: object, maxClients = 1, sessions = new LocalSessionDirectory()): Promise<FullBench> => {
  const servers = await twoServers()
  const config = around(PROTOCOL, servers, {
    lbVservers: [{ name: 'lb', services: [{ name: 's1' }], persistence: { type: 'user-session' }, ...lb }, { name: 'spare', services: [{ name: 's2' }] }]
  })
  const services = config.services!.map((service, i) => i === 0 ? { ...service, maxClients } : service)
  return { ...await startEngine({ ...config, services }, { sessions }), services, config: { ...config, services } }
}

const send = (bench: EngineBench, line: string): TestClient => {
  const client = bench.connect()
  client.socket.write(`${line}\n`)
  return client
}

const decision = async (bench: EngineBench, line: string) => {
  const { frames } = await bench.engine.explain({
    userVserver: 'v',
    bytes: Buffer.from(`${line}\n`),
    side: 'client',
    client: { address: '127.0.0.1', port: 1 } as never
  })
  return frames[0]!.decision!
}

const lbStats = ({ engine }: EngineBench) => engine.stats().lbVservers['lb']!

describe('queue', () => {
  test('clients wait for a full service in their order, each until one leaves', async () => {
    const bench = await start({ queue: { clients: 2, timeoutSeconds: 300 } })
    const first = send(bench, 'hello')
    await first.gets('one\n')
    const second = send(bench, 'hello a')
    await until(() => lbStats(bench).waiting === 1, 'the second to wait')
    const third = send(bench, 'hello b')
    await until(() => lbStats(bench).waiting === 2, 'the third to wait')
    const fourth = send(bench, 'hello c')
    await fourth.closes()
    expect(fourth.text).toBe('goodbye limit after 1\n')
    expect(await decision(bench, 'hello')).toMatchObject({
      refusal: 'limit',
      queue: { waiting: 2, limit: 2 },
      candidates: [{ why: 'full' }]
    })
    first.socket.destroy()
    await second.gets('one\n')
    expect([third.text, lbStats(bench).waiting]).toEqual(['', 1])
    second.socket.destroy()
    await third.gets('one\n')
    expect(lbStats(bench)).toMatchObject({ waiting: 0, waited: 2, waitedInVain: 0, noService: 1, picks: 3 })
    const { waitMs } = lbStats(bench)
    expect([countsOf(waitMs).reduce((sum, count) => sum + count, 0), sumOf(waitMs) > 0]).toEqual([2, true])
  })

  test('a client that waits too long is refused', async () => {
    const bench = await start({ queue: { clients: 2, timeoutSeconds: 0.2 } })
    await send(bench, 'hello').gets('one\n')
    const second = send(bench, 'hello')
    await second.closes()
    expect(second.text).toBe('goodbye limit after 1\n')
    expect(lbStats(bench)).toMatchObject({ waiting: 0, waited: 1, waitedInVain: 1, noService: 1 })
  })

  test('clients that end while they wait give their places in the queue to others, and take no service', async () => {
    const bench = await start({ queue: { clients: 1, timeoutSeconds: 300 } })
    const first = send(bench, 'hello')
    await first.gets('one\n')
    for (let i = 0; i < 3; i++) {
      send(bench, 'hello')
      await until(() => lbStats(bench).waited === i + 1, 'it to wait')
      for (const { id, service } of bench.engine.connections({})) if (service === undefined) bench.engine.kill(id)
      await until(() => bench.engine.connections({}).length === 1, 'its end')
    }
    const last = send(bench, 'hello')
    await until(() => lbStats(bench).waited === 4, 'the last to wait')
    first.socket.destroy()
    await last.gets('one\n')
    expect(bench.engine.stats().services['s1']).toMatchObject({ connections: 1, dialled: 2 })
  })

  test('clients that could not reach the other service wait for the full one, and stop nobody', async () => {
    const servers = await twoServers()
    const config = around(PROTOCOL, servers, {
      lbVservers: [{
        name: 'lb',
        services: [{ name: 's1' }, { name: 's2' }],
        queue: { clients: 9, timeoutSeconds: 300 }
      }]
    })
    // Nobody listens on port 1.
    const bench = await startEngine({
      ...config,
      services: config.services!.map((service, i) => i === 0 ? { ...service, maxClients: 1 } : { ...service, port: 1 })
    })
    const first = send(bench, 'hello')
    await first.gets('one\n')
    const waiting = [send(bench, 'hello'), send(bench, 'hello')]
    await until(() => lbStats(bench).waiting === 2, 'both to wait')
    first.socket.destroy()
    await until(() => lbStats(bench).waiting === 1, 'one to have the service')
    const second = waiting.find(({ text }) => text !== '') ?? waiting[0]!
    await second.gets('one\n')
    second.socket.destroy()
    await waiting.find(client => client !== second)!.gets('one\n')
    expect(lbStats(bench)).toMatchObject({ waiting: 0, waited: 2, waitedInVain: 0 })
  })

  test('a client that ends its side while it waits leaves the queue', async () => {
    const bench = await start({ queue: { clients: 9, timeoutSeconds: 300 } })
    await send(bench, 'hello').gets('one\n')
    const second = send(bench, 'hello')
    await until(() => lbStats(bench).waiting === 1, 'the second to wait')
    second.socket.end()
    await until(() => lbStats(bench).waiting === 0, 'it to leave')
    await second.closes()
    await until(() => bench.engine.stats().userVservers['v']!.closed['client-closed'] === 1, 'its end to be counted')
    expect(lbStats(bench)).toMatchObject({ waited: 1, waitedInVain: 0 })
  })

  test.each<[string, (bench: FullBench) => ConfigInput]>([
    [
      'is removed',
      ({ config }) => ({
        ...config,
        lbVservers: config.lbVservers!.filter(({ name }) => name !== 'lb'),
        userVservers: config.userVservers!.map(vserver => ({ ...vserver, defaultLb: 'spare' }))
      })
    ],
    [
      'is disabled',
      ({ config }) => ({
        ...config,
        lbVservers: config.lbVservers!.map(lb => lb.name === 'lb' ? { ...lb, state: 'disabled' } : lb)
      })
    ]
  ])('when their LB vserver %s, clients that wait are refused at once', async (_what, change) => {
    const bench = await start({ queue: { clients: 9, timeoutSeconds: 300 } })
    await send(bench, 'hello').gets('one\n')
    const waiting = [send(bench, 'hello'), send(bench, 'hello')]
    await until(() => lbStats(bench).waiting === 2, 'two to wait')
    await bench.apply(change(bench))
    for (const client of waiting) {
      await client.closes()
      expect(client.text).toBe('goodbye no-service after 1\n')
    }
    await until(() => bench.engine.stats().userVservers['v']!.closed['no-service'] === 2, 'their ends to be counted')
  })

  test('a backup that comes takes those that wait', async () => {
    const bench = await start({ queue: { clients: 9, timeoutSeconds: 300 } })
    await send(bench, 'hello').gets('one\n')
    const second = send(bench, 'hello')
    await until(() => lbStats(bench).waiting === 1, 'it to wait')
    await bench.apply({
      lbVservers: bench.config.lbVservers!.map(lb => lb.name === 'lb' ? { ...lb, backup: 'spare' } : lb)
    })
    await second.gets('two\n')
  })

  test('a larger limit lets those in that wait', async () => {
    const bench = await start({ queue: { clients: 3, timeoutSeconds: 300 } })
    await send(bench, 'hello').gets('one\n')
    const waiting = [send(bench, 'hello'), send(bench, 'hello')]
    await until(() => lbStats(bench).waiting === 2, 'two to wait')
    await bench.apply({ services: bench.services.map(service => ({ ...service, maxClients: 3 })) })
    for (const client of waiting) await client.gets('one\n')
  })
})

test('HTTP requests wait, and those of a client that leaves wait no more', async () => {
  const answers: (() => void)[] = []
  const { port } = await web((_request, response) => { answers.push(() => { response.end('done') }) })
  const http = await HttpBench.start([port])
  const { bench } = http
  await bench.apply({
    services: [{ name: 's1', address: '127.0.0.1', port: 1 }, { name: 'w1', type: 'HTTP', address: '127.0.0.1', port, maxClients: 1, monitors: [] }],
    lbVservers: [{ name: 'lb', services: [{ name: 's1' }] }, { name: 'web', type: 'HTTP', services: [{ name: 'w1' }], queue: { clients: 9, timeoutSeconds: 300 } }]
  })
  const waiting = async (count: number): Promise<void> => {
    await until(() => bench.engine.stats().lbVservers['web']!.waiting === count, `${count} to wait`)
  }
  const first = http.ask('/')
  await until(() => answers.length === 1, 'the first')
  const client = new TestClient(http.port)
  client.socket.write('GET / HTTP/1.1\r\nHost: a.example\r\n\r\n')
  await waiting(1)
  const third = http.ask('/')
  await waiting(2)
  client.socket.end()
  await waiting(1)
  answers[0]!()
  await until(() => answers.length === 2, 'the third')
  answers[1]!()
  expect([(await first).body, (await third).body]).toEqual(['done', 'done'])
  await until(() => http.requests['answered'] === 2, 'both to be counted')
  expect(http.requests).toEqual({ answered: 2, 'client-reset': 1 })
})

describe('spillover', () => {
  test('new clients go to the backup from so many connections on; those with an entry stay', async () => {
    const sessions = new LocalSessionDirectory()
    const bench = await start({ backup: 'spare', spillover: { connections: 2 } }, 0, sessions)
    const staying = [send(bench, 'hello ann'), send(bench, 'hello bob')]
    for (const client of staying) await client.gets('one\n')
    await send(bench, 'hello carl').gets('two\n')
    await send(bench, 'tunnel ann').gets('one\n')
    expect(lbStats(bench)).toMatchObject({ spilled: 1 })
    expect(await decision(bench, 'hello dora')).toMatchObject({
      spillover: { connections: 3, limit: 2, spilled: true },
      service: undefined,
      backup: { lbVserver: 'spare', service: 's2' },
      candidates: [{ service: 's1', verdict: 'spare' }]
    })
    expect(await decision(bench, 'hello ann')).toMatchObject({
      spillover: { spilled: false },
      service: 's1',
      by: 'session',
      backup: undefined
    })
    for (const client of staying) client.socket.destroy()
    await until(() => bench.engine.stats().services['s1']!.connections === 1, 'their end')
    await send(bench, 'hello eve').gets('one\n')
  })

  test('without a service of the backup clients stay', async () => {
    const bench = await start({ backup: 'spare', spillover: { connections: 1 } }, 0)
    await send(bench, 'hello').gets('one\n')
    bench.engine.setServiceHealth('s2', 'down')
    await send(bench, 'hello').gets('one\n')
    expect(lbStats(bench)).toMatchObject({ spilled: 0, picks: 2 })
  })
})
