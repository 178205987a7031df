// Parts of HTTP messages before and behind the rest: trailers of requests, and interim responses.
import { text } from 'node:stream/consumers'
import { until } from '@weirlb/testing'
import { describe, expect, test } from 'vitest'
import { TestClient } from '../support/engine-bench.ts'
import { freePort } from '../support/free-port.ts'
import { HttpBench, web } from '../support/http-bench.ts'

let http: HttpBench

describe('trailers', () => {
  test.each([
    ['POST', 'announced', 'Trailer: X-Sum, Host\r\n', { 'x-sum': '42' }],
    ['DELETE', 'announced', 'Trailer: X-Sum\r\n', { 'x-sum': '42' }],
    ['POST', 'not announced', '', {}]
  ])('trailers of a request go with it: %s, %s', async (method, _, announcement, trailers) => {
    const seen: unknown[] = []
    const { port } = await web((request, response) => {
      void text(request).then(body => {
        seen.push([request.method, body, request.trailers, request.headers.trailer, request.headers.host])
        response.writeHead(200, { Trailer: 'X-Back' })
        response.write('got ')
        response.addTrailers({ 'X-Back': '43' })
        response.end(body)
      })
    })
    http = await HttpBench.start([await freePort(), port])
    const client = new TestClient(http.port)
    client.socket.write(`${method} / HTTP/1.1\r\nHost: a\r\n${announcement}Transfer-Encoding: chunked\r\n\r\n4\r\nwe`)
    await until(() => client.socket.writableLength === 0, 'half of the body to be sent')
    client.socket.write('ir\r\n0\r\nX-Sum: 42\r\nHost: evil.example\r\nX-Forwarded-For: 6.6.6.6\r\nCookie: a=1\r\n\r\n')
    await client.gets('X-Back: 43\r\n\r\n')
    expect(client.text).toContain('weir')
    expect(seen).toEqual([[method, 'weir', trailers, announcement === '' ? undefined : announcement.slice(9, -2), 'a']])
    expect(http.requests).toEqual({ answered: 1 })
    await until(() => http.bench.engine.stats().services['w2']!.connections === 0, 'the service to be free')
  })

  test('a request with trailers whose server says nothing, closes, or answers early', async () => {
    const { port } = await web((request, response) => {
      if (request.url === '/close') request.socket.destroy()
      if (request.url === '/early') response.writeHead(403, { Connection: 'close' }).end('no')
    })
    http = await HttpBench.start([port], { timeoutSeconds: 1 })
    const ask = (path: string): Promise<string> => http.raw(`POST ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nweir\r\n0\r\nX-Sum: 42\r\n\r\n`)
    expect(await ask('/close')).toMatch(/^HTTP\/1\.1 502 /)
    expect(await ask('/silent')).toMatch(/^HTTP\/1\.1 504 /)
    expect(
      await http.raw(
        'POST /early HTTP/1.1\r\nHost: a\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nweir\r\n'
      )
    ).toMatch(/^HTTP\/1\.1 403 [^]*no/)
    expect(http.requests).toEqual({ 'server-reset': 1, 'idle-timeout': 1, answered: 1 })
  })
})

describe('interim responses', () => {
  /** A server that sends these bytes before its response. */
  const before = async (interim: string): Promise<void> => {
    const { port } = await web((request, response) => {
      request.socket.write(interim)
      request.resume().on('end', () => response.end('body'))
    })
    http = await HttpBench.start([port])
  }
  const hints = 'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nLink: </b.js>; rel=preload\r\nConnection: X-Hop\r\nX-Hop: 1\r\n\r\n'

  test.each([
    ['GET', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'],
    [
      'with trailers',
      'POST / HTTP/1.1\r\nHost: a\r\nTrailer: X\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX: 1\r\n\r\n'
    ]
  ])('come to the client before the response: %s', async (_, request) => {
    await before(`HTTP/1.1 102 Processing\r\n\r\n${hints}`)
    const client = new TestClient(http.port)
    client.socket.write(request)
    await client.gets('body')
    expect(client.text).toMatch(/^HTTP\/1\.1 102 Processing\r\n\r\nHTTP\/1\.1 103 Early Hints\r\nLink: <\/a\.css>; rel=preload\r\nLink: <\/b\.js>; rel=preload\r\n\r\nHTTP\/1\.1 200 OK\r\n/)
    client.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await until(() => client.text.match(/HTTP\/1\.1 200/g)?.length === 2, 'a second request on the connection')
  })

  test('are nothing for a client of HTTP/1.0', async () => {
    await before(hints)
    expect(await http.raw('GET / HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  })
})
