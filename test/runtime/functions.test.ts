// Edge functions in the sandbox itself: their globals as programs know them, and what is refused when they are loaded.
import { createHash, createHmac } from 'node:crypto'
import { createRuntime } from '@weirlb/sandbox'
import { bundle } from '@weirlb/sandbox/bundle'
import type { FunctionRequest } from '@weirlb/sdk/abi'
import { describe, expect, test } from 'vitest'
import { type FunctionTrial, tryFunction } from '../../packages/engine/src/edge/function-trial.ts'

const { functions } = createRuntime()
const limits = { cpuMs: 1000, heapMb: 16, bodyBytes: 65_536 }
const options = { mode: 'thread', heapMb: 16, batchTimeoutMs: 1000, originatedBytes: 65_536 } as const

const request: FunctionRequest = {
  method: 'GET', url: 'https://www.example.com:8443/a/b?x=1&y=%20', headers: [
    ['host', 'www.example.com:8443'], ['origin', 'https://app.example.com'], ['cookie', 'a=1; b=2']
  ], upgrade: false, body: false,
  client: {
    address: '192.0.2.7', port: 4711, tlsVersion: 'TLSv1.3', serverName: 'www.example.com', certificate: undefined
  }, userVserver: 'v'
}
const run = async (source: string, more: Partial<FunctionRequest> = {}): Promise<FunctionTrial> => {
  const made = await bundle(source, { name: 'f', kind: 'function' })
  return await tryFunction(
    await functions.load(made, options),
    { name: 'f', bundle: made, limits, strikes: { failures: 5, windowSeconds: 60, downSeconds: 60 }, failOpen: false },
    { ...request, ...more }
  )
}
/** The JSON that an expression of a service worker comes to; `request` is the client's. */
const value = async (code: string, more: Partial<FunctionRequest> = {}): Promise<unknown> => {
  const trial = await run(`addEventListener('fetch', event => event.respondWith((async () => { const { request } = event; return Response.json(await (async () => { ${code.includes('return') ? code : `return ${code}`} })()) })()))`, more)
  if (trial.decision !== 'respond') throw new Error(`${trial.decision}: ${trial.failure}: ${trial.reason}`)
  return JSON.parse(Buffer.from(trial.body!, 'latin1').toString())
}

