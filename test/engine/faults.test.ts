// What throws while it works for one connection is a fault of ours: that one ends as `internal-error`, and nobody else
// notices.
import { until } from '@weirlb/testing'
import { describe, expect, test } from 'vitest'
import { LocalSessionDirectory, type SessionDirectory } from '@weirlb/engine'
import { chooseTransport, type Transport } from '@weirlb/link'
import { around, atEnd, startEngine, TestServer, type EngineBench } from '../support/engine-bench.ts'
import { freePort } from '../support/free-port.ts'
import { HttpBench, web } from '../support/http-bench.ts'
import { perMessageProtocol, SERVER_LINES, silentProtocol } from '../support/per-message-protocol.ts'

const BROKEN = 'told to break'
const transportOfTests = process.env['WEIR_TRANSPORT'] === 'uring' ? 'uring' : 'node'

/** The transport of these tests, but for what it does at the dials to one port. */
const breaking = (
  port: () => number,
  breaks: (
    options: Parameters<Transport['dial']>[0],
    sink: Parameters<Transport['dial']>[1]
  ) => ReturnType<Transport['dial']>
): Transport => {
  const { transport } = chooseTransport(transportOfTests)
  return {
    ...transport,
    listen: transport.listen.bind(transport),
    dial: (options, sink) => options.port === port() ? breaks(options, sink) : transport.dial(options, sink)
  }
}

const toBreak = (): never => { throw new Error(BROKEN) }

/** One client breaks; another, who was there before, goes on, and a third is served. */
const onlyOneEnds = async (
  bench: EngineBench,
  breaks: string,
  works = 'session good\n',
  answer = works
): Promise<void> => {
  const before = bench.connect()
  before.socket.write(works)
  await before.gets(answer)
  const broken = bench.connect()
  broken.socket.write(breaks)
  await broken.closes()
  expect(await bench.log.ends()).toMatchObject([{ reason: 'internal-error', detail: BROKEN }])
  expect(bench.log.lines.find(line => line.message === 'internal error')).toMatchObject({
    level: 'error',
    detail: BROKEN,
    userVserver: 'v'
  })
  before.socket.write(works)
  await until(() => before.text === answer + answer, 'the client that was there before to be answered again')
  const after = bench.connect()
  after.socket.write(works)
  await after.gets(answer)
  await until(() => bench.engine.connections({}).length === 2, 'the broken connection to be gone')
  expect(bench.engine.stats().userVservers['v']).toMatchObject({
    connections: 2,
    accepted: 3,
    closed: { 'internal-error': 1 }
  })
}

const echo = async (): Promise<TestServer> => await TestServer.listen(chunk => chunk)

