// Servers that close a connection before their first byte, while a client waits, are told of whatever they serve.
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { around, atEnd, startEngine, TestServer } from '../support/engine-bench.ts'
import { perMessageProtocol, SERVER_LINES } from '../support/per-message-protocol.ts'

/** A server that ends each connection at its first bytes. */
const silent = async (): Promise<{ port: number, server: Server }> => {
  const server = createServer(socket => { socket.on('error', () => {}).once('data', () => { socket.destroy() }) })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  atEnd(() => { server.close() })
  return { port: (server.address() as AddressInfo).port, server }
}

test('where messages are placed one by one, and replies are owed', async () => {
  const { port } = await silent()
  const bench = await startEngine(around(perMessageProtocol('in-order', SERVER_LINES), [{ port }]))
  const client = bench.connect()
  client.socket.write('hello\n')
  await client.closes()
  expect(bench.failures).toEqual([['s1', 'closed']])
})

test('where none is owed, or the client goes, nothing is told', async () => {
  const server = await TestServer.listen((chunk, socket) => {
    if (chunk.toString().includes('bye')) socket.end('bye\n')
    return chunk.toString().includes('hold') ? undefined : 're\n'
  })
  const bench = await startEngine(around(perMessageProtocol('in-order', SERVER_LINES), [server]))
  const client = bench.connect()
  client.socket.write('bye\n')
  await until(
    () => client.text === 'bye\n' && bench.engine.stats().services['s1']!.connections === 0,
    'the end of the server'
  )
  const other = bench.connect()
  other.socket.write('hold\n')
  await until(() => server.received.some(bytes => bytes.includes('hold')), 'the message')
  // A client that only ends its side may still want the reply that is owed.
  other.socket.resetAndDestroy()
  client.socket.destroy()
  await until(() => bench.engine.connections({}).length === 0, 'the end of the clients')
  expect(bench.failures).toEqual([])
})

test('for HTTP requests', async () => {
  const { port } = await silent()
  const bench = await startEngine({
    userProtocols: [{ name: 'H', transport: 'http' }],
    services: [{ name: 's1', type: 'HTTP', address: '127.0.0.1', port }],
    lbVservers: [{ name: 'lb', type: 'HTTP', services: [{ name: 's1' }] }],
    userVservers: [{ name: 'v', protocol: 'H', address: '127.0.0.1', port: 0, defaultLb: 'lb' }]
  })
  const response = await fetch(`http://127.0.0.1:${bench.port()}/`, { method: 'POST', body: 'x' })
  expect(response.status).toBe(502)
  await until(() => bench.failures.length === 1, 'the failure')
  expect(bench.failures).toEqual([['s1', 'closed']])
})