describe('a function in the service-worker form has', () => {
  test('its request', async () => {
    expect(
      await value(
        `({ url: request.url, method: request.method, origin: request.headers.get('ORIGIN'), none: request.headers.get('x'), ip: request.headers.get('CF-Connecting-IP'), cf: request.cf.tlsVersion,
      names: [...request.headers.keys()] })`
      )
    ).toEqual({
      url: request.url,
      method: 'GET',
      origin: 'https://app.example.com',
      none: null,
      ip: '192.0.2.7',
      cf: 'TLSv1.3',
      names: ['cf-connecting-ip', 'cookie', 'host', 'origin']
    })
    expect(
      await value("try { request.headers.set('x', 'y') } catch (error) { return error.message }")
    ).toContain('immutable')
  })

  test('URL and URLSearchParams', async () => {
    expect(
      await value(
        "const u = new URL(request.url); u.searchParams.append('z', 'ä'); return [u.hostname, u.port, u.pathname, u.search, u.origin, new URL('../c', 'https://a.example/x/y').href, [...u.searchParams]]"
      )
    )
      .toEqual([
        'www.example.com', '8443', '/a/b', '?x=1&y=+&z=%C3%A4', 'https://www.example.com:8443', 'https://a.example/c',
        [['x', '1'], ['y', ' '], ['z', 'ä']]
      ])
    expect(await value("try { new URL('no') } catch (error) { return error instanceof TypeError }")).toBe(true)
  })

  test('Headers, Request and Response', async () => {
    expect(await value(`
      const h = new Headers([['B', '2'], ['a', '1']]); h.append('a', '3'); h.set('c', ' x '); h.append('set-cookie', 'p=1'); h.append('set-cookie', 'q=2')
      const seen = []; h.forEach((v, n) => seen.push(n + '=' + v))
      const r = new Request('https://a.example/x', { method: 'post', body: 'hi', headers: { 'x-y': 'z' } })
      const s = new Response('é', { status: 418, headers: h })
      return [seen, h.getSetCookie(), r.method, r.headers.get('content-type'), await r.text(), r.bodyUsed, s.status, s.ok, await s.clone().text(), (await s.arrayBuffer()).byteLength, Response.redirect('https://b.example/', 301).headers.get('location')]`))
      .toEqual([
        ['a=1, 3', 'b=2', 'c=x', 'set-cookie=p=1', 'set-cookie=q=2'], ['p=1', 'q=2'], 'POST',
        'text/plain;charset=UTF-8', 'hi', true, 418, false, 'é', 2, 'https://b.example/'
      ])
    for (
      const code of [
        "new Headers({ 'a b': 'c' })", "new Headers({ a: 'b\\nc' })", "new Response('x', { status: 204 })",
        "new Response('x', { status: 101 })", "new Request('https://a/', { body: 'x' })",
        "Response.redirect('https://a/', 200)"
      ]
    ) {
      expect(await value(`try { ${code} } catch (error) { return 'refused' }; return 'taken'`)).toBe('refused')
    }
  })

  test('crypto, of which hashes and HMAC', async () => {
    const hex = "const hex = b => [...new Uint8Array(b)].map(x => x.toString(16).padStart(2, '0')).join(''); const e = new TextEncoder();"
    for (
      const [name, own] of [
        ['SHA-1', 'sha1'], ['SHA-256', 'sha256'], ['SHA-384', 'sha384'], ['SHA-512', 'sha512']
      ] as const
    ) {
      expect(await value(`${hex} return hex(await crypto.subtle.digest('${name}', e.encode('abc')))`)).toBe(
        createHash(own).update('abc').digest('hex')
      )
    }
    expect(await value(`${hex}
      const key = await crypto.subtle.importKey('raw', e.encode('secret'), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify'])
      const mac = await crypto.subtle.sign('HMAC', key, e.encode('message'))
      return [hex(mac), await crypto.subtle.verify('HMAC', key, mac, e.encode('message')), await crypto.subtle.verify('HMAC', key, mac, e.encode('other'))]`))
      .toEqual([createHmac('sha256', 'secret').update('message').digest('hex'), true, false])
    const random = "return [crypto.randomUUID(), [...crypto.getRandomValues(new Uint8Array(40))].join()]"
    const [[uuid, bytes], [other, others]] = [await value(random), await value(random)] as [
      [string, string], [string, string]
    ]
    expect(uuid).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
    expect([uuid === other, bytes === others]).toEqual([false, false])
    expect(
      await value(
        "return crypto.subtle.importKey('raw', new Uint8Array(8), 'AES-GCM', false, []).catch(error => error.name)"
      )
    ).toBe('NotSupportedError')
  })

  test('text in bytes, and bytes in text', async () => {
    expect(
      await value(
        "[btoa('hé'), atob('aOk='), new TextDecoder().decode(new TextEncoder().encode('é😀')), new TextDecoder().decode(new Uint8Array([0xef, 0xbb, 0xbf, 97, 0xff]))]"
      )
    ).toEqual(['aOk=', 'hé', 'é😀', 'a\ufffd'])
    expect(
      await value(
        "try { new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([0xff])) } catch { return 'refused' }"
      )
    ).toBe('refused')
  })

  test('no timers and no network', async () => {
    expect(
      await value(
        "[typeof setTimeout, typeof setInterval, typeof setImmediate, typeof WebSocket, typeof XMLHttpRequest, typeof caches, typeof WebAssembly, typeof process]"
      )
    ).toEqual(Array(8).fill('undefined'))
  })

  test('a console, whose lines are shown', async () => {
    const { logs } = await run(
      "addEventListener('fetch', event => { console.log('seen', { a: 1 }); for (let i = 0; i < 99; i++) console.warn('x'.repeat(5000)); event.respondWith(new Response('x')) })"
    )
    expect([logs[0], logs.length, logs[1]!.length]).toEqual(['seen {"a":1}', 16, 1024])
  })
})

test('a function in the native form sees a request', async () => {
  const { body, form } = await run(
    "import { edgeFunction, respond } from '@weirlb/sdk'; export default edgeFunction({ onRequest: r => respond(200, {}, JSON.stringify([r.host, r.path, r.query, r.secure, r.upgrade, r.headers.get('Cookie'), r.headers.names(), r.client.address, r.userVserver, Object.isFrozen(r)])) })"
  )
  expect([form, JSON.parse(body!)]).toEqual([
    'native',
    [
      'www.example.com', '/a/b', 'x=1&y=%20', true, false, 'a=1; b=2', ['host', 'origin', 'cookie'], '192.0.2.7', 'v',
      true
    ]
  ])
})

test.each([
  ['decides on nothing', 'export const x = 1', 'function-invalid', /edgeFunction.*addEventListener/],
  [
    'decides twice', "addEventListener('fetch', () => {}); export default { onRequest () {} }", 'function-invalid',
    /both/
  ],
  ['does not parse', 'export default (', 'extension-compile', /f\.ts:1:\d+/],
  ['imports Node', "import 'node:fs'; addEventListener('fetch', () => {})", 'extension-import', /node:fs/],
  ['throws at load', "addEventListener('fetch', () => {})\nnull.x", 'extension-load', /f\.ts:2:\d+/],
  ['loops at load', 'for (;;);', 'extension-load', /longer than/],
  [
    'exceeds its heap at load', 'const kept = []; for (;;) kept.push(new Array(10000).fill(1.5))', 'extension-load',
    /heap/
  ],
  ['draws random numbers at load', 'crypto.randomUUID()', 'extension-load', /while the module is loaded/]
])('a module that %s is refused', async (_, source, code, message) => {
  await expect(
    (async () => await functions.load(await bundle(source, { name: 'f', kind: 'function' }), options))()
  ).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string })
})
