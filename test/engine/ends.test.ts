import { until } from '@weirlb/testing'
import { describe, expect, test } from 'vitest'
import { around, startEngine, TestClient, TestServer } from '../support/engine-bench.ts'
import { lineProtocol, SERVER_LINES } from '../support/line-protocol.ts'

const WITH_SERVER = lineProtocol(SERVER_LINES)

describe('ends', () => {
  test.each(['throw', 'malformed', 'reject x', 'garbage x'])(
    'lines before a %s reach the server, also out of the same segment',
    async line => {
      const server = await TestServer.listen()
      const { connect } = await startEngine(around(lineProtocol(), [server]))
      const client = connect()
      client.socket.write('hello\n')
      await until(() => server.text() === 'hello\n', 'the server')
      client.socket.write(`one\ntwo\n${line}\nthree\n`)
      await client.closes()
      await until(() => server.ended[0], 'the end at the server')
      expect(server.text()).toBe('hello\none\ntwo\n')
    }
  )

  test('a half-close goes through both ways', async () => {
    const server = await TestServer.listen()
    const { connect, log } = await startEngine(around(lineProtocol(), [server]))
    const client = connect()
    client.socket.end('tunnel\nlast words\n')
    await until(() => server.ended[0], 'the FIN at the server')
    expect(server.text()).toBe('tunnel\nlast words\n')
    await client.closes()
    expect((await log.ends())[0]!['reason']).toBe('client-closed')
  })

  test('the server goes on after the client\'s FIN', async () => {
    const server = await TestServer.listen()
    const { port } = await startEngine(around(lineProtocol(), [server]))
    const client = new TestClient(port(), { allowHalfOpen: true })
    server.sockets.length = 0
    client.socket.write('hello\n')
    await until(() => server.sockets.length === 1, 'the server connection')
    server.sockets[0]!.removeAllListeners('end')
    client.socket.end()
    await until(() => server.sockets[0]!.readableEnded, 'the FIN at the server')
    server.sockets[0]!.end('afterwards\n')
    await client.closes()
    expect(client.text).toBe('afterwards\n')
  })

  test('a client reset resets the server, and a dead server ends the client with a goodbye', async () => {
    const server = await TestServer.listen()
    const { connect, log } = await startEngine(around(lineProtocol(), [server]))
    const one = connect()
    one.socket.write('tunnel\n')
    await until(() => server.text(0) !== '', 'the first line')
    one.socket.resetAndDestroy()
    await until(() => server.sockets[0]!.destroyed, 'the server side to be gone')
    const two = connect()
    two.socket.write('tunnel\n')
    await until(() => server.text(1) !== '', 'the second line')
    server.sockets[1]!.resetAndDestroy()
    await two.closes()
    expect(two.text).toBe('goodbye service-down after 1\n')
    expect((await log.ends(2)).map(l => l['reason'])).toEqual(['client-reset', 'server-reset'])
  })

  test('the first message has an absolute deadline', async () => {
    const { connect, log } = await startEngine(around(lineProtocol(), [], {
      userVservers: [{
        name: 'v',
        protocol: 'P',
        address: '127.0.0.1',
        port: 0,
        defaultLb: 'lb',
        limits: { firstMessageTimeoutSeconds: 0.2 }
      }]
    }))
    const client = connect()
    const drip = setInterval(() => client.socket.write('x'), 20)
    await client.closes()
    clearInterval(drip)
    expect((await log.ends())[0]!['reason']).toBe('first-message-timeout')
  })

  test('a silent client is told, a talking one stays', async () => {
    const server = await TestServer.listen(() => 'ok\n')
    const { connect, log } = await startEngine(around(WITH_SERVER, [server]))
    const silent = connect()
    silent.socket.write('idle 0.4\n')
    const talking = connect()
    talking.socket.write('idle 0.4\n')
    const talk = setInterval(() => talking.socket.write('x\n'), 50)
    await silent.closes()
    expect(silent.text).toBe('ok\ngoodbye idle after 1 answered\n')
    const heard = talking.received.length
    await until(() => talking.received.length > heard + 30, 'the other to go on')
    clearInterval(talk)
    expect((await log.ends()).map(l => l['reason'])).toEqual(['idle-timeout'])
  })

  test('stop tells every client in its protocol', async () => {
    const server = await TestServer.listen(() => 'ok\n')
    const { connect, engine } = await startEngine(around(WITH_SERVER, [server]))
    const clients = Array.from({ length: 700 }, () => connect())
    for (const client of clients) client.socket.write('tunnel\n')
    for (const client of clients) await client.gets('ok\n')
    await engine.stop(5000)
    for (const client of clients) {
      await client.closes()
      expect(client.text).toBe('ok\ngoodbye shutdown after 1 answered\n')
    }
  })

  test('nothing is left of closed connections', async () => {
    const server = await TestServer.listen(() => 'ok\n')
    const { connect, engine } = await startEngine(around(lineProtocol(), [server]))
    for (let round = 0; round < 5; round++) {
      const clients = Array.from({ length: 40 }, () => connect())
      for (const [i, client] of clients.entries()) client.socket.write(i % 2 ? `tunnel ${i}\n` : `hello ${i}\n`)
      for (const client of clients) await client.gets('ok\n')
      for (const [i, client] of clients.entries()) i % 3 ? client.socket.end() : client.socket.resetAndDestroy()
      await until(() => engine.connections({}).length === 0, 'all connections to be gone')
    }
    expect(engine.stats().userVservers['v']!.connections).toBe(0)
    expect(engine.stats().services['s1']!.connections).toBe(0)
    expect(engine.stats().userVservers['v']!.accepted).toBe(200)
  })
})
