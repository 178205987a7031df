// Who may come in: what a user vserver's gate says before and behind the layers.
import { once } from 'node:events'
import { connect as connectTls } from 'node:tls'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { certificateFor } from '../support/certificate.ts'
import { around, atEnd, startEngine, TestClient, TestServer } from '../support/engine-bench.ts'
import { lineProtocol } from '../support/line-protocol.ts'

const vserver = { name: 'v', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb' }

test('only who comes from a listed address is let in, others are closed before anything is read, and counted', async () => {
  const bench = await startEngine({
    ...around(lineProtocol(), [await TestServer.listen()]),
    userVservers: [{ ...vserver, allowFrom: ['127.0.0.2', '127.0.1.0/24'] }]
  })
  for (const from of ['127.0.0.2', '127.0.1.200']) {
    const client = new TestClient(bench.port(), { from })
    client.socket.write('reply here\n')
    await client.gets('reply here')
  }
  const stranger = new TestClient(bench.port(), { from: '127.0.0.3' })
  stranger.socket.write('reply here\n')
  await stranger.closes()
  expect(stranger.text).toBe('')
  expect(bench.engine.stats().userVservers['v']).toMatchObject({
    accepted: 3,
    connections: 2,
    closed: { 'not-allowed': 1 }
  })
  expect(bench.log.lines).toContainEqual(
    expect.objectContaining({
      message: 'connection refused',
      reason: 'not-allowed',
      detail: '127.0.0.3 is not in allowFrom'
    })
  )

  // A list that changes is about clients to come.
  await bench.apply({ userVservers: [{ ...vserver, allowFrom: ['127.0.0.3'] }] })
  const welcome = new TestClient(bench.port(), { from: '127.0.0.3' })
  welcome.socket.write('reply now\n')
  await welcome.gets('reply now')
  expect(bench.engine.connections({})).toHaveLength(3)
  await bench.apply({ userVservers: [vserver] })
  const anybody = bench.connect()
  anybody.socket.write('reply all\n')
  await anybody.gets('reply all')
})

test('with TLS, who is not let in gets no handshake, and who is over the limit is closed behind it', async () => {
  const secure = { ...vserver, protocol: 'S', certificates: ['red'] }
  const config = around(lineProtocol(), [await TestServer.listen()], {
    certkeys: [{ name: 'red', ...await certificateFor('red.test') }],
    userProtocols: [{ name: 'S', transport: 'ssl', extension: 'ext' }],
    userVservers: [{ ...secure, allowFrom: ['127.0.0.2'], limits: { maxClients: 1 } }]
  })
  const bench = await startEngine(config)
  const comes = (from: string) => {
    const socket = connectTls(
      { host: '127.0.0.1', port: bench.port(), localAddress: from, rejectUnauthorized: false } as object
    )
    atEnd(() => {
      socket.destroy()
    })
    return socket
  }
  const [error] = await once(comes('127.0.0.3'), 'error') as [NodeJS.ErrnoException]
  expect(error.code).toBe('ECONNRESET')
  await once(comes('127.0.0.2'), 'secureConnect')
  await until(() => bench.engine.connections({}).length === 1, 'the first client')
  const second = comes('127.0.0.2').on('error', () => {}).resume()
  await once(second, 'close')
  await until(() => bench.engine.stats().userVservers['v']!.closed.limit === 1, 'the second to be counted')
  expect(bench.engine.stats().userVservers['v']).toMatchObject({
    accepted: 3,
    connections: 1,
    closed: { 'not-allowed': 1, limit: 1 }
  })
})
