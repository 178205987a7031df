// HTTP requests beside an extension's WebSockets, on the same address: proxied to HTTP services of an LB vserver.
import type { IncomingMessage } from 'node:http'
import { createServer as createTlsServer, get as tlsGet } from 'node:https'
import { connect, type AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { countsOf, sumOf } from '@weirlb/engine'
import { until } from '@weirlb/testing'
import { beforeEach, describe, expect, test } from 'vitest'
import { certificateFor } from '../support/certificate.ts'
import { atEnd, TestClient, TestServer } from '../support/engine-bench.ts'
import { freePort } from '../support/free-port.ts'
import { HttpBench, web } from '../support/http-bench.ts'
import { BINARY, frame, RawWebSocket, upgradeRequest } from '../support/raw-websocket.ts'

const MB = 1024 * 1024
let http: HttpBench

describe('a request', () => {
  let seen: { method: string | undefined, url: string | undefined, raw: string[], body: string }[]
  beforeEach(async () => {
    seen = []
    const { port } = await web((request, response) => {
      void text(request).then(body => {
        seen.push({ method: request.method, url: request.url, raw: request.rawHeaders, body })
        response.setHeader('X-Served', 'yes')
        if (request.method === 'HEAD') response.setHeader('Content-Length', '6')
        response.setHeader('Set-Cookie', ['a=1', 'b=2'])
        response.setHeader('Connection', 'keep-alive, X-Hop')
        response.setHeader('X-Hop', 'one')
        response.end(`hello ${body}`)
      })
    })
    http = await HttpBench.start([port])
  })
  const header = (name: string): string[] =>
    seen[0]!.raw.filter((_, i, all) => i % 2 === 1 && all[i - 1]!.toLowerCase() === name)

  test('reaches a service and comes back, counted and logged, and the extension hears nothing of it', async () => {
    const { status, headers, body } = await http.ask('/page?token=secret', { headers: { Host: 'app.example' } })
    expect([status, body, headers['x-served'], headers['set-cookie']]).toEqual([200, 'hello ', 'yes', ['a=1', 'b=2']])
    await until(() => http.logged.length === 1, 'the line')
    expect(http.logged[0]).toMatchObject({ userVserver: 'v', lbVserver: 'web', service: 'w1', method: 'GET', path: '/page', status: 200, bytesOut: 6, reason: undefined })
    expect(JSON.stringify(http.logged)).not.toContain('secret')
    expect(http.requests).toEqual({ answered: 1 })
    const { services, lbVservers, extensions } = http.bench.engine.stats()
    expect([services['w1']!.messages, services['w1']!.connections, lbVservers['web']!.picks, extensions['ext']!.messages]).toEqual([1, 0, 1, 0])
    expect(services['w1']!.dialled).toBe(1)
    for (const times of [services['w1']!.dialMs, services['w1']!.firstReplyMs])
      expect([countsOf(times).filter(count => count > 0), sumOf(times) > 0]).toEqual([[1], true])
    await until(() => http.closed['client-closed'] === 1, 'the connection to be counted')
  })

  test('keeps its target, its Host and its own headers, in their order', async () => {
    await http.ask('/a/../b//c?x=%20&y', { headers: { Host: 'app.example:8080', 'X-One': '1', Cookie: ['a=1', 'b=2'], 'X-Two': '2' } })
    expect([seen[0]!.url, header('host'), header('x-one'), header('cookie')]).toEqual(['/a/../b//c?x=%20&y', ['app.example:8080'], ['1'], ['a=1; b=2']])
  })

  test('says where the client came from, once, whatever the client says of that', async () => {
    await http.ask('/', {
      headers: {
        Host: 'app.example',
        Forwarded: 'for=evil',
        'X-Forwarded-For': '6.6.6.6',
        'X-Forwarded-Proto': 'https',
        'X-Forwarded-Host': 'evil.example',
        'X-Real-IP': '6.6.6.6',
        Via: '1.0 evil'
      }
    })
    expect([header('x-forwarded-for'), header('x-forwarded-proto'), header('x-forwarded-host'), header('forwarded'), header('x-real-ip'), header('via')])
      .toEqual([['127.0.0.1'], ['http'], ['app.example'], ['for=127.0.0.1;host="app.example";proto=http'], [], ['1.1 weir']])
  })

  test('leaves the headers of one hop behind, in both directions, also those that Connection names', async () => {
    const { headers } = await http.ask('/', {
      headers: {
        Connection: 'close, X-Private, Host',
        'X-Private': '1',
        'Keep-Alive': 'timeout=5',
        'Proxy-Authorization': 'Basic eDp5',
        Upgrade: 'h2c',
        TE: 'gzip'
      }
    })
    expect([
      header('x-private'),
      header('keep-alive'),
      header('proxy-authorization'),
      header('upgrade'),
      header('te'),
      header('host')
    ]).toEqual([[], [], [], [], [], [`127.0.0.1:${http.port}`]])
    expect(headers['x-hop']).toBeUndefined()
  })

  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND'])('has a body: %s', async method => {
    const { body } = await http.ask('/', { method, body: 'weir', headers: { 'Content-Length': '4' } })
    expect([body, seen[0]!.method]).toEqual(['hello weir', method])
  })

  test('in chunks', async () => {
    expect(await http.raw('POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nwe\r\n2;x=y\r\nir\r\n0\r\n\r\n')).toContain('hello weir')
    expect(seen[0]!.body).toBe('weir')
  })

  test('HEAD has no body, and the length that it would have', async () => {
    const { status, headers, body } = await http.ask('/', { method: 'HEAD' })
    expect([status, headers['content-length'], body]).toEqual([200, '6', ''])
  })

  test('several on one connection, in turn and pipelined, are answered in order', async () => {
    const one = (n: number, more = ''): string => `POST /${n} HTTP/1.1\r\nHost: a\r\n${more}Content-Length: 1\r\n\r\n${n}`
    const answer = await http.raw(one(1) + one(2) + one(3) + one(4, 'Connection: close\r\n'))
    expect(answer.match(/hello \d/g)).toEqual(['hello 1', 'hello 2', 'hello 3', 'hello 4'])
    await until(() => http.bench.engine.stats().userVservers['v']!.accepted === 1, 'one client')
  })

  test('of HTTP/1.0 is answered as that', async () => {
    expect(await http.raw('GET / HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 [^]*\r\nConnection: close\r\n[^]*hello $/)
  })

  test('100-continue is answered when a server has been chosen', async () => {
    const client = new TestClient(http.port)
    client.socket.write('POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n')
    await client.gets('HTTP/1.1 100 Continue\r\n\r\n')
    client.socket.write('weir')
    await client.gets('hello weir')
    expect(header('expect')).toEqual([])
  })

  test('is served beside WebSockets on the same port', async () => {
    const socket = await RawWebSocket.open(http.port)
    atEnd(() => { socket.socket.destroy() })
    socket.socket.write(frame(BINARY, 'line\n'))
    await until(() => socket.data.toString().includes('line\n'), 'the line to come back')
    expect((await http.ask('/')).status).toBe(200)
    expect(http.bench.engine.stats().userVservers['v']!.connections).toBe(1)
  })
})

describe('bodies', () => {
  test('stream both ways before the request has ended', async () => {
    const { port } = await web((request, response) => { request.pipe(response) })
    http = await HttpBench.start([port])
    const client = new TestClient(http.port)
    client.socket.write('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n')
    await client.gets('one')
    client.socket.write('3\r\ntwo\r\n')
    await client.gets('two')
    client.socket.write('0\r\n\r\n')
    await client.gets('0\r\n\r\n')
  })

  test('the head of a response does not wait for its body', async () => {
    let send: (body: string) => void = () => {}
    const { port } = await web((_request, response) => {
      response.flushHeaders()
      send = body => { response.end(body) }
    })
    http = await HttpBench.start([port])
    const client = new TestClient(http.port)
    client.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await client.gets('\r\n\r\n')
    send('late')
    await client.gets('late')
  })

  test('a client that reads nothing stops the server, and a server that reads nothing stops the client', async () => {
    let written = 0
    let stopped: IncomingMessage | undefined
    const { port } = await web((request, response) => {
      if (request.method === 'POST') {
        stopped = request.pause()
        return
      }
      const chunk = Buffer.alloc(64 * 1024)
      const fill = (): void => {
        while (written < 200 * MB) {
          written += chunk.length
          if (!response.write(chunk)) return
        }
        response.end()
      }
      response.on('drain', fill)
      fill()
    })
    http = await HttpBench.start([port], { maxBodyBytes: 1000 * MB })
    const reader = connect({ port: http.port, host: '127.0.0.1' })
    atEnd(() => { reader.destroy() })
    reader.pause()
    reader.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    let before = -1
    await until(() => {
      const still = written > 0 && written === before
      before = written
      return still
    }, 'the server to be stopped')
    expect(written).toBeLessThan(40 * MB)
    const writer = connect({ port: http.port, host: '127.0.0.1' })
    atEnd(() => { writer.destroy() })
    writer.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${200 * MB}\r\n\r\n`)
    for (let i = 0; i < 100; i++) writer.write(Buffer.alloc(MB))
    await until(() => stopped !== undefined, 'the request to arrive')
    let queued = -1
    await until(() => {
      const still = writer.writableLength === queued
      queued = writer.writableLength
      return still
    }, 'the client to be stopped')
    expect(queued).toBeGreaterThan(60 * MB)
  })

  test('a large one arrives whole in both directions', async () => {
    const { port } = await web((request, response) => { request.pipe(response) })
    http = await HttpBench.start([port])
    const body = Buffer.alloc(8 * MB, 'weir ')
    expect((await http.ask('/', { method: 'POST', body })).body === body.toString()).toBe(true)
  })

  test('trailers come with it', async () => {
    const { port } = await web((_request, response) => {
      response.writeHead(200, { Trailer: 'X-Sum' })
      response.write('body')
      response.addTrailers({ 'X-Sum': '42' })
      response.end()
    })
    http = await HttpBench.start([port])
    expect(await http.ask('/')).toMatchObject({ body: 'body', trailers: { 'x-sum': '42' } })
  })

  test('one that is too large gets 413, whether its length is known or not', async () => {
    const { port } = await web((request, response) => { request.pipe(response) })
    http = await HttpBench.start([port], { maxBodyBytes: 10 })
    expect((await http.ask('/', { method: 'POST', body: 'x'.repeat(10) })).status).toBe(200)
    expect(await http.raw(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n`)).toMatch(/^HTTP\/1\.1 413 /)
    const known = await http.raw(`POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n`)
    expect(known).toMatch(/^HTTP\/1\.1 413 /)
    await http.raw(`POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n${'x'.repeat(11)}\r\n0\r\n\r\n`)
    await until(() => http.requests['protocol-error'] === 3, 'three refusals')
  })
})

