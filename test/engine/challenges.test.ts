// Challenges of HTTP clients: a page with work to prove, and a cookie that lets its client pass.
import { createHash } from 'node:crypto'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { type Answer, HttpBench, web } from '../support/http-bench.ts'
import { around, startEngine, TestClient, TestServer } from '../support/engine-bench.ts'
import { lineProtocol } from '../support/line-protocol.ts'

const HTML = { accept: 'text/html' }
const UPGRADE = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
const floods = { exemptFrom: [], proofBits: 8, rampSeconds: 0, connectsPerAddress: 0 }

/** The work of a page, as its script does it. */
const solved = ({ body }: Answer): string => {
  const puzzle = /data-puzzle="([^"]+)"/.exec(body)![1]!
  const bits = Number(/data-bits="(\d+)"/.exec(body)![1])
  for (let number = 0;; number++) {
    if (Math.clz32(createHash('sha256').update(`${puzzle}:${number}`).digest().readUInt32BE(0)) >= bits)
      return `/.well-known/weir/challenge?puzzle=${puzzle}&found=${number}`
  }
}
const cookieOf = ({ headers }: Answer): string => headers['set-cookie']![0]!.split(';')[0]!

const start = async (more: { floods?: object, rules?: object[] } = {}): Promise<HttpBench> => {
  const { port } = await web((_, response) => { response.end('the page') })
  return await HttpBench.start([port], {}, { vserver: { floods: { ...floods, ...more.floods } }, more: { rules: (more.rules ?? []) as never } })
}
const upgradeWith = async (http: HttpBench, headers = ''): Promise<string> => {
  const client = new TestClient(http.port)
  client.socket.write(`GET /ws HTTP/1.1\r\nHost: x\r\n${UPGRADE}${headers}\r\n`)
  await client.gets('\r\n\r\n')
  client.socket.destroy()
  return client.text
}

test('a rule challenges a request: page, proof, cookie, and the page of the server; a WebSocket needs the cookie', async () => {
  const http = await start({ rules: [{ name: 'r', expression: 'ip.src in {127.0.0.0/8}', action: 'challenge' }, { name: 'b', expression: 'http.request.uri.path eq "/blocked"', action: 'block' }] })
  const page = await http.ask('/', { headers: HTML })
  expect(page).toMatchObject({
    status: 403,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'weir-challenge': '/.well-known/weir/challenge',
      'cache-control': 'no-store'
    }
  })
  const nonce = /script-src 'nonce-([^']+)'/.exec(page.headers['content-security-policy'] as string)![1]!
  expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'; /)
  expect(page.body.match(/<(script|style)\b[^>]*/g)).toEqual([
    expect.stringContaining(`nonce="${nonce}"`),
    expect.stringContaining(`nonce="${nonce}"`)
  ])
  expect(await http.ask('/api', { method: 'POST', body: '{}' })).toMatchObject({
    status: 403,
    body: 'this client has to pass a challenge first\n',
    headers: { 'weir-challenge': '/.well-known/weir/challenge' }
  })
  expect(await upgradeWith(http)).toMatch(/^HTTP\/1\.1 403 [^]*Weir-Challenge: \/\.well-known\/weir\/challenge\r\n/)

  const passed = await http.ask(solved(page))
  expect(passed).toMatchObject({ status: 200, body: 'passed\n' })
  expect(passed.headers['set-cookie']![0]).toMatch(
    /^weir-clearance-[0-9a-f]{8}=[\w.-]+; Path=\/; Max-Age=1800; HttpOnly; SameSite=Lax$/
  )
  const cookie = cookieOf(passed)
  expect(await http.ask('/', { headers: { cookie } })).toMatchObject({ status: 200, body: 'the page' })
  expect(await upgradeWith(http, `Cookie: a=b; ${cookie}\r\n`)).toMatch(/^HTTP\/1\.1 101 /)
  // Rules behind the challenge hold, and so does the network that it is for.
  expect(await http.ask('/blocked', { headers: { cookie } })).toMatchObject({
    status: 403,
    body: 'this client may not be served\n'
  })
  expect(await http.ask('/', { headers: { cookie }, from: '127.0.0.200' })).toMatchObject({ status: 200 })
  expect(await http.ask('/', { headers: { cookie }, from: '127.0.9.1' })).toMatchObject({ status: 403 })
  await until(() => http.requests['challenged'] === 4, 'the requests to be counted')
  expect(http.bench.engine.stats().rules['r']).toEqual({ matched: 5, challenged: 5, blocked: 0 })
})

