import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { around, startEngine, TestClient, TestServer } from '../support/engine-bench.ts'
import { lineProtocol, SERVER_LINES } from '../support/line-protocol.ts'

test('an engine that drains accepts nobody, serves those it has by what is configured, and is done with the last of them', async () => {
  const source = lineProtocol(SERVER_LINES)
  const servers = [await TestServer.listen(chunk => chunk), await TestServer.listen(chunk => chunk)]
  const bench = await startEngine(around(source, servers))
  const clients = [bench.connect(), bench.connect(), bench.connect()]
  for (const [n, client] of clients.entries()) {
    client.socket.write(`hello ${n}\n`)
    await client.gets(`hello ${n}\n`)
  }
  const port = bench.port()
  let drained = false
  const end = bench.engine.drain().then(() => { drained = true })

  const late = new TestClient(port)
  await late.closes()
  expect(late.error?.code).toBe('ECONNREFUSED')
  for (const client of clients) {
    client.socket.write('reply still here\n')
    await client.gets('reply still\n')
  }
  // A change reaches its clients, and does not make it listen again.
  const moved = new Set(bench.engine.connections({ service: 's1' }).map(c => c.client))
  await bench.apply({ services: [{ name: 's1', address: '127.0.0.1', port: servers[0]!.port, state: 'disabled' }, { name: 's2', address: '127.0.0.1', port: servers[1]!.port }] })
  await until(() => clients.filter(c => c.closed).length === moved.size, 'the clients of the disabled service to end')
  const again = new TestClient(port)
  await again.closes()
  expect(drained).toBe(false)
  for (const client of clients) client.socket.end()
  await end
  expect(bench.engine.connections({})).toEqual([])
})

test('an engine without connections is drained at once, and one that drains can be stopped', async () => {
  const bench = await startEngine(around(lineProtocol(SERVER_LINES), [await TestServer.listen(chunk => chunk)]))
  const client = bench.connect()
  client.socket.write('hello a\n')
  await client.gets('hello a\n')
  const drained = bench.engine.drain()
  await bench.engine.stop(1000)
  await drained
  await client.closes()
  expect(client.text).toBe('hello a\ngoodbye shutdown after 1 answered\n')
  await bench.engine.drain()
})
