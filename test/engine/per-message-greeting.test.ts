// What a server link has to be told about its client: said first on every link, and answered with one message that
// nobody sees.
import { until } from '@weirlb/testing'
import { describe, expect, test } from 'vitest'
import { around, startEngine, TestServer } from '../support/engine-bench.ts'
import { freePort } from '../support/free-port.ts'
import { closeOf } from '../support/per-message-servers.ts'

const source = (server: string, replies = 'in-order'): string => `
import { defineProtocol, drop, encodeUtf8, forward, frame } from '@weirlb/sdk'
export default defineProtocol({
  name: 'greeting', api: 1, balance: 'per-message', replies: '${replies}',
  client: {
    framing: frame.lines({ max: 1000 }),
    onMessage (message, ctx) {
      const [word = '', rest = ''] = message.text().trim().split(' ')
      if (word === 'greet' || word === 'forget') {
        ctx.prelude(encodeUtf8(word === 'greet' ? 'hello ' + rest + '\\n' : ''))
        ctx.reply(encodeUtf8('greeted\\n'))
        return drop()
      }
      return word === 'session' ? forward({ session: rest }) : forward({ token: word })
    }
  },
  server: ${server}
})`
const UNSEEN = 'frame.lines({ max: 1000 })'
const SOURCE = source(`{ framing: ${UNSEEN} }`)

/** A server that answers each line with its name and the line, when it is told to or at once. */
const lineServer = async (
  name: string,
  options: { readonly held?: boolean, readonly answer?: (line: string) => string } = {}
) => {
  const lines: string[] = []
  let rest = ''
  let answered = 0
  const { answer = line => `${name} ${line}\n` } = options
  const server = await TestServer.listen(chunk => {
    const parts = (rest + chunk.toString()).split('\n')
    rest = parts.pop()!
    lines.push(...parts)
    if (options.held !== true) release()
    return undefined
  })
  const release = (count = Infinity): void => {
    for (let n = 0; n < count && answered < lines.length; n++) server.sockets.at(-1)!.write(answer(lines[answered++]!))
  }
  return { server, port: server.port, lines, release }
}
/** Lines by turns to two services. */
const byTurns = (): object => ({
  lbVservers: [{
    name: 'lb',
    method: 'round-robin',
    services: [{ name: 's1' }, { name: 's2' }],
    persistence: { type: 'user-session' }
  }]
})