test.each([
  ['no number', (path: string) => path.replace(/found=\d+/, 'found=1e3')],
  ['an easier puzzle', (path: string) => path.replace('.8.', '.0.')],
  ['a later end', (path: string) => path.replace('puzzle=', 'puzzle=z')],
  ['half a puzzle', (path: string) => path.replace(/puzzle=[^&]+/, 'puzzle=a.b')],
  ['a long puzzle', (path: string) => path.replace(/puzzle=/, `puzzle=${'a'.repeat(5000)}`)]
])('%s passes no challenge', async (_, change) => {
  const http = await start({ floods: { level: 'under-attack' } })
  const path = change(solved(await http.ask('/', { headers: HTML })))
  expect(await http.ask(path)).toMatchObject({ status: 403, body: 'this solves no challenge\n' })
})

test('a forged cookie does not, and the page of the endpoint leads nowhere else', async () => {
  const http = await start({ floods: { level: 'under-attack' } })
  const cookie = cookieOf(await http.ask(solved(await http.ask('/', { headers: HTML }))))
  expect(await http.ask('/', { headers: { cookie } })).toMatchObject({ status: 200 })
  for (const forged of [cookie.slice(0, -1), `${cookie}x`, cookie.replace('=', '=1'), cookie.replace(/=.*/, '=.'), cookie.replace(/=.*/, `=${'9'.repeat(4000)}.x`)]) {
    expect(await http.ask('/', { headers: { cookie: forged } })).toMatchObject({ status: 403 })
  }
  const to = async (target: string) =>
    /data-to="([^"]*)"/.exec((await http.ask(`/.well-known/weir/challenge?to=${encodeURIComponent(target)}`)).body)![1]
  expect(await to('/app?a=1&b="')).toBe('/app?a=1&amp;b=&quot;')
  for (const target of ['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)', '/a b'])
    expect(await to(target)).toBe('/')
})

test('levels, defence mode and exempt addresses decide whom it is for', async () => {
  const http = await start({ floods: { level: 'high' } })
  const status = async (path = '/', from?: string, headers = {}) =>
    (await http.ask(path, { headers, ...from === undefined ? {} : { from } })).status
  expect(await status()).toBe(200)
  // A head that is none says something against its address.
  await http.raw('nonsense\r\n\r\n')
  await until(async () => await status() === 403, 'the address to be suspected')
  expect(await status('/', '127.0.5.1')).toBe(200)
  const with_ = async (changed: object) => {
    await http.bench.apply({
      userVservers: [{
        name: 'v',
        protocol: 'P',
        address: '127.0.0.1',
        port: 0,
        defaultLb: 'lb',
        http: { defaultLb: 'web' },
        floods: { ...floods, ...changed }
      }]
    })
  }
  await with_({ level: 'off' })
  expect(await status()).toBe(200)
  await with_({ mode: 'on', level: 'off', connectsPerSecond: 0 })
  expect(await status('/', '127.0.6.1', HTML)).toBe(403)
  // A program wants no page, a device has no Origin, and neither has a way to pass.
  expect(await status('/', '127.0.6.1')).toBe(200)
  expect(await upgradeWith(http)).toMatch(/^HTTP\/1\.1 101 /)
  expect(await upgradeWith(http, 'Origin: https://a.example\r\n')).toMatch(/^HTTP\/1\.1 403 /)
  await with_({ mode: 'on', level: 'under-attack', exemptFrom: ['127.0.0.0/8'] })
  expect(await status()).toBe(200)
})

test('a challenge where there is no HTTP is refused at the write, and so is one of another phase or with a response', async () => {
  const bench = await startEngine(around(lineProtocol(), [await TestServer.listen()]))
  const rule = { name: 'r', expression: 'ip.src eq 127.0.0.1', action: 'challenge' as const }
  await expect(bench.apply({ rules: [{ ...rule, vservers: ['v'] }] })).rejects.toMatchObject({ code: 'rule-invalid', issues: [{ path: 'rules[0].vservers', message: "user vserver 'v' has no HTTP: its clients cannot pass a challenge" }] })
  await expect(bench.apply({ rules: [{ ...rule, phase: 'connect' }] })).rejects.toMatchObject({ code: 'rule-invalid', issues: [{ path: 'rules[0].action' }] })
  await expect(bench.apply({ rules: [{ ...rule, response: {} }] })).rejects.toMatchObject({ code: 'rule-invalid', issues: [{ path: 'rules[0].response' }] })
  await bench.apply({ rules: [rule] })
})
