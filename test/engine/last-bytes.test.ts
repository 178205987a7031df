// What a peer said before it reset arrives, on real sockets: each of these is a race, and is run thirty times.
import net from 'node:net'
import { until } from '@weirlb/testing'
import { describe, expect, test } from 'vitest'
import { around, atEnd, startEngine, TestServer } from '../support/engine-bench.ts'
import { lineProtocol } from '../support/line-protocol.ts'
import { perMessageProtocol } from '../support/per-message-protocol.ts'

const TIMES = 30
const JUDGED = 'server: { framing: frame.lines({ max: 1000 }), onMessage: () => forward() },'
const WORDS = 'the last words\n'

const modes = [
  ['tunnelled', lineProtocol(), 'tunnel\n'],
  ['unjudged', lineProtocol(), 'hello\n'],
  ['both sides judged', lineProtocol(JUDGED), 'hello\n'],
  ['per message', perMessageProtocol('as-they-come', JUDGED), 'hello\n']
] as const

describe.each(modes)('%s', (_, source, first) => {
  test.each(['before', 'behind'] as const)('a server answers and resets %s the next bytes of its client', async order => {
    const servers: net.Socket[] = []
    const server = await TestServer.listen((chunk, socket) => {
      if (servers.includes(socket)) return undefined
      servers.push(socket)
      return 'welcome\n'
    })
    const { connect, log } = await startEngine(around(source, [server]))
    for (let i = 0; i < TIMES; i++) {
      const client = connect()
      client.socket.write(first)
      await client.gets('welcome\n')
      const behind = servers[i]!
      behind.setNoDelay(true)
      const bye = (): void => {
        behind.write(WORDS)
        behind.resetAndDestroy()
      }
      if (order === 'before') bye()
      client.socket.write('one more\n')
      if (order === 'behind') bye()
      await client.closes()
      expect(client.text.startsWith(`welcome\n${WORDS}`), client.text).toBe(true)
    }
    for (const end of await log.ends(TIMES)) expect(end['reason']).toBe('server-reset')
  })

  test('a server answers the first bytes and closes with more of its client unread', async () => {
    const server = net.createServer(socket => {
      socket.on('error', () => {})
      socket.pause()
      // Takes the first chunk only: to close with the rest unread is a reset.
      socket.once('readable', () => {
        socket.read(first.length)
        socket.write(WORDS)
        setTimeout(() => { socket.resetAndDestroy() }, 1)
      })
    })
    await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
    atEnd(() => { server.close() })
    const { connect } = await startEngine(around(source, [{ port: (server.address() as net.AddressInfo).port }]))
    for (let i = 0; i < TIMES; i++) {
      const client = connect()
      client.socket.write(first)
      for (let n = 0; n < 20; n++) client.socket.write(`more ${n}\n`)
      const more = setInterval(() => { client.socket.write('and more\n') }, 1)
      await client.closes()
      clearInterval(more)
      expect(client.text.startsWith(WORDS), client.text).toBe(true)
    }
  })

  test('the last bytes of a client that resets reach its server', async () => {
    const server = await TestServer.listen(() => 'welcome\n')
    const { connect, log } = await startEngine(around(source, [server]))
    for (let i = 0; i < TIMES; i++) {
      const client = connect()
      client.socket.write(first)
      await client.gets('welcome\n')
      client.socket.write(WORDS)
      client.socket.resetAndDestroy()
      await until(() => server.ended[i] === true, 'the server to be told of the end')
      expect(server.text(i)).toBe(first + WORDS)
    }
    for (const end of await log.ends(TIMES)) expect(end['reason']).toBe('client-reset')
  })

  test('all that a client says before it resets reaches its server, also when that is still to be dialled', async () => {
    const server = await TestServer.listen()
    const { connect, engine } = await startEngine(around(source, [server]))
    for (let i = 0; i < TIMES; i++) {
      const client = connect()
      client.socket.write('hello')
      // Of a connection that is reset before it is accepted the kernel tells nothing.
      await until(
        () => engine.connections({}).some(({ bytesIn }) => bytesIn === 'hello'.length),
        'the client to be accepted'
      )
      client.socket.write(`\n${WORDS}`)
      client.socket.resetAndDestroy()
      await until(() => server.ended[i] === true, 'the server to be told of the end')
      expect(server.text(i)).toBe(`hello\n${WORDS}`)
    }
  })
})