describe('services', () => {
  test('are balanced, and one that cannot be reached is left out, whatever the body', async () => {
    const names = ['one', 'two']
    const webs = await Promise.all(names.map(async name => await web((request, response) => { void text(request).then(body => response.end(`${name} ${body}`)) })))
    http = await HttpBench.start([webs[0]!.port, await freePort(), webs[1]!.port])
    const bodies: string[] = []
    for (let i = 0; i < 9; i++) bodies.push((await http.ask('/', { method: 'POST', body: `${i}` })).body)
    expect(bodies.map(body => body.split(' ')[1])).toEqual(bodies.map((_, i) => `${i}`))
    expect(new Set(bodies.map(body => body.split(' ')[0]))).toEqual(new Set(names))
    const { w1, w2 } = http.bench.engine.stats().services
    expect([w1!.dialled, w1!.messages > 1, w2!.dialFailures > 0, w2!.dialled]).toEqual([1, true, true, w2!.dialFailures])
    expect(http.bench.dialFailures).toContain('w2')
    expect(http.requests).toEqual({ answered: 9 })
  })

  test('none: 502 where it was tried, 503 where none is there', async () => {
    http = await HttpBench.start([await freePort()])
    expect((await http.ask('/')).status).toBe(502)
    await http.bench.apply({ lbVservers: [{ name: 'lb', services: [{ name: 's1' }] }, { name: 'web', type: 'HTTP', services: [] }] })
    expect((await http.ask('/')).status).toBe(503)
    expect(http.requests).toEqual({ 'dial-failed': 1, 'no-service': 1 })
  })

  test('their connections are kept and used again, and one that was closed meanwhile is replaced', async () => {
    let connections = 0
    const { server, port } = await web((_request, response) => { response.end('ok') })
    server.on('connection', () => { connections++ })
    http = await HttpBench.start([port])
    for (let i = 0; i < 5; i++) expect((await http.ask('/')).body).toBe('ok')
    expect(connections).toBe(1)
    server.closeIdleConnections()
    for (let i = 0; i < 3; i++) expect((await http.ask('/')).body).toBe('ok')
    expect(connections).toBe(2)
  })

  test('a server that closes instead of answering: 502; one that says nothing in time: 504; one that stops: the client sees it', async () => {
    const { port } = await web((request, response) => {
      if (request.url === '/close') request.socket.destroy()
      else if (request.url === '/stop') {
        response.writeHead(200, { 'Content-Length': '100' })
        response.write('half')
        setImmediate(() => { request.socket.destroy() })
      }
    })
    http = await HttpBench.start([port], { timeoutSeconds: 1 })
    expect((await http.ask('/close', { method: 'POST', body: 'x' })).status).toBe(502)
    await expect(http.ask('/stop')).rejects.toThrow('aborted')
    expect((await http.ask('/silent')).status).toBe(504)
    await until(() => JSON.stringify(http.requests) === JSON.stringify({ 'server-reset': 2, 'idle-timeout': 1 }), `the counts ${JSON.stringify(http.requests)}`)
  })

  test('an answer that is no HTTP is a 502', async () => {
    const garbage = await TestServer.listen(() => 'garbage\r\n\r\n')
    http = await HttpBench.start([garbage.port])
    expect((await http.ask('/', { method: 'POST', body: 'x' })).status).toBe(502)
  })

  test('a client that leaves takes its request with it', async () => {
    let gone = 0
    const { port } = await web((request, response) => {
      response.write('begun')
      response.on('close', () => { gone++ })
      request.resume()
    })
    http = await HttpBench.start([port])
    const client = new TestClient(http.port)
    client.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await client.gets('begun')
    client.socket.destroy()
    await until(() => gone === 1, 'the server to learn of it')
    await until(() => http.requests['client-reset'] === 1, 'the count')
    expect(http.bench.engine.stats().services['w1']!.connections).toBe(0)
  })
})