describe.each(['per-message', 'per-connection'] as const)("balance '%s'", balance => {
  const source = balance === 'per-message' ? perMessageProtocol('in-order', SERVER_LINES) : perMessageProtocol('none', SERVER_LINES).replace("balance: 'per-message', replies: 'none'", "balance: 'per-connection'")

  test('a session directory that throws', async () => {
    const local = new LocalSessionDirectory()
    const sessions: SessionDirectory = {
      claim: (claim, sink) => claim.key === 'bad' ? toBreak() : local.claim(claim, sink),
      find: local.find.bind(local),
      pin: local.pin.bind(local),
      release: local.release.bind(local)
    }
    await onlyOneEnds(await startEngine(around(source, [await echo()]), { sessions }), 'session bad\n')
  })

  test('a session directory that answers later, and what follows throws', async () => {
    const local = new LocalSessionDirectory()
    const bad = await echo()
    const sessions: SessionDirectory = {
      claim: (claim, sink) => { setImmediate(() => local.claim(claim, sink)) },
      find: local.find.bind(local),
      pin: local.pin.bind(local),
      release: local.release.bind(local)
    }
    const input = around(source, [await echo(), bad], {
      lbVservers: [{ name: 'lb', services: [{ name: 's1' }], persistence: { type: 'user-session' } }, { name: 'other', services: [{ name: 's2' }] }],
      userVservers: [{ name: 'v', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb', lbVservers: ['other'] }]
    })
    await onlyOneEnds(
      await startEngine(input, { sessions, transport: breaking(() => bad.port, toBreak) }),
      'via other\n'
    )
  })

  test('the next dial, after one that failed', async () => {
    const [good, bad] = [await echo(), await echo()]
    const closed = { port: await freePort() }
    const input = around(source, [good], {
      services: [['s1', good.port], ['s2', closed.port], ['s3', bad.port]].map(([name, port]) => ({ name: String(name), address: '127.0.0.1', port: Number(port) })),
      lbVservers: [{ name: 'lb', services: [{ name: 's1' }] }, { name: 'other', services: [{ name: 's2', weight: 100 }, { name: 's3' }] }],
      userVservers: [{ name: 'v', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb', lbVservers: ['other'] }]
    })
    await onlyOneEnds(
      await startEngine(input, { transport: breaking(() => bad.port, toBreak) }),
      'via other\n',
      'hello\n'
    )
  })
})

test('bytes that nobody inspects, whose dial throws', async () => {
  const [good, bad] = [await echo(), await echo()]
  const input = around(silentProtocol('in-order', SERVER_LINES), [good, bad], {
    lbVservers: [{ name: 'lb', services: [{ name: 's1' }] }, { name: 'broken', services: [{ name: 's2' }] }],
    userVservers: ['lb', 'broken'].map(defaultLb => ({
      name: defaultLb === 'lb' ? 'v' : 'w',
      protocol: 'P',
      address: '127.0.0.1',
      port: 0,
      defaultLb
    }))
  })
  const bench = await startEngine(input, { transport: breaking(() => bad.port, toBreak) })
  const fine = bench.connect('v')
  fine.socket.write('hello\n')
  await fine.gets('hello\n')
  const broken = bench.connect('w')
  broken.socket.write('hello\n')
  await broken.closes()
  expect(await bench.log.ends()).toMatchObject([{ userVserver: 'w', reason: 'internal-error', detail: BROKEN }])
  fine.socket.write('again\n')
  await fine.gets('again\n')
})

test('a log that throws at the end of a connection, and at a timer', async () => {
  const bench = await startEngine(
    around(silentProtocol('in-order', SERVER_LINES), [await echo()], {
      userVservers: [{
        name: 'v',
        protocol: 'P',
        address: '127.0.0.1',
        port: 0,
        defaultLb: 'lb',
        limits: { firstMessageTimeoutSeconds: 1 }
      }]
    })
  )
  const info = bench.log.info.bind(bench.log)
  bench.log.info = (fields, message) => message === 'connection closed' ? toBreak() : info(fields, message)
  atEnd(() => { bench.log.info = info })
  const silent = bench.connect()
  await silent.closes()
  await until(() => bench.engine.connections({}).length === 0, 'the silent client to be forgotten')
  const client = bench.connect()
  client.socket.write('hello\n')
  await client.gets('hello\n')
  client.socket.end()
  await client.closes()
  await until(() => bench.engine.stats().userVservers['v']!.connections === 0, 'both to be counted as closed')
  expect(bench.engine.stats().userVservers['v']!.accepted).toBe(2)
  expect(bench.engine.stats().services['s1']!.connections).toBe(0)
  expect(bench.log.lines.filter(line => line.message === 'internal error')).toHaveLength(2)
})

describe('HTTP requests', () => {
  test.each<[string, string]>([
    ['the server is not there, and what follows throws', 'dial failed'],
    ['the request is over', 'request']
  ])('a log that throws when %s', async (_when, broken) => {
    const { port } = await web((_request, response) => { response.end('fine') })
    const http = await HttpBench.start(broken === 'request' ? [port] : [await freePort(), port])
    const { log, engine } = http.bench
    for (const level of ['info', 'warn'] as const) {
      const write = log[level].bind(log)
      log[level] = (fields, message) => message === broken ? toBreak() : write(fields, message)
    }
    const statuses = await Promise.all(
      [1, 2, 3, 4].map(async () => await http.ask('/').then(({ status }) => status, () => 'cut'))
    )
    expect(statuses).toContain(200)
    await until(() => log.lines.some(({ detail }) => detail === BROKEN), 'the fault')
    expect(log.lines.find(({ detail }) => detail === BROKEN)).toMatchObject({ level: 'error', userVserver: 'v' })
    await until(
      () =>
        Object.values(engine.stats().userVservers['v']!.requests).reduce((sum, count) => sum + (count ?? 0), 0) === 4,
      'all requests to be counted'
    )
    const { requests } = engine.stats().userVservers['v']!
    expect(requests['answered'] ?? 0).toBe(statuses.filter(status => status === 200).length)
    expect(requests['internal-error'] ?? 0).toBe(statuses.filter(status => status === 'cut').length)
    expect(Object.values(engine.stats().services).map(({ connections }) => connections)).toEqual(
      Object.values(engine.stats().services).map(() => 0)
    )
  })

  test('a transport that throws for one server: the request ends alone', async () => {
    const { port } = await web((_request, response) => { response.end('fine') })
    const bad = await freePort()
    const { transport } = chooseTransport(transportOfTests)
    const http = await HttpBench.start([bad, port], {}, { transport: { listen: transport.listen.bind(transport), dial: (options, sink) => options.port === bad ? toBreak() : transport.dial(options, sink) } })
    const statuses = await Promise.all([1, 2].map(async () => await http.ask('/').then(({ status }) => status, () => 'cut')))
    expect(statuses).toContain(200)
    expect((await http.ask('/')).status).toBeGreaterThanOrEqual(200)
  })

  test('a log that throws about a client that sends no request in time, or none that can be taken', async () => {
    const http = await HttpBench.start([], { headTimeoutSeconds: 1 })
    const { log } = http.bench
    const info = log.info.bind(log)
    log.info = (fields, message) => message === 'connection refused' ? toBreak() : info(fields, message)
    expect(await http.raw('GET / HT')).toContain('408')
    expect(await http.raw('nonsense\r\n\r\n')).toContain('400')
    await until(() => http.closed['http-failed'] === 2, 'both to be counted')
    expect(log.lines.filter(({ detail }) => detail === BROKEN)).toHaveLength(2)
  })
})
