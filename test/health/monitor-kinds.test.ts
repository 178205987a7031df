// Every kind of monitor against real servers: what is up, what is down and for which reason.
import { createServer as createHttpsServer } from 'node:https'
import { createServer as createHttpServer, type IncomingMessage } from 'node:http'
import { createServer as createTlsServer } from 'node:tls'
import { WebSocketServer } from 'ws'
import { TIME_SCALE, until } from '@weirlb/link/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import { atEnd } from '../support/at-end.ts'
import { Authority, type IssuedCertificate } from '../support/pki.ts'
import { boardOf, httpServer, rawServer, serving, verdictOf, type MonitorInput } from './monitor-bench.ts'

let root: Authority
let certificate: IssuedCertificate
beforeAll(async () => {
  root = await Authority.root()
  certificate = await root.issue({ names: [{ type: 'dns', value: 'server.test' }] })
})
const bundle = () => [{ name: 'root', ca: root.cert }]

describe('http', () => {
  const site = async (): Promise<number> => await httpServer((request, response) => {
    if (request.headers.host !== 'www.example.com') return void response.writeHead(404).end()
    switch (request.url) {
      case '/health?deep=1': return void response.end('service is ALIVE')
      case '/busy': return void response.writeHead(503).end('busy')
      case '/moved': return void response.writeHead(302, { location: '/health?deep=1' }).end()
      case '/away': return void response.writeHead(302, { location: 'http://other.example/' }).end()
      case '/secure': return void response.writeHead(301, { location: 'https://www.example.com/' }).end()
      case '/a': return void response.writeHead(307, { location: '/b' }).end()
      case '/b': return void response.writeHead(307, { location: 'http://www.example.com/a' }).end()
      case '/broken': return void response.writeHead(302, { location: 'http://[' }).end()
      case '/method': return void response.writeHead(request.method === 'OPTIONS' ? 204 : 405).end()
      case '/header': return void response.writeHead(request.headers['x-check'] === 'yes' ? 200 : 400).end()
      default: return void response.writeHead(404).end()
    }
  })
  const headers = { host: 'www.example.com' }

  test.each<[what: string, monitor: Partial<Extract<MonitorInput, { type: 'http' }>>, verdict: string | RegExp]>([
    ['an expected status and body', { path: '/health?deep=1', expectedBody: 'alive' }, 'up'],
    ['another body', { path: '/health?deep=1', expectedBody: 'dead' }, 'down: the body has no "dead"'],
    ['a failure', { path: '/busy' }, 'down: GET /busy got status 503; expected 2xx'],
    ['a failure that is expected', { path: '/busy', expectedCodes: ['200', '500-503'] }, 'up'],
    ['another host', { path: '/health?deep=1', headers: { Host: 'other.example' } }, /^down: GET .* got status 404/],
    ['a redirect that is not followed', { path: '/moved' }, /got status 302; expected 2xx$/],
    ['a redirect that counts', { path: '/moved', expectedCodes: ['3xx'] }, 'up'],
    ['a redirect that is followed', { path: '/moved', redirects: 1, expectedBody: 'alive' }, 'up'],
    [
      'a redirect elsewhere',
      { path: '/away', redirects: 5 },
      'down: /away redirects to "http://other.example/", which is another server'
    ],
    [
      'a redirect to TLS',
      { path: '/secure', redirects: 5 },
      'down: /secure redirects to "https://www.example.com/", which is another server'
    ],
    ['a redirect in a circle', { path: '/a', redirects: 10 }, 'down: redirects in a circle: /a → /b → /a'],
    [
      'a redirect to nowhere',
      { path: '/broken', redirects: 1 },
      'down: /broken redirects to "http://[", which is no URL'
    ],
    ['another method', { path: '/method', method: 'OPTIONS' }, 'up'],
    ['a header', { path: '/header', headers: { ...headers, 'X-Check': 'yes' } }, 'up']
  ])('%s', async (_what, monitor, verdict) => {
    expect(await verdictOf({ type: 'http', headers, ...monitor }, await site())).toEqual(
      typeof verdict === 'string' ? verdict : expect.stringMatching(verdict)
    )
  })

  test('a body past 1 MiB is not read further, and what stands beyond it is not found', async () => {
    let sent = 0
    const port = await httpServer((_request, response) => {
      const more = (): void => {
        while (!response.destroyed && sent < 64 * 1024 * 1024) {
          sent += 65_536
          if (!response.write(Buffer.alloc(65_536, 0x2e))) return void response.once('drain', more)
        }
        response.end('alive')
      }
      more()
    })
    expect(await verdictOf({ type: 'http', expectedBody: 'alive' }, port)).toBe(
      'down: the first 1048576 bytes of the body have no "alive"'
    )
    expect(sent).toBeLessThan(64 * 1024 * 1024)
  })

  test('a body that ends at 1 MiB is whole', async () => {
    const port = await httpServer((_request, response) => {
      response.end(Buffer.concat([Buffer.alloc(1024 * 1024 - 5, 0x2e), Buffer.from('ALIVE')]))
    })
    expect(await verdictOf({ type: 'http', expectedBody: 'alive' }, port)).toBe('up')
  })

  test('no body is read where none is expected', async () => {
    const port = await httpServer((_request, response) => { response.write('endless') })
    expect(await verdictOf({ type: 'http' }, port)).toBe('up')
  })

  test('a head without an end is refused', async () => {
    const port = await rawServer(socket => {
      socket.once('data', () => {
        socket.write(`HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(100_000)}`)
      })
    })
    expect(await verdictOf({ type: 'http' }, port)).toMatch(/^down: /)
  })

  test.each([
    ['hangs', () => {}],
    ['answers byte by byte', (write: (text: string) => void) => {
      for (const [i, letter] of [...'HTTP/1.1 200 OK\r\nx: y'].entries())
        setTimeout(() => {
          write(letter)
        }, i * 20)
    }],
    ['sends informational responses without end', (write: (text: string) => void) => {
      for (let i = 0; i < 50; i++) write('HTTP/1.1 103 Early Hints\r\n\r\n')
    }]
  ])('a server that %s is down in time', async (_what, talk) => {
    const port = await rawServer(socket => {
      socket.once('data', () => {
        talk(text => {
          if (socket.writable) socket.write(text)
        })
      })
    })
    const before = performance.now()
    expect(await verdictOf({ type: 'http', timeoutSeconds: 0.5, intervalSeconds: 0.05 }, port)).toBe(
      'down: no whole response within 0.5 s'
    )
    expect(performance.now() - before).toBeLessThan(3000 * TIME_SCALE)
  })

  test('what is no HTTP is down', async () => {
    expect(
      await verdictOf(
        { type: 'http' },
        await rawServer(socket => {
          socket.end('220 mail.example ESMTP\r\n')
        })
      )
    ).toMatch(/^down: /)
  })
})

