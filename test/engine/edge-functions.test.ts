// Edge functions in front of real sockets: what a client gets, what a server hears of, and what becomes of a function
// that fails.
import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { cpuWaitMs } from '@weirlb/link'
import { createRuntime } from '@weirlb/sandbox'
import { TIME_SCALE, until } from '@weirlb/testing'
import { beforeEach, describe, expect, test } from 'vitest'
import { atEnd, TestClient } from '../support/engine-bench.ts'
import { type Answer, HttpBench, web } from '../support/http-bench.ts'
import { BINARY, frame, RawWebSocket, upgradeRequest } from '../support/raw-websocket.ts'

const fixture = (name: string): string => readFileSync(new URL(`../fixtures/edge/${name}`, import.meta.url), 'utf8')
const { functions } = createRuntime()

let asked: IncomingMessage[] = []
let http: HttpBench
beforeEach(async () => {
  asked = []
  const { port } = await web((request, response) => {
    asked.push(request)
    request.resume().on(
      'end',
      () => {
        response.writeHead(200, { 'x-server': 'yes', 'x-secret': 'inside', 'set-cookie': 'own=1' }).end('served')
      }
    )
  })
  http = await HttpBench.start([port], {}, { functions })
})

/** Let a function decide on all requests, or on those of a pattern. */
/** The usual CPU time of 10 ms is over on a busy machine before a heap is. */
const limits = { cpuMs: 100 }
const decide = async (source: string, more: object = {}, pattern = '*/*'): Promise<void> => {
  await http.bench.apply({
    edgeFunctions: [{ name: 'f', source, limits, ...more }], triggers: [{ name: 't', pattern, function: 'f' }]
  })
}
const native = (body: string): string => `import { allow, edgeFunction, redirect, respond } from '@weirlb/sdk'\nexport default edgeFunction({ onRequest: async request => { ${body} } })`
const worker = (body: string): string => `addEventListener('fetch', event => event.respondWith(handle(event.request)))\nasync function handle (request) { ${body} }`
const ask = async (path = '/', headers: Record<string, string> = {}): Promise<Answer> => await http.ask(
  path, { headers: { host: 'edge.test', ...headers } }
)
const stats = () => http.bench.engine.stats().edgeFunctions['f']!

/** The status and body that a client gets which asks for a WebSocket; 101 if it has one. */
const upgrade = async (headers: Record<string, string>, path = '/mqtt'): Promise<string> => {
  const client = new RawWebSocket(http.port)
  atEnd(() => { client.socket.destroy() })
  client.socket.write(upgradeRequest(path, headers))
  await until(() => client.head !== '' || client.closed, 'an answer')
  return client.head.split(' ')[1]!
}

describe("the article's function", () => {
  const right = { Origin: 'https://app.example.com', 'Sec-WebSocket-Protocol': 'mqtt' }
  test.each([
    ['the service-worker form', 'mqtt-origin.js'], ['the native form', 'native.ts']
  ])('in %s: right headers pass, wrong ones get 403', async (_, file) => {
    await decide(fixture(file), {}, 'edge.test/mqtt*')
    expect(await upgrade(right)).toBe('101')
    expect(await upgrade({ ...right, Origin: 'https://evil.example.com' })).toBe('403')
    expect(await upgrade({ 'Sec-WebSocket-Protocol': 'mqtt' })).toBe('403')
    // Other paths have no function.
    expect(await upgrade({}, '/other')).toBe('101')
    await until(() => http.closed['function'] === 2, 'both refusals to be counted')
    expect(stats()).toMatchObject({ requests: 3, allowed: 1, responded: 2, failures: {}, up: 1, waiting: 0 })
    expect(http.bench.engine.stats().triggers).toEqual({ t: { matched: 3 } })
    expect(http.bench.log.lines.filter(({ message }) => message === 'connection refused')[0]).toMatchObject({
      reason: 'function', detail: "edge function 'f', trigger 't'"
    })
  })

  test('the avoid trigger lets a path through, and a disabled trigger lets all', async () => {
    const edgeFunctions = [{ name: 'f', source: fixture('mqtt-origin.js') }]
    const all = { name: 't', pattern: 'edge.test/mqtt*', function: 'f' }
    await http.bench.apply({ edgeFunctions, triggers: [all, { name: 'avoid', pattern: 'edge.test/mqtt/public' }] })
    expect([
      await upgrade({}, '/mqtt/public'), await upgrade({}, '/mqtt/x/../public'), await upgrade({}, '/mqtt/private')
    ]).toEqual(['101', '101', '403'])
    await http.bench.apply({ triggers: [{ ...all, state: 'disabled' }] })
    expect(await upgrade({})).toBe('101')
  })

  test('bytes behind a request that waits for its decision are the protocol\'s', async () => {
    await decide(native('return allow()'))
    const client = new RawWebSocket(http.port)
    atEnd(() => { client.socket.destroy() })
    client.socket.write(Buffer.concat([Buffer.from(upgradeRequest('/')), frame(BINARY, 'hello\n')]))
    await until(() => client.data.toString() === 'hello\n', 'the echo')
  })
})

