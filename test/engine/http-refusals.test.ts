// HTTP connections that are given up: too slow, of a vserver that goes away, or with requests that two servers could
// read in two ways.
import { text } from 'node:stream/consumers'
import { TIME_SCALE, until } from '@weirlb/testing'
import { beforeEach, describe, expect, test } from 'vitest'
import { TestClient } from '../support/engine-bench.ts'
import { HttpBench, web } from '../support/http-bench.ts'

let http: HttpBench

describe('a connection', () => {
  beforeEach(async () => {
    const { port } = await web((request, response) => { if (request.url === '/slow') setTimeout(() => response.end('slow'), 300); else response.end('ok') })
    http = await HttpBench.start([port], {
      headTimeoutSeconds: 0.3 * TIME_SCALE,
      keepAliveSeconds: 0.3 * TIME_SCALE,
      timeoutSeconds: 0.5 * TIME_SCALE
    })
  })

  test('that sends no head in time gets 408; that sends no second one is closed', async () => {
    expect(await http.raw('GET / HTTP/1.1\r\nHo')).toMatch(/^HTTP\/1\.1 408 /)
    expect(await http.raw('GET / HTTP/1.1\r\nHost: a\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 [^]*ok$/)
    await until(() => http.bench.engine.stats().userVservers['v']!.accepted === 2, 'both')
    expect(http.closed).toEqual({ 'http-failed': 1, 'client-closed': 1 })
  })

  test('whose body stops gets 408', async () => {
    expect(await http.raw('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab')).toMatch(
      /^HTTP\/1\.1 (408|200) /
    )
    await until(() => Object.keys(http.requests).length > 0, 'the count')
  })

  test('of a vserver that goes away gets its answer, and is closed', async () => {
    const client = new TestClient(http.port)
    client.socket.write('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n')
    await until(() => http.bench.engine.stats().services['w1']!.connections === 1, 'the request to be under way')
    await http.bench.apply({
      userVservers: [{
        name: 'v',
        protocol: 'P',
        address: '127.0.0.1',
        port: 0,
        defaultLb: 'lb',
        state: 'draining',
        http: { defaultLb: 'web' }
      }]
    })
    await client.gets('slow')
    await client.closes()
    expect(client.text).toContain('Connection: close')
  })
})

test('connections over the limit get 503; those before them stay, and the next has the place of one that ends', async () => {
  const { port } = await web((_request, response) => { response.end('ok') })
  http = await HttpBench.start([port], { maxConnections: 1 })
  const first = new TestClient(http.port)
  first.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await first.gets('ok')
  expect(await http.raw('GET / HTTP/1.1\r\nHost: a\r\n\r\n')).toMatch(/^HTTP\/1\.1 503 /)
  expect(http.closed).toEqual({ limit: 1 })
  first.socket.destroy()
  await until(() => http.closed['client-closed'] === 1, 'the first to be gone')
  expect(await http.raw('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')).toContain('ok')
})

describe('what could be read in two ways is refused before a server sees it', () => {
  const body = (headers: string, rest: string): string => `POST / HTTP/1.1\r\nHost: a\r\n${headers}\r\n\r\n${rest}`
  test.each([
    [
      'Content-Length and Transfer-Encoding',
      body('Content-Length: 6\r\nTransfer-Encoding: chunked', '0\r\n\r\nX'),
      400
    ],
    [
      'Transfer-Encoding and Content-Length',
      body('Transfer-Encoding: chunked\r\nContent-Length: 6', '0\r\n\r\nX'),
      400
    ],
    ['two Content-Lengths', body('Content-Length: 5\r\nContent-Length: 6', 'hello!'), 400],
    ['the same Content-Length twice', body('Content-Length: 5\r\nContent-Length: 5', 'hello'), 400],
    ['a list of Content-Lengths', body('Content-Length: 5, 5', 'hello'), 400],
    ['a Content-Length with a sign', body('Content-Length: +5', 'hello'), 400],
    ['a Content-Length in hex', body('Content-Length: 0x5', 'hello'), 400],
    ['a coding before chunked', body('Transfer-Encoding: gzip, chunked', '0\r\n\r\n'), 501],
    ['a coding behind chunked', body('Transfer-Encoding: chunked, identity', '0\r\n\r\n'), 400],
    ['Transfer-Encoding twice', body('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked', '0\r\n\r\n'), 400],
    ['a coding that looks like chunked', body('Transfer-Encoding: xchunked', '0\r\n\r\n'), 501],
    ['chunks in HTTP/1.0', body('Transfer-Encoding: chunked', '0\r\n\r\n').replace('1.1', '1.0'), 400],
    ['a blank before the colon', body('Transfer-Encoding : chunked', '0\r\n\r\n'), 400],
    ['a folded header', body('X-A: b\r\n c\r\nContent-Length: 1', 'x'), 400],
    ['a folded Transfer-Encoding', body('Transfer-Encoding:\r\n chunked', '0\r\n\r\n'), 400],
    ['a bare line feed between headers', body('X-A: b\nContent-Length: 1', 'x'), 400],
    ['a bare carriage return', body('X-A: b\rContent-Length: 1', 'x'), 400],
    ['a zero byte', body('X-A: b\0', ''), 400],
    ['a header without a name', body(': b', ''), 400],
    ['two Hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['a target of another host', 'GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['a target that is no path', 'GET a HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['a blank in the target', 'GET /a b HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['HTTP/0.9', 'GET /\r\n\r\n', 505],
    ['an unknown version', 'GET / HTTP/1.7\r\nHost: a\r\n\r\n', 400],
    ['CONNECT', 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n', 405],
    ['TRACE', 'TRACE / HTTP/1.1\r\nHost: a\r\n\r\n', 405],
    ['an expectation that is not known', 'GET / HTTP/1.1\r\nHost: a\r\nExpect: wonders\r\n\r\n', 417]
  ])('%s', async (_what, bytes, status) => {
    let asked = 0
    const { port } = await web((_request, response) => {
      asked++
      response.end()
    })
    http = await HttpBench.start([port])
    expect(Number((await http.raw(bytes)).split(' ', 2)[1])).toBe(status)
    await until(() => http.closed['http-failed'] === 1, 'the count')
    expect(asked).toBe(0)
  })

  test.each([
    ['a size that is none', 'zz\r\n\r\n'],
    ['a size with a sign', '-1\r\nx\r\n'],
    ['a size over what fits', 'fffffffffffffffff\r\nx'],
    ['more than the size', '1\r\nxx\r\n0\r\n\r\n'],
    ['a bare line feed', '1\nx\n0\n\n']
  ])('chunks: %s', async (_what, chunks) => {
    const bodies: string[] = []
    const { port } = await web((request, response) => { text(request).then(all => { bodies.push(all); response.end() }, () => {}) })
    http = await HttpBench.start([port])
    await http.raw(body('Transfer-Encoding: chunked', `${chunks}GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n`))
    expect(bodies).toEqual([])
    await until(() => Object.keys(http.closed).length === 1, 'the end to be counted')
  })
})
