// Clients and servers that reset, hang up or stop at any point, on every kind of vserver and service: no worker ends
// with them.
import { readFileSync } from 'node:fs'
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { once } from 'node:events'
import { connect as connectTls, createServer as createTlsServer, TLSSocket } from 'node:tls'
import { TIME_SCALE, until } from '@weirlb/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { certificateFor, type Certificate } from '../support/certificate.ts'
import { lineProtocol, SERVER_LINES } from '../support/line-protocol.ts'
import { BINARY, frame, upgradeRequest } from '../support/raw-websocket.ts'
import { WeirProcess } from '../support/weir-process.ts'

/** Clients of each kind, and how many of them there are at a time. */
const CLIENTS = 60
const AT_ONCE = 6
/** The longest pause of a client within its script. */
const PAUSE_MS = 4
const HEADER = 'PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n'
const START_TLS = readFileSync(new URL('../author/fixtures/start-tls.ts', import.meta.url), 'utf8')

const LINES = ['hello a\nsecond\n', 'reply now\n', `${'x'.repeat(900)}\n`.repeat(80), 'tunnel b\n', 'x'.repeat(100_000)]
const FRAMES = [
  upgradeRequest('/lines', { 'Sec-WebSocket-Protocol': 'lines' }),
  ...LINES.map(line => frame(BINARY, line))
]
const REQUESTS = [
  'GET /large HTTP/1.1\r\nHost: a.test\r\n\r\nGET / HTTP/1.1\r\nHost: a.test\r\n\r\n',
  `POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 200000\r\n\r\n${'b'.repeat(100_000)}`,
  'b'.repeat(100_000),
  'POST / HTTP/1.1\r\nHost: a.test\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
  '0\r\n\r\n'
]

type Kind = readonly [
  what: string,
  vserver: string,
  security: 'none' | 'tls' | 'late',
  script: readonly (string | Buffer)[],
  header?: string
]
const kinds: readonly Kind[] = [
  ['lines', 'tcp', 'none', LINES],
  ['lines over TLS', 'ssl', 'tls', LINES],
  ['lines over TLS that begins inside', 'late', 'late', ['FIRST\n', ...LINES]],
  ['lines in a WebSocket', 'ws', 'none', FRAMES],
  ['lines in a secure WebSocket', 'wss', 'tls', FRAMES],
  ['HTTP', 'ws', 'none', REQUESTS],
  ['HTTPS', 'wss', 'tls', REQUESTS],
  ['lines through a balancer', 'behind', 'none', LINES, HEADER],
  ['lines over TLS to TLS', 'ssl-ssl', 'tls', LINES],
  ['lines in a WebSocket to a WebSocket', 'ws-wss', 'none', FRAMES],
  ['HTTPS to HTTPS', 'https', 'tls', REQUESTS],
  ['lines on a shared port', 'shared', 'none', LINES],
  ['HTTPS on a shared port', 'shared', 'tls', REQUESTS]
]

/** What a peer does at its last point. */
const endings = ['reset', 'destroy', 'end', 'half', 'stay'] as const
type Ending = typeof endings[number]

/** Plain sockets that the servers accepted, by the port of their peer. */
const plain = new Map<number | undefined, Socket>()

/**
 * Reset a connection. A TLSSocket cannot reset itself: the socket below does. libuv resets none whose shutdown waits
 * behind its writes, and Node 24.21 then leaves it open. TLS shuts the handle down by itself: only `top` knows.
 */
const reset = (raw: Socket, top: Socket): void => {
  const below = raw instanceof TLSSocket ? plain.get(raw.remotePort) : raw
  if (below === undefined || below.writableEnded || raw.writableEnded || top.writableEnded) (below ?? raw).destroy()
  else below.resetAndDestroy()
}

const end = (raw: Socket, top: Socket, how: Ending): void => {
  if (raw.destroyed) return
  if (how === 'reset') reset(raw, top)
  else if (how === 'destroy') raw.destroy()
  else if (how === 'end') top.end()
  else if (how === 'half') raw.end()
}

