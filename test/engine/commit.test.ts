// What a revision does to entities that are not other than they were, but depend on some that are.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:tls'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { certificateFor } from '../support/certificate.ts'
import { around, atEnd, startEngine, TestServer, twoServers } from '../support/engine-bench.ts'
import { lineProtocol } from '../support/line-protocol.ts'

test('a service trusts what its certkey holds now', async () => {
  const [right, wrong] = [await certificateFor('servers.test'), await certificateFor('servers.test')]
  const server = createServer(right, socket => { socket.on('error', () => {}).pipe(socket) })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  atEnd(() => { server.close() })
  const { port } = server.address() as AddressInfo
  const { dialFailures, apply, connect } = await startEngine(around(lineProtocol(), [{ port }], {
    certkeys: [{ name: 'authority', ca: wrong.cert }],
    services: [{
      name: 's1',
      type: 'USER_SSL_TCP',
      address: '127.0.0.1',
      port,
      monitors: [],
      tls: { serverName: 'servers.test', ca: 'authority' }
    }],
    lbVservers: [{ name: 'lb', type: 'USER_SSL_TCP', services: [{ name: 's1' }] }]
  }))
  const refused = connect()
  refused.socket.write('hello\n')
  await refused.closes()
  expect(dialFailures).toEqual(['s1'])
  await apply({ certkeys: [{ name: 'authority', ca: right.cert }] })
  const served = connect()
  served.socket.write('hello\n')
  await served.gets('hello\n')
})

test('a user protocol that names another extension takes its user vservers along', async () => {
  const server = await TestServer.listen(chunk => chunk)
  const extensions = [{ name: 'ext', source: lineProtocol() }, { name: 'other', source: lineProtocol().replace("'<' + rest", "'other <' + rest") }]
  const { apply, connect } = await startEngine(around('', [server], { extensions }))
  const said = async (): Promise<string> => {
    const client = connect()
    client.socket.write('replace x\n')
    await client.gets('<x>\n')
    return client.text
  }
  expect(await said()).toBe('<x>\n')
  await apply({ userProtocols: [{ name: 'P', transport: 'tcp', extension: 'other' }] })
  expect(await said()).toBe('other <x>\n')
  await apply({ userProtocols: [{ name: 'P', transport: 'tcp', extension: 'ext' }] })
  expect(await said()).toBe('<x>\n')
})

test('an LB vserver goes on with its turns while others change', async () => {
  const servers = await twoServers()
  const services = servers.map(({ port }, i) => ({ name: `s${i + 1}`, address: '127.0.0.1', port }))
  const { engine, apply, connect } = await startEngine(
    around(lineProtocol(), servers, { lbVservers: [{ name: 'lb', services: services.map(({ name }) => ({ name })) }] })
  )
  for (let n = 0; n < 4; n++) {
    const client = connect()
    client.socket.write('hello\n')
    await until(
      () => engine.connections({}).filter(({ service }) => service !== undefined).length === n + 1,
      `client ${n} to have a service`
    )
    await apply({ services: [...services, { name: `unused-${n}`, address: '127.0.0.1', port: 1 }] })
  }
  expect(engine.connections({}).map(({ service }) => service)).toEqual(['s1', 's2', 's1', 's2'])
})