describe('a request', () => {
  test('is answered by the function, and no server hears of it', async () => {
    await decide(
      native(
        "return respond(451, { 'content-type': 'application/json', 'set-cookie': ['a=1', 'b=2'], 'content-length': '999', connection: 'upgrade' }, '{\"é\":1}')"
      )
    )
    const { status, headers, body } = await ask()
    expect([status, headers['content-type'], headers['set-cookie'], body]).toEqual([
      451, 'application/json', ['a=1', 'b=2'], '{"é":1}'
    ])
    expect(asked).toEqual([])
    expect(http.requests).toEqual({ function: 1 })
  })

  test('gets bytes, nothing, or another place', async () => {
    await decide(
      native(
        "return request.path === '/bytes' ? respond(200, {}, new Uint8Array([0, 255, 10])) : request.path === '/none' ? respond(204) : redirect('https://b.example/x')"
      )
    )
    expect(Buffer.from((await http.ask('/bytes')).body)).toEqual(Buffer.from(Buffer.of(0, 255, 10).toString()))
    expect(await ask('/none')).toMatchObject({ status: 204, body: '' })
    expect(await ask('/else')).toMatchObject({ status: 302, headers: { location: 'https://b.example/x' } })
    expect((await http.ask('/bytes', { method: 'HEAD' })).headers['content-length']).toBe('3')
  })

  test('goes on with other headers, and its response comes back with others', async () => {
    await decide(
      native(
        "return allow({ headers: { 'x-client': request.client.address, 'x-drop': null, host: 'evil', 'content-length': '7' }, responseHeaders: { 'x-secret': null, 'x-edge': 'weir' } })"
      )
    )
    const { headers, body } = await ask('/', { 'x-drop': 'me', 'x-keep': 'me' })
    expect(asked[0]!.headers).toMatchObject({ 'x-client': '127.0.0.1', 'x-keep': 'me', host: 'edge.test' })
    expect(asked[0]!.headers['x-drop']).toBeUndefined()
    expect([headers['x-server'], headers['x-secret'], headers['x-edge'], body]).toEqual([
      'yes', undefined, 'weir', 'served'
    ])
  })

  test('and in the service-worker form', async () => {
    await decide(worker(`
      const next = new Request(request, { headers: { ...Object.fromEntries(request.headers), 'x-client': request.headers.get('CF-Connecting-IP') } })
      const response = await fetch(next)
      const own = new Response(response.body, response)
      own.headers.set('x-frame-options', 'DENY'); own.headers.delete('x-secret'); own.headers.append('set-cookie', 'more=2')
      return own`))
    const { headers, body } = await ask('/', { 'x-keep': 'me' })
    expect(asked[0]!.headers).toMatchObject({ 'x-client': '127.0.0.1', 'x-keep': 'me', host: 'edge.test' })
    expect([headers['x-frame-options'], headers['x-secret'], headers['set-cookie'], body]).toEqual([
      'DENY', undefined, ['own=1', 'more=2'], 'served'
    ])
  })

  test('with a body of any size streams to the server, which the function does not see', async () => {
    await decide(native('return allow()'))
    const body = Buffer.alloc(5 * 1024 * 1024, 'x')
    expect((await http.ask('/', { method: 'POST', body })).body).toBe('served')
    expect(Number(asked[0]!.headers['content-length'])).toBe(body.length)
  })

  test('to which no listener responds passes', async () => {
    await decide(
      "addEventListener('fetch', event => { if (new URL(event.request.url).pathname === '/no') event.respondWith(new Response('no', { status: 403 })) })"
    )
    expect([(await ask('/no')).status, (await ask('/yes')).status]).toEqual([403, 200])
  })

  test('whose client leaves while it waits is nobody\'s', async () => {
    await decide(native("for (const end = Date.now() + 5; Date.now() < end;);\nreturn respond(200, {}, 'late')"))
    for (const request of ['GET / HTTP/1.1\r\nHost: edge.test\r\n\r\n', upgradeRequest('/')]) {
      const client = new TestClient(http.port)
      client.socket.write(request, 'latin1', () => { client.socket.resetAndDestroy() })
      await client.closes()
    }
    await until(() => stats().requests === 2 && stats().waiting === 0, 'both to be decided')
    expect((await ask()).body).toBe('late')
  })
})