/** What one client does: how much of its script, in which pieces, whether it reads, how it ends. */
interface Plan {
  readonly upTo: number
  readonly piece: number
  readonly pauses: readonly number[]
  readonly reads: boolean
  readonly secures: boolean
  readonly ending: Ending
}
const plan = fc.record<Plan>({
  upTo: fc.oneof(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 300_000 })),
  piece: fc.constantFrom(1, 50, 1400, 100_000),
  pauses: fc.array(fc.integer({ min: 0, max: PAUSE_MS }), { minLength: 1, maxLength: 5 }),
  reads: fc.boolean(),
  secures: fc.boolean(),
  ending: fc.constantFrom(...endings)
})

const pause = async (ms: number): Promise<void> => { await new Promise<void>(resolve => { if (ms === 0) setImmediate(resolve); else setTimeout(resolve, ms) }) }

/** Play it. */
const play = async (port: number, [, , security, script, header = '']: Kind, plan: Plan): Promise<void> => {
  const raw = connect({ port, host: '127.0.0.1' })
  const gone = new Promise<void>(resolve => { raw.once('close', () => { resolve() }) })
  raw.on('error', () => {})
  let top: Socket = raw
  if (header !== '') raw.write(header)
  if (security === 'late') {
    raw.write('STARTTLS\n')
    await Promise.race([once(raw, 'data').catch(() => {}), gone])
  }
  if (security !== 'none') {
    top = connectTls({ socket: raw, rejectUnauthorized: false, servername: 'one.test' })
    top.on('error', () => {})
    // Otherwise its script is cut off inside the handshake.
    if (plan.secures)
      await Promise.race([once(top, 'secureConnect').catch(() => {}), once(top, 'close').catch(() => {}), gone])
  }
  if (plan.reads) top.resume()
  const bytes = Buffer.concat(script.map(part => Buffer.from(part))).subarray(0, plan.upTo)
  const pieces = Math.min(20, Math.ceil(bytes.length / plan.piece))
  for (let i = 0; i < pieces && !raw.destroyed; i++) {
    top.write(i === pieces - 1 ? bytes.subarray(i * plan.piece) : bytes.subarray(i * plan.piece, (i + 1) * plan.piece))
    await pause(plan.pauses[i % plan.pauses.length]!)
  }
  end(raw, top, plan.ending)
  await pause(PAUSE_MS)
  reset(raw, top)
  top.destroy()
  raw.destroy()
}

let next = 0
/** Servers end by turns, since what they are asked comes in no fixed order. */
const turn = (): number => next++

/** What a server of lines does with a connection. */
const serveLines = (raw: Socket, top: { write (bytes: Buffer): void, end (): void, destroy (): void }): ((chunk: Buffer) => void) => {
  const mine = turn()
  const how = endings[mine % endings.length]!
  let left = [0, 1, 30, 5000, Infinity][mine % 7 % 5]!
  if (left === 0) end(raw, top as Socket, how)
  return chunk => {
    if (left <= 0) return
    left -= chunk.length
    top.write(chunk)
    if (left <= 0) end(raw, top as Socket, how)
  }
}

let weir: WeirProcess
let certificate: Certificate
const servers: { close (): void }[] = []