describe('https and tls', () => {
  const site = async (): Promise<number> =>
    await serving(createHttpsServer({ cert: certificate.cert, key: certificate.key }, (_request, response) => {
      response.end('ok')
    }))

  test.each<[what: string, monitor: MonitorInput, verdict: RegExp]>([
    ['https with the bundle', { type: 'https', serverName: 'server.test', ca: 'root' }, /^up$/],
    ['https with another name', { type: 'https', serverName: 'other.test', ca: 'root' }, /^down: .*other\.test/],
    ['https without the bundle', { type: 'https', serverName: 'server.test' }, /^down: .*certificate/],
    ['https, whatever the certificate', { type: 'https', insecure: true }, /^up$/],
    ['tls with the bundle', { type: 'tls', serverName: 'server.test', ca: 'root' }, /^up$/],
    ['tls without the bundle', { type: 'tls', serverName: 'server.test' }, /^down: .*certificate/]
  ])('%s', async (_what, monitor, verdict) => {
    expect(await verdictOf(monitor, await site(), {}, bundle())).toMatch(verdict)
  })

  test('the settings of the service are those of its monitor', async () => {
    expect(
      await verdictOf({ type: 'https' }, await site(), {
        type: 'USER_SSL_TCP',
        tls: { serverName: 'server.test', ca: 'root' }
      }, bundle())
    ).toBe('up')
  })

  test('a server that does not speak TLS is down', async () => {
    expect(
      await verdictOf(
        { type: 'tls', insecure: true },
        await rawServer(socket => {
          socket.end('hello\r\n')
        })
      )
    ).toMatch(/^down: /)
  })

  test('a handshake that hangs is down', async () => {
    expect(await verdictOf({ type: 'tls', insecure: true, timeoutSeconds: 0.3 }, await rawServer(() => {}))).toMatch(
      /^down: no TLS handshake with .* within 300 ms$/
    )
  })

  test('an application protocol that only some servers have is offered', async () => {
    const port = await serving(
      createTlsServer({ cert: certificate.cert, key: certificate.key, ALPNProtocols: ['mqtt'] })
    )
    expect(await verdictOf({ type: 'tls', insecure: true, alpn: ['mqtt'] }, port)).toBe('up')
    expect(await verdictOf({ type: 'tls', insecure: true, alpn: ['h2'] }, port)).toMatch(/^down: .*alert/)
  })
})