test('behind a balancer that speaks the PROXY protocol, requests and WebSockets are those of the client', async () => {
  const { port } = await web((request, response) => { response.end(String(request.headers['x-forwarded-for'])) })
  http = await HttpBench.start([port])
  await http.bench.apply({ userVservers: [{ name: 'v', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb', http: { defaultLb: 'web' }, proxyProtocol: { from: ['127.0.0.1'] } }] })
  const header = 'PROXY TCP4 192.0.2.7 127.0.0.1 50123 443\r\n'
  expect(await http.raw(`${header}GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)).toMatch(/192\.0\.2\.7$/)
  const client = new RawWebSocket(http.port)
  atEnd(() => { client.socket.destroy() })
  // The header, the request and the first message in one segment.
  client.socket.write(Buffer.concat([Buffer.from(header + upgradeRequest('/')), frame(BINARY, 'line\n')]))
  await until(() => client.data.toString().includes('line\n'), 'the line to come back')
  client.socket.destroy()
  expect((await http.bench.log.ends())[0]).toMatchObject({ client: '192.0.2.7:50123' })
  expect(http.logged[0]).toMatchObject({ client: '192.0.2.7:50123', status: 200 })
})

test('a user vserver of transport http has no extension: all requests go to its LB vserver', async () => {
  const { port } = await web((request, response) => { response.end(`${request.url} ${String(request.headers.upgrade)}`) })
  http = await HttpBench.start([port])
  await http.bench.apply({
    userProtocols: [{ name: 'P', transport: 'ws', extension: 'ext' }, { name: 'H', transport: 'http' }],
    userVservers: [{ name: 'v', protocol: 'H', address: '127.0.0.1', port: 0, defaultLb: 'web' }]
  })
  expect((await http.ask('/page')).body).toBe('/page undefined')
  // Nobody takes a WebSocket here: the server behind is asked for the page, without the upgrade.
  expect(await http.raw(upgradeRequest('/socket', { Connection: 'Upgrade, close' }))).toMatch(/^HTTP\/1\.1 200 [^]*\/socket undefined/)
  expect(http.requests).toEqual({ answered: 2 })
  await expect(
    http.bench.engine.explain({
      userVserver: 'v',
      bytes: Buffer.from('x'),
      side: 'client',
      client: { address: '127.0.0.1', port: 1 }
    })
  ).rejects.toMatchObject({ code: 'config-invalid' })
  // And back: the listener stays, and WebSockets are taken.
  await http.bench.apply({ userVservers: [{ name: 'v', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb', http: { defaultLb: 'web' } }] })
  const socket = await RawWebSocket.open(http.port)
  atEnd(() => { socket.socket.destroy() })
  expect((await http.ask('/page')).status).toBe(200)
})

test('HTTPS services are reached over TLS and verified; clients on wss are said to be on https', async () => {
  const certificate = await certificateFor('web.test')
  const seen: unknown[] = []
  const server = createTlsServer(certificate, (request, response) => {
    seen.push([request.headers['x-forwarded-proto'], request.headers.host])
    response.end('over TLS')
  })
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  atEnd(() => { server.closeAllConnections(); server.close() })
  const { port } = server.address() as AddressInfo
  http = await HttpBench.start([])
  const service = (tls: object): object => ({ name: 'w1', type: 'HTTPS', address: '127.0.0.1', port, monitors: [], tls })
  const apply = async (tls: object): Promise<void> => {
    await http.bench.apply({
      certkeys: [{ name: 'web', ...certificate }, { name: 'ca', ca: certificate.cert }],
      userProtocols: [{ name: 'P', transport: 'wss', extension: 'ext' }],
      services: [{ name: 's1', address: '127.0.0.1', port: 1 }, service(tls) as never],
      lbVservers: [{ name: 'lb', services: [{ name: 's1' }] }, { name: 'web', type: 'HTTPS', services: [{ name: 'w1' }] }],
      userVservers: [{ name: 'v', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb', certificates: ['web'], http: { defaultLb: 'web' } }]
    })
  }
  const visit = (): Promise<string> =>
    new Promise((resolve, reject) => {
      tlsGet({
        host: '127.0.0.1',
        port: http.port,
        servername: 'web.test',
        ca: certificate.cert,
        agent: false,
        headers: { Host: 'web.test' }
      }, response => {
        text(response).then(resolve, reject)
      }).on('error', reject)
    })
  await apply({ serverName: 'web.test', ca: 'ca' })
  expect(await visit()).toBe('over TLS')
  expect(seen).toEqual([['https', 'web.test']])
  // Another name than the certificate's.
  await apply({ serverName: 'other.test', ca: 'ca' })
  expect(await visit()).toBe('no server could be reached\n')
})