const listen = async (server: Server): Promise<number> => {
  servers.push(server)
  server.on('connection', (socket: Socket) => {
    const { remotePort } = socket
    plain.set(remotePort, socket)
    socket.on('error', () => {})
    socket.on('close', () => { plain.delete(remotePort) })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

const respond = (request: IncomingMessage, response: ServerResponse): void => {
  const how = endings[turn() % endings.length]!
  request.on('error', () => {})
  response.on('error', () => {})
  request.resume()
  if (how === 'stay') {
    response.end(request.url === '/large' ? Buffer.alloc(300_000, 'l') : 'ok')
    return
  }
  response.writeHead(200, { 'Content-Length': 300_000 })
  response.write(Buffer.alloc(100_000, 'l'), () => {
    if (how === 'half') response.end()
    else end(request.socket, request.socket, how)
  })
}

beforeAll(async () => {
  certificate = await certificateFor('one.test')
  const tcp = await listen(createServer(socket => { socket.on('data', serveLines(socket, socket)) }))
  const ssl = await listen(createTlsServer(certificate, socket => {
    socket.on('error', () => {})
    socket.on('data', serveLines(socket, socket))
  }))
  const httpServer = createHttpServer(respond)
  const httpsServer = createHttpsServer(certificate, respond)
  const wssServer = createHttpsServer(certificate)
  new WebSocketServer({ server: wssServer, handleProtocols: () => 'lines' }).on('connection', (webSocket, request) => {
    webSocket.on('error', () => {})
    const on = serveLines(request.socket, {
      write: bytes => {
        webSocket.send(bytes)
      },
      end: () => {
        webSocket.close()
      },
      destroy: () => {
        webSocket.terminate()
      }
    })
    webSocket.on('message', data => {
      on(data as Buffer)
    })
  })
  const ports = {
    tcp,
    ssl,
    http: await listen(httpServer),
    https: await listen(httpsServer),
    wss: await listen(wssServer)
  }
  weir = await WeirProcess.start({ workers: 1, logLevel: 'warn' })
  const { api } = weir
  const noMonitors = { address: '127.0.0.1', monitors: [], tls: { verify: 'off' as const } }
  await api.call('createCertkey', { body: { name: 'one', ...certificate } })
  await api.call('createExtension', {
    body: { name: 'lines', source: lineProtocol(`websocket: { subprotocols: ['lines'] }, ${SERVER_LINES}`) }
  })
  await api.call('createExtension', { body: { name: 'late', source: START_TLS } })
  for (const [name, type] of [['tcp', 'USER_TCP'], ['ssl', 'USER_SSL_TCP'], ['wss', 'USER_WSS'], ['http', 'HTTP'], ['https', 'HTTPS']] as const) {
    const { tls, ...plain } = noMonitors
    await api.call('createService', {
      body: { name, type, port: ports[name], ...(name === 'tcp' || name === 'http' ? plain : { ...plain, tls }) }
    })
    await api.call('createLbVserver', { body: { name, type, services: [{ name }] } })
  }
  for (const [name, transport, extension] of [['TCP', 'tcp', 'lines'], ['SSL', 'ssl', 'lines'], ['WS', 'ws', 'lines'], ['WSS', 'wss', 'lines'], ['LATE', 'tcp', 'late']] as const) {
    await api.call('createUserProtocol', { body: { name, transport, extension } })
  }
  const vserver = async (name: string, protocol: string, defaultLb: string, more: object = {}): Promise<void> => {
    await api.call('createUserVserver', {
      body: { name, protocol, address: '127.0.0.1', port: 0, defaultLb, logSilentClients: false, ...more }
    })
  }
  const certificates = ['one']
  await vserver('tcp', 'TCP', 'tcp')
  await vserver('ssl', 'SSL', 'tcp', { certificates })
  await vserver('late', 'LATE', 'tcp', { certificates })
  await vserver('ws', 'WS', 'tcp', { http: { defaultLb: 'http' }, websocket: { paths: ['/lines'] } })
  await vserver('wss', 'WSS', 'tcp', { certificates, http: { defaultLb: 'http' }, websocket: { paths: ['/lines'] } })
  await vserver('behind', 'TCP', 'tcp', { proxyProtocol: { from: ['127.0.0.1'] } })
  await vserver('ssl-ssl', 'SSL', 'ssl', { certificates })
  await vserver('ws-wss', 'WS', 'wss', { websocket: { paths: ['/lines'] } })
  await vserver('https', 'WSS', 'tcp', { certificates, http: { defaultLb: 'https' } })
  await vserver('shared', 'TCP', 'tcp', {
    protocols: ['SSL', 'WSS'],
    certificates,
    http: { defaultLb: 'http' },
    tls: { alpn: ['lines', 'http/1.1'] }
  })
}, 60_000 * TIME_SCALE)

afterAll(async () => {
  await weir?.stop()
  for (const socket of plain.values()) socket.destroy()
  for (const server of servers) server.close()
})

test.each(kinds.map(kind => [kind[0], kind] as const))('%s', async (_what, kind) => {
  const port = await weir.api.port(kind[1])
  const plans = fc.sample(plan, { numRuns: CLIENTS, seed: kinds.indexOf(kind) + 1 })
  await Promise.all(Array.from({ length: AT_ONCE }, async (_, lane) => {
    for (let i = lane; i < plans.length; i += AT_ONCE) await play(port, kind, plans[i]!)
  }))
  await until(
    async () => (await weir.api.call('listConnections')).body.items.length === 0,
    'every connection to be over'
  )
  expect((await weir.api.call('getHealth')).body.workers).toMatchObject([{ restarts: 0 }])
}, 60_000 * TIME_SCALE)