describe('ws', () => {
  const site = async (seen: IncomingMessage[] = []): Promise<number> => {
    const server = createHttpServer((_request, response) => {
      response.writeHead(200).end()
    })
    const sockets = new WebSocketServer({
      server,
      path: '/mqtt',
      handleProtocols: offered => offered.has('mqtt') ? 'mqtt' : false
    })
    sockets.on('connection', (_socket, request) => {
      seen.push(request)
    })
    atEnd(() => {
      sockets.close()
    })
    return await serving(server)
  }

  test.each<[what: string, monitor: Partial<Extract<MonitorInput, { type: 'ws' }>>, verdict: RegExp]>([
    ['101 and the sub-protocol', { path: '/mqtt', subprotocol: 'mqtt' }, /^up$/],
    ['101 without one', { path: '/mqtt' }, /^up$/],
    ['another sub-protocol', { path: '/mqtt', subprotocol: 'amqp' }, /^down: Server sent no subprotocol/],
    ['another path', { path: '/' }, /^down: the server answered 400 where a WebSocket was asked for/]
  ])('%s', async (_what, monitor, verdict) => {
    expect(await verdictOf({ type: 'ws', ...monitor }, await site())).toMatch(verdict)
  })

  test('headers are sent, and Host once', async () => {
    const seen: IncomingMessage[] = []
    expect(
      await verdictOf(
        { type: 'ws', path: '/mqtt', headers: { host: 'www.example.com', 'X-Check': 'yes' } },
        await site(seen)
      )
    ).toBe('up')
    await until(() => seen.length > 0)
    expect(seen[0]!.headers).toMatchObject({ host: 'www.example.com', 'x-check': 'yes' })
    expect(seen[0]!.rawHeaders.filter(name => name.toLowerCase() === 'host')).toHaveLength(1)
  })

  test('over TLS', async () => {
    const server = createHttpsServer({ cert: certificate.cert, key: certificate.key })
    const sockets = new WebSocketServer({ server })
    atEnd(() => { sockets.close() })
    const port = await serving(server)
    expect(await verdictOf({ type: 'wss', serverName: 'server.test', ca: 'root' }, port, {}, bundle())).toBe('up')
    expect(await verdictOf({ type: 'wss', serverName: 'server.test' }, port, {}, bundle())).toMatch(
      /^down: .*certificate/
    )
  })

  test('a server that hangs is down', async () => {
    expect(await verdictOf({ type: 'ws', timeoutSeconds: 0.3 }, await rawServer(() => {}))).toMatch(
      /^down: no WebSocket handshake with .* within 300 ms$/
    )
  })
})

