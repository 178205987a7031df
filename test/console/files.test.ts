// The files of the console as `weir serve` sends them: no browser is needed to see that.
import { request as httpRequest } from 'node:http'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WeirProcess } from '../support/weir-process.ts'

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

const ask = async (base: string, path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Answer> => await new Promise((resolve, reject) => {
  const sent = httpRequest(`${base}${path}`, { headers, method, agent: false }, response => {
    const parts: Buffer[] = []
    response.on('data', (part: Buffer) => { parts.push(part) })
    response.on('end', () => { resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(parts) }) })
  })
  sent.on('error', reject)
  sent.end()
})

let weir: WeirProcess
let base: string
let page: string
beforeAll(async () => {
  weir = await WeirProcess.start({ workers: 1 })
  base = weir.api.base
  page = (await ask(base, '/')).body.toString()
})
afterAll(async () => { await weir.stop() })

test('the page has nothing inline, names its own files alone, and forbids the rest', async () => {
  const { status, headers } = await ask(base, '/')
  expect(status).toBe(200)
  expect(headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin'
  })
  expect(headers['content-security-policy']).toMatch(
    /^default-src 'none'; script-src 'self'; style-src 'self';.* frame-ancestors 'none'/
  )
  expect(headers['content-security-policy']).not.toContain('unsafe')
  expect([...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, target]) => target)).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^\.\/assets\/.+\.js$/),
      expect.stringMatching(/^\.\/assets\/.+\.css$/)
    ])
  )
  expect(page).not.toMatch(/<script(?![^>]* src=)|<style|\son\w+=|https?:/)
})

test('files whose name has their hash are kept for a year, the page is asked for again', async () => {
  const asset = /\.(\/assets\/[^"]+\.js)"/.exec(page)![1]!
  expect((await ask(base, asset)).headers).toMatchObject({
    'cache-control': 'public, max-age=31536000, immutable',
    'content-type': 'text/javascript; charset=utf-8'
  })
  const { headers: { etag } } = await ask(base, '/')
  expect(await ask(base, '/', { 'if-none-match': etag as string })).toMatchObject({
    status: 304,
    body: Buffer.alloc(0)
  })
  expect((await ask(base, '/', { 'if-none-match': '"other"' })).status).toBe(200)
})

test('files come in the smallest encoding that the client accepts', async () => {
  const asset = /\.(\/assets\/[^"]+\.js)"/.exec(page)![1]!
  const plain = await ask(base, asset)
  expect(plain.headers).toMatchObject({ vary: 'accept-encoding' })
  expect(plain.headers['content-encoding']).toBeUndefined()
  const brotli = await ask(base, asset, { 'accept-encoding': 'gzip, deflate, br' })
  expect(brotli.headers['content-encoding']).toBe('br')
  expect(brotliDecompressSync(brotli.body).equals(plain.body)).toBe(true)
  const gzip = await ask(base, asset, { 'accept-encoding': 'br;q=0, gzip' })
  expect(gzip.headers['content-encoding']).toBe('gzip')
  expect(gunzipSync(gzip.body).equals(plain.body)).toBe(true)
  expect(brotli.body.length).toBeLessThan(gzip.body.length)
})

test.each([
  '/assets/nothing.js',
  '/assets/..%2findex.html',
  '/assets/..%2f..%2fpackage.json',
  '/assets/.br',
  '/assets/x.ts'
])('%s is no file of it', async path => {
  expect((await ask(base, path)).status).toBe(404)
})

test('HEAD has the headers alone, and other methods are refused', async () => {
  expect(await ask(base, '/', {}, 'HEAD')).toMatchObject({ status: 200, body: Buffer.alloc(0) })
  expect((await ask(base, '/', {}, 'POST')).status).toBe(404)
})

describe('without a token', () => {
  test('a page whose name was rebound to this machine gets nothing', async () => {
    const { status, body } = await ask(base, '/', { host: 'rebound.example' })
    expect({ status, body: body.toString() }).toEqual({
      status: 403,
      body: expect.stringContaining('accepts loopback names only') as string
    })
    expect((await ask(base, /\.(\/assets\/[^"]+\.js)"/.exec(page)![1]!, { host: 'rebound.example' })).status).toBe(403)
  })

  test('a page of another origin gets nothing', async () => {
    expect((await ask(base, '/', { origin: 'http://other.example' })).status).toBe(403)
    expect((await ask(base, '/', { origin: base })).status).toBe(200)
  })
})

test('with a token the page is there under any name, for it shows nothing by itself', async () => {
  const guarded = await WeirProcess.start({ workers: 1, env: { WEIR_ADMIN_TOKEN: 'of-the-server' } })
  try {
    expect((await ask(guarded.api.base, '/', { host: 'balancer.example' })).status).toBe(200)
    expect((await ask(guarded.api.base, '/v1/health', { host: 'balancer.example' })).status).toBe(401)
  } finally {
    await guarded.stop()
  }
})
