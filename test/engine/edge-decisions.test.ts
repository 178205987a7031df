// What flood controls, allowFrom and edge functions decide is counted, ranked and reported like what rules decide.
import { createRuntime } from '@weirlb/sandbox'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { around, type EngineBench, startEngine, TestClient, TestServer } from '../support/engine-bench.ts'
import { HttpBench, web } from '../support/http-bench.ts'
import { lineProtocol } from '../support/line-protocol.ts'

const vserver = (floods: object, more: object = {}) =>
  ({
    name: 'v', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb',
    floods: { exemptFrom: [], rampSeconds: 0, ...floods }, ...more
  })
const start = async (floods: object, more: object = {}): Promise<EngineBench> =>
  await startEngine({
    ...around(lineProtocol(), [await TestServer.listen(chunk => chunk)]), userVservers: [vserver(floods, more)]
  })
const served = async (bench: EngineBench, from: string, key = 'x'): Promise<TestClient> => {
  const client = new TestClient(bench.port(), { from })
  client.socket.write(`hello ${key}\n`)
  await client.gets('hello')
  return client
}
const decided = async (bench: EngineBench, name: string) => {
  await until(() => bench.decisions.some(decision => decision.name === name), `a decision of ${name}`)
  return bench.decisions.find(decision => decision.name === name)!
}

test('a refused connect, an ended client and a flapping key are decisions, with the control that made them', async () => {
  const bench = await start({ connectionsPerAddress: 1, connectsPerKey: 1, messageSeconds: 0.5 })
  const first = await served(bench, '127.0.0.2', 'one')
  await new TestClient(bench.port(), { from: '127.0.0.2' }).closes()
  expect(await decided(bench, 'D002')).toMatchObject({
    kind: 'flood',
    action: 'block',
    phase: 'connect',
    simulated: false,
    userVserver: 'v',
    address: '127.0.0.2',
    connection: undefined,
    detail: { reason: 'D002: its address has 1 connections' },
    weight: 1
  })
  const flapping = new TestClient(bench.port(), { from: '127.0.0.3' })
  flapping.socket.write('hello one\n')
  await flapping.closes()
  expect(await decided(bench, 'D012')).toMatchObject({
    action: 'block', phase: 'first-message', address: '127.0.0.3', connection: '0-2'
  })
  first.socket.write('half a li')
  await first.closes()
  expect(await decided(bench, 'D013')).toMatchObject({
    action: 'close', phase: 'message', connection: '0-1', detail: { reason: 'D013: a message was not whole in time' }
  })
  const { controls } = bench.engine.stats()
  expect(controls['flood/D002']).toEqual({ decisions: 1, simulated: 0, events: 1, actions: { block: 1 } })
  // Floods have lines of their own.
  expect(bench.log.lines.filter(({ message }) => message === 'the edge decided')).toEqual([])
})

test('a flood of refused connects is counted exactly, ranked, and reported in part', async () => {
  const bench = await start({ connectsPerAddress: 0.001, connectBurst: 1, connectsPerSecond: 0 })
  const refuse = async (): Promise<void> => { await new TestClient(bench.port(), { from: '127.0.0.2' }).closes() }
  await served(bench, '127.0.0.2')
  for (let n = 0; n < 8; n++) await Promise.all(Array.from({ length: 25 }, refuse))
  const { controls, userVservers } = bench.engine.stats()
  const { decisions, events } = controls['flood/D003']!
  expect(decisions).toBe(userVservers['v']!.floods.D003)
  expect(decisions).toBeGreaterThanOrEqual(200)
  expect(events).toBeLessThan(decisions)
  const reported = () => bench.decisions.filter(({ name }) => name === 'D003')
  await until(() => reported().length === events, 'all events')
  expect(reported().reduce((sum, { weight }) => sum + weight, 0)).toBeLessThanOrEqual(decisions)
  expect(bench.engine.tops().acted.address.hitters).toEqual([{ value: '127.0.0.2', count: decisions, error: 0 }])
})

test('an address outside allowFrom is a decision, which goes with its user vserver', async () => {
  const bench = await start({}, { allowFrom: ['127.0.0.1'] })
  await new TestClient(bench.port(), { from: '127.0.0.2' }).closes()
  expect(await decided(bench, 'v')).toMatchObject({
    kind: 'allow-from', action: 'block', phase: 'connect', address: '127.0.0.2'
  })
  await bench.apply({ userVservers: [] })
  expect(bench.engine.stats().controls).toEqual({})
})