describe('send-expect', () => {
  const redis = async (): Promise<number> =>
    await rawServer(socket => {
      socket.on('data', bytes => {
        socket.write(bytes.toString() === 'PING\r\n' ? '+PONG\r\n' : '-ERR\r\n')
      })
    })
  const connack = async (): Promise<number> =>
    await rawServer(socket => {
      socket.once('data', () => {
        socket.write(Buffer.from('20020100', 'hex'))
      })
    })

  test.each<
    [
      what: string,
      server: () => Promise<number>,
      monitor: Partial<Extract<MonitorInput, { type: 'send-expect' }>>,
      verdict: string
    ]
  >([
    ['text', redis, { send: 'PING\r\n', expect: '+PONG' }, 'up'],
    ['another text', redis, { send: 'HELLO\r\n', expect: '+PONG' }, 'down: byte 1 of the reply is 0x2d; expected 0x2b'],
    ['bytes to skip', redis, { send: 'PING\r\n', skip: 1, expect: 'PONG' }, 'up'],
    ['hexadecimal with bytes to ignore', connack, { format: 'hex', send: '10 00', expect: '20 02 ?? 00' }, 'up'],
    [
      'another byte',
      connack,
      { format: 'hex', send: '1000', expect: '2002??05' },
      'down: byte 4 of the reply is 0x00; expected 0x05'
    ],
    [
      'more bytes than there are',
      connack,
      { format: 'hex', send: '1000', expect: '2002??0000', timeoutSeconds: 0.3 },
      'down: no reply within 0.3 s, but 4 of 5 bytes'
    ]
  ])('%s', async (_what, server, monitor, verdict) => {
    expect(await verdictOf({ type: 'send-expect', expect: 'x', ...monitor }, await server())).toBe(verdict)
  })

  test('a server that speaks first, byte by byte', async () => {
    const port = await rawServer(socket => {
      for (const [i, letter] of [...'220 mail'].entries())
        setTimeout(() => {
          if (socket.writable) socket.write(letter)
        }, i * 10)
    })
    expect(await verdictOf({ type: 'send-expect', expect: '220 ' }, port)).toBe('up')
  })

  test('a flood is compared as it comes, and not kept', async () => {
    let sent = 0
    const port = await rawServer(socket => {
      const more = (): void => { while (socket.writable && socket.write(Buffer.alloc(65_536, 0x61))) sent += 65_536 }
      socket.on('drain', more)
      more()
    })
    expect(await verdictOf({ type: 'send-expect', skip: 16_384, expect: 'b' }, port)).toBe(
      'down: byte 16385 of the reply is 0x61; expected 0x62'
    )
    expect(sent).toBeLessThan(64 * 1024 * 1024)
  })

  test('an end without a reply is a failure', async () => {
    expect(
      await verdictOf(
        { type: 'send-expect', expect: 'x' },
        await rawServer(socket => {
          socket.end()
        })
      )
    ).toBe('down: the server closed the connection before its reply')
  })
})

test.each([['the service', undefined, true], ['the monitor', 'own', false]] as const)('a header of the PROXY protocol precedes the probe on the port of %s: %s', async (_whose, own, expected) => {
  const got: string[] = []
  const port = await rawServer(socket => { socket.once('data', bytes => { got.push(bytes.toString('latin1')); socket.destroy() }) })
  const { detail } = boardOf({ proxyProtocol: 'v1', monitors: [{ type: 'http', intervalSeconds: 0.05, downAfter: 1, ...own === undefined ? {} : { port } }] }, own === undefined ? port : 1)
  await until(() => detail().health === 'down')
  expect(got[0]!.startsWith('PROXY ')).toBe(expected)
})

test('another port than the service', async () => {
  const health = await httpServer((_request, response) => { response.end() })
  const { detail } = boardOf({ monitors: [{ type: 'http', port: health, intervalSeconds: 0.05 }] }, 1)
  await until(() => detail().health === 'up')
  expect(detail().monitors).toMatchObject([{ name: undefined, type: 'http', health: 'up', reason: undefined, weight: 1 }])
})