/** Each fails in its own way: the failure, and what the log says of it. */
const failing: readonly (readonly [what: string, source: string, failure: string, reason: RegExp])[] = [
  ['throws', native("throw new Error('out of luck')"), 'threw', /out of luck \(f\.ts:2:\d+\)/],
  ['rejects', worker("await null; throw new TypeError('later')"), 'threw', /later/],
  ['loops', native('for (;;);'), 'timeout', /cpuMs.*f\.ts:2/],
  ['loops behind an await', native('await null; for (;;);'), 'timeout', /cpuMs/],
  ['never stops to await', worker('for (;;) await null'), 'timeout', /cpuMs/],
  ['backtracks', native("/^(a+)+$/.test('a'.repeat(40) + '!'); return allow()"), 'timeout', /cpuMs/],
  ['leaks', native('const kept = []; for (;;) kept.push(new Array(10000).fill(1.5))'), 'memory', /heap/],
  ['never resolves', worker('return await new Promise(() => {})'), 'unresolved', /never resolve/],
  ['returns nothing', worker(''), 'no-response', /undefined/],
  [
    'returns a number', native('return 5'), 'no-response',
    /onRequest returned number 5; there are: allow\(\), respond\(\), redirect\(\)/
  ],
  [
    'returns what looks like a response', worker("return { status: 200, body: 'x' }"), 'no-response',
    /status, body; expected a Response/
  ],
  ['responds with a status that is none', native('return respond(99)'), 'no-response', /200 to 599/],
  ['reads the body', worker('await request.text(); return fetch(request)'), 'body', /do not get the body of a request/],
  [
    "reads the pool's response", worker('return new Response(await (await fetch(request)).text())'), 'body',
    /do not get the pool's response/
  ],
  ['fetches elsewhere', worker("return fetch('https://elsewhere.example/')"), 'fetch', /no network/],
  [
    'fetches with another method', worker("return fetch(new Request(request, { method: 'DELETE' }))"), 'fetch',
    /another method or body/
  ],
  ['responds with too much', native("return respond(200, {}, 'x'.repeat(70000))"), 'too-large', /65536/],
  [
    'sets a header that ends the head', native("return respond(200, { 'x-a': 'b\\r\\nx-c: d' })"), 'threw',
    /invalid header value/
  ],
  [
    'writes over what the host reads',
    `Object.defineProperty(JSON, 'stringify', { value: () => '{"op":"respond","status":1e9}' })\n${worker("return new Response('x')")}`,
    'served', /./
  ]
]