const native = (body: string): string => `import { allow, edgeFunction, respond } from '@weirlb/sdk'\nexport default edgeFunction({ onRequest: request => { ${body} } })`

test('a function sees clients that access rules allow, and the address behind proxies that are trusted', async () => {
  const { functions } = createRuntime()
  const { port } = await web((_request, response) => { response.end('served') })
  const http = await HttpBench.start([port], { trustedProxies: ['127.0.0.1'] }, { functions })
  await http.bench.apply({
    accessRules: [{ name: 'ours', source: '192.0.2.0/24', action: 'allow' }],
    rules: [{ name: 'all', expression: 'ip.src in {0.0.0.0/0}', action: 'block', phase: 'request' }],
    edgeFunctions: [{
      name: 'f', source: native("return respond(200, {}, request.client.address + ' ' + request.headers.get('x-a'))")
    }],
    triggers: [{ name: 't', pattern: '*/*', function: 'f' }]
  })
  const forwarded = { 'x-forwarded-for': '192.0.2.7', 'x-a': 'a' }
  expect(await http.ask('/', { headers: forwarded })).toMatchObject({ status: 200, body: '192.0.2.7 a' })
  expect(await http.ask('/', { headers: { 'x-forwarded-for': '198.51.100.7' } })).toMatchObject({ status: 403 })
  await until(() => http.bench.decisions.some(({ kind }) => kind === 'edge-function'), 'the decision')
  expect(http.bench.decisions.find(({ kind }) => kind === 'edge-function')).toMatchObject({ address: '192.0.2.7' })
  const { edge, outcome } = await http.bench.engine.explain({
    userVserver: 'v', side: 'request', bytes: Buffer.alloc(0),
    client: { address: '127.0.0.1', port: 1, http: { path: '/', headers: forwarded, subprotocol: undefined } }
  })
  expect([edge, outcome]).toMatchObject([{ trigger: 't', decision: 'respond', status: 200 }, { reason: 'function' }])
})

test('an edge function reports what it decides, few of those that pass, and no secret', async () => {
  const { functions } = createRuntime()
  const { port } = await web((_request, response) => { response.end('served') })
  const http = await HttpBench.start([port], {}, { functions })
  const source = native(
    "if (request.headers.has('x-fail')) throw new Error('t-secret'); return request.headers.has('x-in') ? allow() : respond(451, {}, 'no')"
  )
  const apply = async (failOpen: boolean): Promise<void> =>
    await http.bench.apply({
      edgeFunctions: [{ name: 'f', source, failOpen }], triggers: [{ name: 't', pattern: '*/*', function: 'f' }]
    })
  await apply(false)
  const ask = async (headers: Record<string, string>): Promise<number> => (
    await http.ask('/a?token=t-secret', { headers: { host: 'edge.test', ...headers } })
  ).status
  expect([await ask({}), await ask({ 'x-fail': '1' })]).toEqual([451, 503])
  for (let n = 0; n < 5; n++) expect(await ask({ 'x-in': 't-secret' })).toBe(200)
  await apply(true)
  expect(await ask({ 'x-fail': '1' })).toBe(200)
  await until(() => http.bench.decisions.some(({ action }) => action === 'pass'), 'the decisions')
  const of = (action: string) => http.bench.decisions.filter(decision => decision.action === action)
  expect(of('respond')).toMatchObject([{
    kind: 'edge-function', name: 'f', phase: 'request', simulated: false, address: '127.0.0.1', detail: { status: 451 },
    fields: { trigger: 't', 'http.request.method': 'GET', 'http.host': 'edge.test', 'http.request.uri.path': '/a' }
  }])
  expect(of('block')).toMatchObject([{ detail: { failure: 'threw' } }])
  expect(of('pass')).toMatchObject([{ detail: { failure: 'threw' } }])
  expect(http.bench.engine.stats().controls['edge-function/f']).toMatchObject({
    decisions: 8, actions: { respond: 1, block: 1, allow: 5, pass: 1 }
  })
  // Of five that pass in one second, the first is reported.
  expect(of('allow').length).toBeLessThan(5)
  expect(JSON.stringify(http.bench.decisions)).not.toContain('t-secret')
  const { acted, observed } = http.bench.engine.tops()
  expect([acted.address.decisions, observed.address.decisions]).toEqual([2, 6])
  await http.bench.apply({ edgeFunctions: [], triggers: [] })
  expect(http.bench.engine.stats().controls).toEqual({})
})
