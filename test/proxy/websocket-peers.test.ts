// Programs that speak WebSocket with Weir: what docs/reference/websocket-peers.md says of them.
import { once } from 'node:events'
import { connect as connectHttp2, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { runProgram } from '../support/balancer-program.ts'
import { certificateFor } from '../support/certificate.ts'
import { describeWithHaproxy } from '../support/describe-with.ts'
import { around, atEnd, startEngine, TestServer, type EngineBench } from '../support/engine-bench.ts'
import { freePort } from '../support/free-port.ts'
import { lineProtocol } from '../support/line-protocol.ts'
import { BINARY, CONTINUATION, frame, RawWebSocket } from '../support/raw-websocket.ts'

const MIB = 1024 * 1024
const FRAGMENT = 16 * 1024

/** A user vserver of transport ws before a server that says everything back. */
const echoing = async (websocket: object = {}): Promise<EngineBench> => {
  const source = lineProtocol().replace('balance:', "websocket: { subprotocols: ['lines'] }, balance:")
  return await startEngine(around(source, [await TestServer.listen(chunk => chunk)], {
    userProtocols: [{ name: 'P', transport: 'ws', extension: 'ext' }],
    userVservers: [{ name: 'v', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb', websocket }]
  }))
}

test('a message of the largest size is taken in fragments of 16 KiB, as the `websocket` client sends it', async () => {
  const bench = await echoing()
  const client = await RawWebSocket.open(bench.port(), '/', { 'Sec-WebSocket-Protocol': 'lines' })
  atEnd(() => { client.socket.destroy() })
  // The line chooses a server, and the rest is tunnelled.
  client.socket.write(frame(BINARY, 'tunnel\n'))
  await until(() => client.data.length === 7, 'the line')
  const fragments = MIB / FRAGMENT
  for (let i = 0; i < fragments; i++)
    client.socket.write(frame(i === 0 ? BINARY : CONTINUATION, Buffer.alloc(FRAGMENT, i), { fin: i === fragments - 1 }))
  await until(
    () =>
      client.data.length === 7 + MIB || (client.closed && Promise.reject(new Error(`closed with ${client.closeCode}`))),
    'the message'
  )
})

describeWithHaproxy('HAProxy in front, in mode http', haproxy => {
  test('offers WebSocket over HTTP/2 to clients, and asks Weir by HTTP/1.1', async () => {
    const bench = await echoing({ paths: ['/lines'] })
    const port = await freePort()
    const { cert, key } = await certificateFor('edge.test')
    await runProgram(haproxy, ['-db', '-f', 'DIR/haproxy.cfg'], {
      'haproxy.cfg': `defaults\n  mode http\n  timeout connect 5s\n  timeout client 30s\n  timeout server 30s\nlisten front\n  bind 127.0.0.1:${port} ssl crt DIR/server.pem alpn h2,http/1.1\n  server weir 127.0.0.1:${bench.port()}\n`,
      'server.pem': `${cert}\n${key}`
    }, { port })
    const session: ClientHttp2Session = connectHttp2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false })
    atEnd(() => { session.destroy() })
    const [settings] = await once(session, 'remoteSettings') as [{ readonly enableConnectProtocol?: boolean }]
    expect(settings.enableConnectProtocol).toBe(true)
    const stream: ClientHttp2Stream = session.request({
      ':method': 'CONNECT',
      ':protocol': 'websocket',
      ':scheme': 'https',
      ':authority': 'edge.test',
      ':path': '/lines',
      'sec-websocket-version': '13',
      'sec-websocket-protocol': 'lines'
    })
    const [headers] = await once(stream, 'response') as [
      { readonly ':status': number, readonly 'sec-websocket-protocol': string }
    ]
    expect([headers[':status'], headers['sec-websocket-protocol']]).toEqual([200, 'lines'])
    let got = ''
    stream.on('data', (bytes: Buffer) => { got += bytes.toString('latin1') })
    stream.write(frame(BINARY, 'hello\n'))
    await until(() => got.includes('hello\n'), 'the line to come back')
    expect(bench.engine.connections({})).toHaveLength(1)
  })
})