describe('a function that', () => {
  test.each(failing.filter(([, , failure]) => failure !== 'served'))('%s gets its request 503, or lets it pass', async (
    what, source, failure, reason
  ) => {
    await decide(source)
    const request = { method: 'POST', headers: { host: 'edge.test' }, body: 'x' }
    const answer = await http.ask('/', request)
    expect([answer.status, answer.body]).toEqual([503, 'the request cannot be decided now\n'])
    expect(asked).toEqual([])
    expect(http.requests).toEqual({ 'function-failed': 1 })
    expect(stats()).toMatchObject({ failures: { [failure]: 1 }, failedClosed: 1, failedOpen: 0, waiting: 0 })
    expect(http.bench.functionFailures).toMatchObject([{
      edgeFunction: 'f', trigger: 't', failure, failedOpen: false, userVserver: 'v',
      reason: expect.stringMatching(reason) as string, unreported: 0
    }])
    expect(http.bench.log.lines.some(({ message }) => message === 'an edge function did not decide')).toBe(true)
    await decide(source, { failOpen: true })
    await until(() => http.bench.engine.stats().edgeFunctions['f']!.up === 1, 'the function to be up')
    await until(async () => (await http.ask('/', request)).status === 200, 'a request to pass')
    expect(stats().failedOpen).toBeGreaterThan(0)
  })

  test('reads a body of a gigabyte is refused before any of it came', async () => {
    await decide(worker('return new Response(await request.arrayBuffer())'))
    const client = new TestClient(http.port)
    // In chunks, the first of which claims all of it.
    client.socket.write(
      `POST / HTTP/1.1\r\nHost: edge.test\r\nTransfer-Encoding: chunked\r\n\r\n${(2 ** 30).toString(16)}\r\nx`
    )
    await until(() => client.text.includes('\r\n\r\n'), 'the answer')
    expect(client.text).toMatch(/^HTTP\/1\.1 503 /)
    expect(stats().failures).toEqual({ body: 1 })
  })

  test('asks to pass where it throws is heard', async () => {
    await decide("addEventListener('fetch', event => { event.passThroughOnException(); throw new Error('x') })")
    expect((await ask()).body).toBe('served')
    expect(stats()).toMatchObject({ failures: { threw: 1 }, failedOpen: 1 })
  })

  test('answers many at once with large bodies answers them all', async () => {
    await decide(native("await null; return respond(200, {}, '\u00ff'.repeat(30000))"))
    const answers = await Promise.all(Array.from({ length: 40 }, async () => await ask()))
    expect(answers.map(({ status, body }) => [status, body.length])).toEqual(
      Array.from({ length: 40 }, () => [200, 30_000])
    )
  })

  test('fails at upgrades gives them 503', async () => {
    await decide(native('for (;;);'))
    expect(await upgrade({})).toBe('503')
    await until(() => http.closed['function-failed'] === 1, 'it to be counted')
  })

  test('loops for one client decides on the others, and stalls nobody', async () => {
    await decide(
      native(
        "if (request.path === '/loop') for (;;);\nawait null; if (request.path === '/late') for (;;);\nreturn respond(200, {}, request.path)"
      )
    )
    // Without the time in which this thread waited for a core.
    const now = (): number => performance.now() - cpuWaitMs(process.pid)
    let worst = 0
    let last = now()
    const timer = setInterval(() => { worst = Math.max(worst, now() - last); last = now() }, 5)
    atEnd(() => { clearInterval(timer) })
    const paths = Array.from({ length: 60 }, (_, i) => i === 7 ? '/loop' : i === 40 ? '/late' : `/${i}`)
    const answers = await Promise.all(paths.map(async path => await ask(path)))
    clearInterval(timer)
    expect(answers.map(({ status, body }, i) => status === 503 ? paths[i] : body)).toEqual(paths)
    expect(answers.filter(({ status }) => status === 503)).toHaveLength(2)
    expect(stats()).toMatchObject({ responded: 58, waiting: 0 })
    expect(worst).toBeLessThan(250 * TIME_SCALE)
  })

  test('fails again and again is out of service, and comes back', async () => {
    const leak = 'if (request.path === "/leak") { const kept = []; for (;;) kept.push(new Array(10000).fill(1.5)) }\nreturn respond(200, {}, "ok")'
    await decide(native(leak), { strikes: { failures: 2, windowSeconds: 60, downSeconds: 0.3 } })
    expect([(await ask('/leak')).status, (await ask('/leak')).status]).toEqual([503, 503])
    expect(http.bench.functionStates).toEqual(['f rebuilding', 'f up', 'f down'])
    expect((await ask('/')).status).toBe(503)
    expect(stats()).toMatchObject({ up: 0, down: 1, failures: { memory: 2, down: 1 } })
    await until(async () => (await ask('/')).status === 200, 'the function to serve again')
    expect(stats()).toMatchObject({ up: 1, down: 0 })
  })

  test('is replaced decides on the requests that it has', async () => {
    await decide(native("for (const end = Date.now() + 5; Date.now() < end;);\nreturn respond(200, {}, 'old')"))
    const under = Promise.all(Array.from({ length: 10 }, async () => await ask()))
    await until(() => stats().requests === 10, 'all to have come')
    await decide(native("return respond(200, {}, 'new')"))
    expect((await ask()).body).toBe('new')
    expect((await under).map(({ body }) => body)).toEqual(Array<string>(10).fill('old'))
    expect(stats()).toMatchObject({ requests: 11, responded: 11 })
    await http.bench.apply({ edgeFunctions: [], triggers: [] })
    expect((await ask()).body).toBe('served')
    expect(http.bench.engine.stats().edgeFunctions).toEqual({})
  })
})

test('what a function says of the answer itself is read like a stranger\'s', async () => {
  await decide(failing.at(-1)![1])
  // The loop has its own copy of what the author has replaced.
  expect(await ask()).toMatchObject({ status: 200, body: 'x' })
})
