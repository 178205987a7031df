// How clients are named: by address and port, IPv6 in brackets, wherever they are shown and asked for.
import { once } from 'node:events'
import net from 'node:net'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { around, atEnd, startEngine, TestServer } from '../support/engine-bench.ts'
import { lineProtocol } from '../support/line-protocol.ts'

const connect = async (port: number, host: string): Promise<net.Socket> => {
  const socket = net.connect({ port, host })
  socket.on('error', () => {})
  atEnd(() => { socket.destroy() })
  await once(socket, 'connect')
  return socket
}

test('a client of ::1 is shown, logged and found in every form', async () => {
  const bench = await startEngine(around(lineProtocol(), [await TestServer.listen()], {
    userVservers: [
      { name: 'v', protocol: 'P', address: '::1', port: 0, defaultLb: 'lb', limits: { maxClients: 1 } },
      { name: 'both', protocol: 'P', address: '::', port: 0, defaultLb: 'lb' }
    ]
  }))
  const found = (client: string): string[] => bench.engine.connections({ client }).map(connection => connection.client)
  const six = await connect(bench.port('v'), '::1')
  await until(() => found('::1').length === 1, 'the client of ::1')
  const shown = `[::1]:${six.localPort}`
  for (const client of ['::1', '[::1]', shown, '0:0:0:0:0:0:0:1', `[0:0::1]:${six.localPort}`])
    expect([client, found(client)]).toEqual([client, [shown]])
  for (const client of ['::2', `[::1]:${six.localPort! ^ 1}`, '127.0.0.1', 'nobody', ''])
    expect([client, found(client)]).toEqual([client, []])

  const four = await connect(bench.port('both'), '127.0.0.1')
  await until(() => found('127.0.0.1').length === 1, 'the client of 127.0.0.1')
  for (const client of ['127.0.0.1', '::ffff:127.0.0.1', `127.0.0.1:${four.localPort}`])
    expect([client, found(client)]).toEqual([client, [`127.0.0.1:${four.localPort}`]])

  const second = await connect(bench.port('v'), '::1')
  await until(
    () => bench.log.lines.some(({ message }) => message === 'connection refused'),
    'the second client to be refused'
  )
  expect(bench.log.lines.find(({ message }) => message === 'connection refused')).toMatchObject({
    client: `[::1]:${second.localPort}`,
    reason: 'limit'
  })
  six.end()
  expect((await bench.log.ends())[0]).toMatchObject({ client: shown })
})
