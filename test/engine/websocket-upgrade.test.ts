// Requests that become WebSockets, and those that do not: each with a status, a close reason, a line and a counter.
import { until } from '@weirlb/testing'
import { beforeEach, describe, expect, test } from 'vitest'
import { around, atEnd, startEngine, TestServer, type EngineBench } from '../support/engine-bench.ts'
import { BINARY, frame, RawWebSocket, TEXT, upgradeRequest } from '../support/raw-websocket.ts'
import { lineProtocol } from '../support/line-protocol.ts'

const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='

let bench: EngineBench
let server: TestServer
beforeEach(async () => {
  server = await TestServer.listen(chunk => chunk)
  const source = lineProtocol().replace('balance:', "websocket: { subprotocols: ['lines', 'lines.old'] }, balance:")
  bench = await startEngine(around(source, [server], {
    userProtocols: [{ name: 'P', transport: 'ws', extension: 'ext' }],
    userVservers: [
      {
        name: 'v',
        protocol: 'P',
        address: '127.0.0.1',
        port: 0,
        defaultLb: 'lb',
        websocket: { paths: ['/lines', '/other'], allowedOrigins: ['https://app.example'], maxMessageBytes: 1024 }
      },
      { name: 'quiet', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb', logSilentClients: false }
    ]
  }))
})

const open = async (
  path = '/lines',
  headers: Readonly<Record<string, string | undefined>> = {}
): Promise<RawWebSocket> => {
  const client = await RawWebSocket.open(bench.port('v'), path, { 'Sec-WebSocket-Protocol': 'lines', ...headers })
  atEnd(() => { client.socket.destroy() })
  return client
}

/** Send a request and wait for the answer and the end. */
const refused = async (request: string): Promise<RawWebSocket> => {
  const client = new RawWebSocket(bench.port('v'))
  atEnd(() => { client.socket.destroy() })
  client.socket.write(request, 'latin1')
  await until(() => client.closed, 'the connection to be closed')
  return client
}

const closed = (): unknown => bench.engine.stats().userVservers['v']!.closed
const lines = (): unknown[] =>
  bench.log.lines.filter(line => line.message === 'connection refused').map(({ userVserver, reason, detail }) => ({
    userVserver,
    reason,
    detail
  }))

describe('a WebSocket', () => {
  test('carries the protocol as TCP does: the bytes of its messages, cut anywhere', async () => {
    const client = await open()
    // Half a line, a line and a half, in messages that end where they like.
    for (const piece of ['he', 'llo\nwor', 'ld\n']) client.socket.write(frame(BINARY, piece))
    await until(() => client.data.toString().includes('world\n'), 'both lines')
    expect(client.data.toString()).toContain('hello\nworld\n')
    client.socket.destroy()
    const [line] = await bench.log.ends()
    expect(line).toMatchObject({ reason: expect.stringMatching(/^client-/), bytesIn: 12, userVserver: 'v' })
  })

  test.each([
    ['the one that is offered', 'lines', 'lines'],
    ['the best of several', 'chat, lines.old, lines', 'lines'],
    ['the only one of several that is spoken', 'chat, lines.old', 'lines.old']
  ])('is answered with exactly one sub-protocol: %s', async (_what, offered, answered) => {
    const { head } = await open('/lines', { 'Sec-WebSocket-Protocol': offered })
    expect(head.match(/^Sec-WebSocket-Protocol: (.*)$/m)?.[1]).toBe(answered)
    expect(head).not.toMatch(/Sec-WebSocket-Extensions/i)
  })

  test('is never compressed, whatever is offered', async () => {
    const { head } = await open('/lines', { 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits' })
    expect(head).not.toMatch(/Sec-WebSocket-Extensions/i)
  })

  test.each([['/lines'], ['/other?token=1'], ['http://edge.test/lines']])('is taken at %s', async target => {
    expect((await open(target)).status).toBe(101)
  })

  test('is taken from a page of an allowed origin, and from what is no browser', async () => {
    expect((await open('/lines', { Origin: 'https://app.example' })).status).toBe(101)
    expect((await open('/lines', { Origin: undefined })).status).toBe(101)
  })

  test('may say its first message with its request', async () => {
    const client = new RawWebSocket(bench.port('v'))
    atEnd(() => {
      client.socket.destroy()
    })
    client.socket.write(
      Buffer.concat([
        Buffer.from(upgradeRequest('/lines', { 'Sec-WebSocket-Protocol': 'lines' })),
        frame(BINARY, 'early\n')
      ])
    )
    await until(() => client.data.toString().includes('early\n'), 'what was sent early')
    expect(client.status).toBe(101)
  })

  test('its request may come byte by byte', async () => {
    const client = new RawWebSocket(bench.port('v'))
    atEnd(() => { client.socket.destroy() })
    for (const byte of upgradeRequest('/lines', { 'Sec-WebSocket-Protocol': 'lines' })) {
      client.socket.write(byte)
      await new Promise(resolve => { setImmediate(resolve) })
    }
    await until(() => client.status === 101, 'the answer')
  })
})

test('an extension sees path, headers and sub-protocol of the request', async () => {
  const source = `
    import { defineProtocol, drop, encodeUtf8, frame } from '@weirlb/sdk'
    export default defineProtocol({
      name: 'mirror', api: 1, balance: 'per-connection',
      websocket: { subprotocols: ['mirror'], messages: 'text' },
      client: { framing: frame.lines({ max: 1024 }), onMessage (message, ctx) { ctx.reply(encodeUtf8(JSON.stringify(ctx.client.http ?? 'none') + '\\n')); return drop() } }
    })`
  const mirror = await startEngine(around(source, [server], {
    userProtocols: [{ name: 'W', transport: 'ws', extension: 'ext' }, { name: 'T', transport: 'tcp', extension: 'ext' }],
    userVservers: [{ name: 'w', protocol: 'W', address: '127.0.0.1', port: 0, defaultLb: 'lb' }, { name: 't', protocol: 'T', address: '127.0.0.1', port: 0, defaultLb: 'lb' }]
  }))
  const client = await RawWebSocket.open(mirror.port('w'), '/a/b?token=1', {
    'Sec-WebSocket-Protocol': 'mirror',
    Cookie: 'c=1',
    'X-Device': 'sensor'
  })
  atEnd(() => {
    client.socket.destroy()
  })
  client.socket.write(frame(TEXT, 'who am I\n'))
  await until(() => client.data.includes('\n'), 'the answer')
  expect(JSON.parse(client.data.toString())).toMatchObject({
    path: '/a/b?token=1',
    subprotocol: 'mirror',
    headers: { host: 'edge.test', cookie: 'c=1', 'x-device': 'sensor' }
  })
  expect(client.kinds).toEqual([TEXT])
  const plain = mirror.connect('t')
  plain.socket.write('who am I\n')
  await plain.gets('"none"')
})

describe('a request for a WebSocket is refused', () => {
  const asked = (headers: Readonly<Record<string, string | undefined>>, path = '/lines'): string =>
    upgradeRequest(path, { 'Sec-WebSocket-Protocol': 'lines', ...headers })
  test.each([
    ['without a sub-protocol', asked({ 'Sec-WebSocket-Protocol': undefined }), 400, 'lines or lines.old'],
    ['with one that is not spoken', asked({ 'Sec-WebSocket-Protocol': 'chat' }), 400, 'lines or lines.old'],
    ['with one offered twice', asked({ 'Sec-WebSocket-Protocol': 'lines, lines' }), 400, 'Sec-WebSocket-Protocol'],
    ['with an empty offer', asked({ 'Sec-WebSocket-Protocol': 'lines,,' }), 400, 'Sec-WebSocket-Protocol'],
    ['on another path', asked({}, '/elsewhere'), 404, 'path'],
    ['on a path that begins alike', asked({}, '/lines/more'), 404, 'path'],
    ['from another origin', asked({ Origin: 'https://evil.example' }), 403, 'origin'],
    ['from an origin that only looks alike', asked({ Origin: 'https://app.example.evil.example' }), 403, 'origin'],
    ['from the origin null', asked({ Origin: 'null' }), 403, 'origin'],
    ['without a key', asked({ 'Sec-WebSocket-Key': undefined }), 400, 'Sec-WebSocket-Key'],
    ['with a key that is too short', asked({ 'Sec-WebSocket-Key': KEY.slice(4) }), 400, 'Sec-WebSocket-Key'],
    ['with a key that is too long', asked({ 'Sec-WebSocket-Key': `${KEY}${KEY}` }), 400, 'Sec-WebSocket-Key'],
    ['with a key that is no base64', asked({ 'Sec-WebSocket-Key': '!'.repeat(22) + '==' }), 400, 'Sec-WebSocket-Key'],
    ['without a version', asked({ 'Sec-WebSocket-Version': undefined }), 400, 'Sec-WebSocket-Version'],
    ['with version 12', asked({ 'Sec-WebSocket-Version': '12' }), 400, 'Sec-WebSocket-Version'],
    ['with POST', asked({}).replace('GET', 'POST'), 405, 'method'],
    ['with a body', asked({ 'Content-Length': '5' }), 400, 'body'],
    ['with a body in chunks', asked({ 'Transfer-Encoding': 'chunked' }), 400, 'body']
  ])('%s', async (_what, request, status, why) => {
    const client = await refused(request)
    expect([client.status, client.rest]).toEqual([status, expect.stringContaining(why)])
    await until(() => lines().length === 1, 'the line')
    const reason = why === 'body' ? 'http-failed' : 'upgrade-refused'
    expect(lines()).toEqual([{ userVserver: 'v', reason, detail: expect.stringContaining(why) }])
    expect(closed()).toEqual({ [reason]: 1 })
    expect(server.sockets).toHaveLength(0)
  })
})

describe('what is no request for a WebSocket is refused', () => {
  const get = (headers: string, first = 'GET /lines HTTP/1.1'): string => `${first}\r\n${headers}\r\n`
  test.each([
    ['a plain request', get('Host: a\r\n'), 426],
    [
      'an upgrade to something else',
      get(
        'Host: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n'
      ),
      426
    ],
    ['HTTP/1.0', get('Host: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n', 'GET /lines HTTP/1.0'), 400],
    ['HTTP/0.9', 'GET /lines\r\n\r\n', 505],
    ['HTTP/2 by its preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['no Host', upgradeRequest('/lines', { Host: undefined }), 400],
    ['two Hosts', upgradeRequest('/lines', { Host: 'a\r\nHost: b' }), 400],
    ['a Host that is none', upgradeRequest('/lines', { Host: 'a/b' }), 400],
    ['a target of another host', upgradeRequest('http://other.test/lines'), 400],
    ['CONNECT', get('Host: a:80\r\n', 'CONNECT a:80 HTTP/1.1'), 405],
    ['TRACE', get('Host: a\r\n', 'TRACE /lines HTTP/1.1'), 405],
    [
      'both lengths',
      get('Host: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n', 'POST /lines HTTP/1.1'),
      400
    ],
    ['a folded line', upgradeRequest('/lines', { 'X-Folded': 'a\r\n b' }), 400],
    ['a bare line feed', upgradeRequest('/lines', { 'X-Bare': 'a\nX-Other: b' }), 400],
    ['a zero byte', upgradeRequest('/lines', { 'X-Zero': 'a\0b' }), 400],
    ['a blank before the colon', upgradeRequest('/lines', { 'X-Blank ': 'a' }), 400],
    ['a head over 16 KiB', upgradeRequest('/lines', { 'X-Long': 'x'.repeat(17_000) }), 431],
    ['MQTT', Buffer.of(0x10, 0x0c, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 60, 0, 0).toString('latin1'), 400],
    ['TLS', Buffer.from('160301000a0100000603030000000000', 'hex').toString('latin1'), 400]
  ])('%s', async (_what, request, status) => {
    const client = await refused(request)
    expect(client.status).toBe(status)
    await until(() => lines().length === 1, 'the line')
    expect(closed()).toEqual({ 'http-failed': 1 })
  })

  test('what a client sent is repeated neither to it nor in the log', async () => {
    const client = await refused(
      upgradeRequest('/lines', { Host: '<script>secret</script>', 'Sec-WebSocket-Protocol': 'lines' })
    )
    await until(() => lines().length === 1, 'the line')
    expect(client.rest + JSON.stringify(lines())).not.toContain('secret')
  })

  test('a client that leaves without a byte is counted, and has no line where none is wanted', async () => {
    const client = new RawWebSocket(bench.port('quiet'))
    client.socket.once('connect', () => { client.socket.end() })
    await until(() => bench.engine.stats().userVservers['quiet']!.closed['http-failed'] === 1, 'the count')
    expect(lines()).toEqual([])
  })
})

test('a client that is refused because the vserver is full is told 1013', async () => {
  await bench.apply({
    userVservers: [{
      name: 'v',
      protocol: 'P',
      address: '127.0.0.1',
      port: 0,
      defaultLb: 'lb',
      limits: { maxClients: 1 }
    }]
  })
  await open('/')
  const second = await open('/')
  await until(() => second.closeCode !== undefined, 'the Close frame')
  expect([second.closeCode, second.closeReason]).toEqual([1013, 'limit'])
})

test('a change of the configuration is for WebSockets to come, and leaves those that stand', async () => {
  const first = await open('/lines')
  await bench.apply({
    userVservers: [{
      name: 'v',
      protocol: 'P',
      address: '127.0.0.1',
      port: 0,
      defaultLb: 'lb',
      websocket: { paths: ['/new'] }
    }]
  })
  await expect(open('/lines')).rejects.toThrow('404')
  expect((await open('/new')).status).toBe(101)
  first.socket.write(frame(BINARY, 'still\n'))
  await until(() => first.data.toString().includes('still\n'), 'the one that stands to be served')
})