describe('a greeting', () => {
  test('is said before the first message on every new link, and its answer goes nowhere', async () => {
    const [a, b] = [await lineServer('a'), await lineServer('b')]
    const bench = await startEngine(around(SOURCE, [a, b], byTurns()))
    const client = bench.connect()
    client.socket.write('greet me\n1\n2\n3\n4\n')
    await client.gets('b 4\n')
    expect(client.text).toBe('greeted\na 1\nb 2\na 3\nb 4\n')
    expect([a.lines, b.lines]).toEqual([['hello me', '1', '3'], ['hello me', '2', '4']])
    expect(bench.engine.stats().services['s1'], 'a greeting is no message').toMatchObject({ messages: 2 })
    client.socket.end()
    expect(await closeOf(bench)).toBe('client-closed')
  })

  test('is told to links that are open, behind what was asked before and before what is asked after', async () => {
    const [a, b] = [await lineServer('a', { held: true }), await lineServer('b', { held: true })]
    const bench = await startEngine(around(SOURCE, [a, b], byTurns()))
    const client = bench.connect()
    client.socket.write('1\n2\n')
    await until(() => a.lines.length === 1 && b.lines.length === 1, 'both links')
    client.socket.write('3\ngreet me\n4\n5\n6\n')
    await until(() => a.lines.length === 4 && b.lines.length === 4, 'all messages')
    expect([a.lines, b.lines]).toEqual([['1', '3', 'hello me', '5'], ['2', 'hello me', '4', '6']])
    b.release()
    a.release()
    await client.gets('b 6\n')
    expect(client.text).toBe('a 1\nb 2\na 3\ngreeted\nb 4\na 5\nb 6\n')
  })

  test('stands between the messages that wait for a link to open', async () => {
    const [a, b] = [await lineServer('a'), await lineServer('b')]
    const bench = await startEngine(around(SOURCE, [a, b], byTurns()))
    const client = bench.connect()
    client.socket.write('1\ngreet me\n2\n3\ngreet you\n4\n5\n')
    await client.gets('a 5\n')
    expect(client.text).toBe('a 1\ngreeted\nb 2\na 3\ngreeted\nb 4\na 5\n')
    expect([a.lines, b.lines]).toEqual([['1', 'hello me', '3', 'hello you', '5'], ['hello me', '2', 'hello you', '4']])
  })

  test('waits with messages whose server is asked for', async () => {
    const a = await lineServer('a')
    const bench = await startEngine(around(SOURCE, [a]))
    const client = bench.connect()
    client.socket.write('session x\ngreet me\nsession y\nsession x\n')
    await client.gets('greeted\na session y\na session x\n')
    expect(a.lines).toEqual(['session x', 'hello me', 'session y', 'session x'])
  })

  test('that is empty ends it for links to come', async () => {
    const [a, b] = [await lineServer('a'), await lineServer('b')]
    const bench = await startEngine(around(SOURCE, [a, b], byTurns()))
    const client = bench.connect()
    client.socket.write('greet me\n1\nforget\n2\n')
    await client.gets('b 2\n')
    expect([a.lines, b.lines]).toEqual([['hello me', '1'], ['2']])
  })

  test('goes to the server that takes the place of one that cannot be reached', async () => {
    const a = await lineServer('a')
    const bench = await startEngine(around(SOURCE, [{ port: await freePort() }, a], byTurns()))
    const client = bench.connect()
    client.socket.write('greet me\n1\n2\ngreet you\n3\n')
    await client.gets('a 3\n')
    expect(client.text.split('\n').filter(line => line.startsWith('a'))).toEqual(['a 1', 'a 2', 'a 3'])
    expect(a.lines.filter(line => !line.startsWith('hello')).sort()).toEqual(['1', '2', '3'])
    expect(a.lines[0]).toMatch(/^hello/)
  })

  test('is not shown to the handler of server messages, whatever is judged before it', async () => {
    const handled = source(`{ framing: ${UNSEEN}, onMessage (message, ctx) {
      ctx.count('seen')
      return message.text().startsWith('push') ? drop() : forward({ bytes: encodeUtf8('<' + message.text().trim() + '>\\n') })
    } }`)
    const b = await lineServer('b', {
      held: true,
      answer: line => line.startsWith('hello') ? 'welcome\n' : `push\nb ${line}\n`
    })
    const bench = await startEngine(around(handled, [b]))
    const client = bench.connect()
    client.socket.write('1\n2\ngreet me\n3\n')
    await until(() => b.lines.length === 4, 'all messages')
    b.release()
    await client.gets('<b 3>\n')
    expect(client.text).toBe('<b 1>\n<b 2>\ngreeted\n<b 3>\n')
    expect(bench.engine.stats().extensions['ext']!.counters).toMatchObject({ seen: 6 })
  })
})

describe('a server that does not answer a greeting with one message', () => {
  test('and says more ends its client as `reply-unexpected`', async () => {
    const a = await lineServer('a', { answer: line => line.startsWith('hello') ? 'one\ntwo\nthree\n' : `a ${line}\n` })
    const bench = await startEngine(around(SOURCE, [a]))
    const client = bench.connect()
    client.socket.write('greet me\n1\n')
    expect(await closeOf(bench)).toBe('reply-unexpected')
    await client.closes()
  })

  test('and ends ends its client as `reply-missing`', async () => {
    const server = await lineServer('a', { held: true })
    const bench = await startEngine(around(SOURCE, [server]))
    const client = bench.connect()
    client.socket.write('1\n')
    await until(() => server.lines.length === 1, 'the first message')
    server.release()
    client.socket.write('greet me\n')
    await until(() => server.lines.length === 2, 'the greeting')
    server.server.sockets[0]!.end()
    expect(await closeOf(bench)).toBe('reply-missing')
  })
})

test('prelude() needs replies in order', async () => {
  const a = await lineServer('a')
  const bench = await startEngine(around(source(`{ framing: ${UNSEEN} }`, 'as-they-come'), [a]))
  bench.connect().socket.write('greet me\n')
  expect(await closeOf(bench)).toBe('extension-error')
  expect(String(bench.log.closed[0]!['detail'])).toContain("prelude(): needs balance: 'per-message' and replies: 'in-order'")
})

test('it is explained as what it is', async () => {
  const { engine } = await startEngine(around(SOURCE, [await lineServer('a')]))
  const answer = await engine.explain({
    userVserver: 'v',
    bytes: Buffer.from('greet me\n'),
    side: 'client',
    client: { address: '127.0.0.1', port: 50_000 }
  })
  expect(answer.frames[0]!.answer!.effects).toEqual([
    { kind: 'prelude', length: 9, bytes: Buffer.from('hello me\n').toString('hex') },
    { kind: 'reply', length: 8, bytes: Buffer.from('greeted\n').toString('hex') }
  ])
})
