import { until } from '@weirlb/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { around, startEngine, TestServer } from '../support/engine-bench.ts'
import { lineProtocol, SERVER_LINES } from '../support/line-protocol.ts'

const WITH_SERVER = lineProtocol(SERVER_LINES)

describe('verdicts', () => {
  test('what is forwarded, dropped, replaced and sent arrives in order, however the stream is cut', async () => {
    const server = await TestServer.listen()
    const { connect } = await startEngine(around(lineProtocol(), [server]))
    const line = fc.constantFrom('plain', 'drop x', 'replace y', 'send z', 'hello me', 'pipe', 'tunnel')
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { minLength: 1, maxLength: 30 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 20 }),
        async (lines, sizes) => {
          let piped = false
          const expected = lines.map((text, i) => {
            const [word] = text.split(' ')
            const numbered = `${text} ${i}\n`
            if (piped) return numbered
            if (word === 'pipe' || word === 'tunnel') piped = true
            return word === 'drop'
              ? ''
              : word === 'replace'
              ? '<y>\n'
              : word === 'send'
              ? `sent z\n${numbered}`
              : numbered
          }).join('')
          const client = connect()
          const i = server.sockets.length
          await client.writeSplit(Buffer.from(lines.map((text, n) => `${text} ${n}\n`).join('') + 'tail\n'), sizes)
          await until(
            () =>
              server.text(i) === `${expected}tail\n` ||
              (server.text(i).endsWith('tail\n') && Promise.reject(new Error(server.text(i)))),
            'the server to get it all'
          )
          client.socket.destroy()
        }
      ),
      { numRuns: 40 }
    )
  })

  test('replies go to the client, also before a server is chosen', async () => {
    const server = await TestServer.listen()
    const { connect } = await startEngine(around(lineProtocol(), [server]))
    const client = connect()
    client.socket.write('reply one\nreply two\n')
    await client.gets('reply one\nreply two\n')
    expect(server.sockets).toHaveLength(0)
  })

  test('a rejected client gets the reply and is closed; the log says why', async () => {
    const server = await TestServer.listen()
    const { connect, log, engine } = await startEngine(around(lineProtocol(), [server]))
    const client = connect()
    client.socket.write('reject you\n')
    await client.closes()
    expect(client.text).toBe('no you\n')
    expect((await log.ends())[0]).toMatchObject({ reason: 'rejected', detail: 'told to', userVserver: 'v' })
    expect(engine.stats().userVservers['v']).toMatchObject({ accepted: 1, connections: 0, closed: { rejected: 1 } })
  })

  test.each([
    ['throw', 'extension-error', /told to throw/],
    ['garbage x', 'extension-error', /op "x"/],
    ['promise', 'extension-error', /promise/],
    ['via nowhere', 'extension-error', /via 'nowhere' is not bound.*there are: lb/],
    ['malformed', 'protocol-error', /told to be malformed/]
  ])('%s ends that connection as %s, with a goodbye', async (line, reason, detail) => {
    const server = await TestServer.listen(() => 'ok\n')
    const { connect, log } = await startEngine(around(WITH_SERVER, [server]))
    const other = connect()
    other.socket.write('hello other\n')
    await other.gets('ok\n')
    const client = connect()
    client.socket.write(`${line}\n`)
    await client.closes()
    expect(client.text).toBe(`goodbye ${reason} after 1\n`)
    const [end] = await log.ends()
    expect(end!['reason']).toBe(reason)
    expect(end!['detail']).toMatch(detail)
    other.socket.write('still here\n')
    await until(() => server.text(0).includes('still here'), 'the other client to go on')
  })

  test('an error is shown with the author\'s file and line', async () => {
    const { connect, log } = await startEngine(around(lineProtocol(), []))
    const client = connect()
    client.socket.write('throw\n')
    await client.closes()
    const line = lineProtocol().split('\n').findIndex(l => l.includes('told to throw')) + 1
    expect(log.lines.find(l => l.message === 'extension threw')!['stack']).toMatch(new RegExp(`ext\\.ts:${line}:`))
  })

  test('an unfinished frame over its maximum is refused before it is whole', async () => {
    const { connect, log } = await startEngine(around(lineProtocol(), []))
    const client = connect()
    client.socket.write('x'.repeat(1001))
    await client.closes()
    expect((await log.ends())[0]).toMatchObject({
      reason: 'protocol-error',
      detail: 'a frame is larger than its maximum of 1000 bytes'
    })
  })

  test('a framing error behind an undecided frame waits for its verdict, which may be a tunnel', async () => {
    const server = await TestServer.listen()
    const { connect } = await startEngine(around(lineProtocol(), [server]))
    const client = connect()
    client.socket.write(`tunnel\n${'x'.repeat(5000)}`)
    await until(() => server.text().length === 5007, 'all bytes to pass')
  })

  test('published fields and keys are shown; secret ones are not', async () => {
    const server = await TestServer.listen()
    const { connect, engine, log } = await startEngine(around(lineProtocol(), [server]))
    const client = connect()
    client.socket.write('hello anna\n')
    await until(() => engine.connections({ service: 's1' }).length === 1, 'the connection')
    expect(engine.connections({})[0]).toMatchObject({
      userVserver: 'v',
      session: 'anna',
      fields: { who: 'anna' },
      lbVserver: 'lb',
      phase: expect.any(String)
    })
    client.socket.end()
    expect((await log.ends())[0]).toMatchObject({ session: 'anna', fields: { who: 'anna' } })
    expect(JSON.stringify(log.lines)).not.toContain('hunter2')
  })

  test('onClose counts and logs; there is nobody left for anything else', async () => {
    const server = await TestServer.listen()
    const onClose = "onClose (why, ctx) { ctx.reply(encodeUtf8('never')); ctx.send(encodeUtf8('never')); ctx.set('who', 'late'); ctx.count('ended'); ctx.log('warn', why + ' after ' + ctx.state.lines); if (ctx.state.lines === 2) throw new Error('too late') },"
    const { connect, engine, log } = await startEngine(around(lineProtocol(onClose), [server]))
    for (const lines of ['hello ann\n', 'hello bob\nmore\n']) {
      const client = connect()
      client.socket.write(lines)
      await until(() => server.received.some(bytes => String(bytes) === lines), 'the lines to pass')
      client.socket.end()
      await client.closes()
    }
    await until(() => log.lines.some(l => l.message === 'extension threw'), 'the failure to be logged')
    expect(log.lines.filter(l => l.message === 'extension says')).toEqual([
      expect.objectContaining({
        level: 'warn',
        text: 'client-closed after 1',
        connection: log.closed[0]!['connection'],
        userVserver: 'v'
      })
    ])
    expect((await log.ends(2)).map(l => l['fields'])).toEqual([{ who: 'ann' }, { who: 'bob' }])
    // The second call threw, so what it had counted does not count.
    expect(engine.stats().extensions['ext']).toMatchObject({ counters: { ended: 1 }, throws: 1 })
    expect(server.text(0)).toBe('hello ann\n')
  })

  test('counters of the extension are in its statistics', async () => {
    const server = await TestServer.listen()
    const { connect, engine } = await startEngine(around(lineProtocol(), [server]))
    const client = connect()
    client.socket.write('count apples\ncount apples\ncount pears\n')
    await until(() => engine.stats().extensions['ext']?.counters['pears'] === 1, 'the counters')
    expect(engine.stats().extensions['ext']).toMatchObject({
      counters: { apples: 2, pears: 1 },
      messages: 3,
      forwarded: 3
    })
  })
})

describe('silence is speed', () => {
  const counted = (client: string, server = ''): string => `
    import { defineProtocol, forward, frame } from '@weirlb/sdk'
    export default defineProtocol({ name: 'x', api: 1, balance: 'per-connection', client: { ${client} }, ${server} })`

  test('a tunnel enters the sandbox once, whatever follows', async () => {
    const server = await TestServer.listen(chunk => chunk)
    const { connect, engine } = await startEngine(around(counted("framing: frame.lines({ max: 99 }), onMessage: () => forward({ then: 'tunnel' })"), [server]))
    const client = connect()
    client.socket.write('one\ntwo\nthree\n')
    await client.gets('three')
    for (let i = 0; i < 20; i++) {
      client.socket.write(`line ${i}\n`)
      await client.gets(`line ${i}\n`)
    }
    expect(engine.stats().extensions['ext']).toMatchObject({ crossings: 1 })
  })

  test('frames that do not match `only` never enter', async () => {
    const server = await TestServer.listen()
    const source = counted(
      'framing: frame.lines({ max: 99 }), only: { at: 0, mask: 0xff, in: [0x40] }, onMessage: () => forward()'
    )
    const { connect, engine } = await startEngine(around(source, [server]))
    const client = connect()
    client.socket.write('a\nb\n')
    await until(() => server.text() === 'a\nb\n', 'the lines that do not match')
    expect(engine.stats().extensions['ext']).toMatchObject({ crossings: 0, messages: 0 })
    client.socket.write('c\n@seen\n\nd\n')
    await until(() => server.text() === 'a\nb\nc\n@seen\n\nd\n', 'all lines in order')
    client.socket.write('e\n')
    await until(() => server.text().endsWith('e\n'), 'the last line')
    expect(engine.stats().extensions['ext']).toMatchObject({ crossings: 1, messages: 1, forwarded: 1 })
  })

  test('without a handler nothing enters, and the default LB vserver serves', async () => {
    const server = await TestServer.listen()
    const { connect, engine } = await startEngine(around(counted('framing: frame.lines({ max: 99 })'), [server]))
    const client = connect()
    client.socket.write('a\nb\n')
    await until(() => server.text() === 'a\nb\n', 'the lines')
    expect(engine.stats().extensions['ext']).toMatchObject({ crossings: 0, messages: 0 })
  })

  test('with `peek` a frame is decided on its head and its tail streams through, however large', async () => {
    const server = await TestServer.listen()
    const source = counted(`framing: frame.length({ at: 0, size: 4, max: 64 * 1024 * 1024 }), peek: 8,
      onMessage: m => m.bytes.length > 8 ? 0 : m.text().endsWith('drop') ? { op: 'drop' } : forward({ token: String(m.length) })`)
    const { connect, engine } = await startEngine(around(source, [server]))
    const client = connect()
    const frame = (head: string, size: number): Buffer => {
      const bytes = Buffer.alloc(4 + size, head[0])
      bytes.writeUInt32BE(size)
      bytes.write(head, 4)
      return bytes
    }
    const kept = [frame('keep', 4), frame('keep', 3_000_000), frame('last', 5)]
    client.socket.write(Buffer.concat([kept[0]!, frame('drop', 2_000_000), kept[1]!, frame('drop', 4), kept[2]!]))
    const expected = Buffer.concat(kept)
    await until(() => server.received[0]?.length === expected.length, 'the kept frames')
    expect(server.received[0]!.equals(expected)).toBe(true)
    expect(engine.stats().extensions['ext']).toMatchObject({ messages: 5 })
  })

  test('many connections share crossings', async () => {
    const server = await TestServer.listen()
    const { connect, engine } = await startEngine(around(counted("framing: frame.lines({ max: 99 }), onMessage: () => forward()"), [server]))
    const clients = Array.from({ length: 50 }, () => connect())
    await until(() => engine.connections({}).length === 50, 'all clients')
    for (const client of clients) client.socket.write('a\nb\nc\n')
    await until(() => engine.stats().extensions['ext']!.forwarded === 150, 'all verdicts')
    expect(engine.stats().extensions['ext']!.crossings).toBeLessThanOrEqual(100)
  })
})

describe('the server side', () => {
  test('server messages are judged too, until a verdict says tunnel', async () => {
    const server = await TestServer.listen(() => 'one\ntwo\nthree\n')
    const source = `
      import { defineProtocol, drop, encodeUtf8, forward, frame } from '@weirlb/sdk'
      export default defineProtocol({
        name: 'x', api: 1, balance: 'per-connection',
        client: { framing: frame.lines({ max: 99 }), onMessage: () => forward({ then: 'pipe' }) },
        server: {
          framing: frame.lines({ max: 99 }),
          onMessage (m, ctx) {
            if (m.text() === 'one\\n') return drop()
            ctx.pin('learned')
            return forward({ bytes: encodeUtf8('TWO\\n'), then: 'tunnel' })
          }
        }
      })`
    const { connect, engine } = await startEngine(around(source, [server]))
    const client = connect()
    client.socket.write('go\n')
    await client.gets('TWO\nthree\n')
    expect(client.text).toBe('TWO\nthree\n')
    expect(engine.connections({ session: 'learned' })).toHaveLength(1)
    await until(() => engine.connections({})[0]?.phase === 'tunnel', 'the tunnel')
  })

  test('a goodbye in a tunnel stands between two messages', async () => {
    const server = await TestServer.listen(() => 'whole\nhal')
    const { connect, engine } = await startEngine(around(WITH_SERVER, [server]))
    const client = connect()
    client.socket.write('tunnel me\n')
    await client.gets('hal')
    engine.kill(engine.connections({})[0]!.id)
    // Asked, answered, and waiting for the message to end:
    await until(() => engine.stats().extensions['ext']!.crossings === 2, 'the last words')
    server.sockets[0]!.write('f\nmore\n')
    await client.closes()
    expect(client.text).toBe('whole\nhalf\ngoodbye killed after 1 answered\n')
  })

  test('without last words in tunnels a tunnelled client is closed without a word, and the others are told', async () => {
    const server = await TestServer.listen(() => 'whole\n')
    const { connect, engine } = await startEngine(around(WITH_SERVER, [server], {
      userVservers: [{
        name: 'v',
        protocol: 'P',
        address: '127.0.0.1',
        port: 0,
        defaultLb: 'lb',
        tunnelLastWords: false
      }]
    }))
    const tunnelled = connect()
    tunnelled.socket.write('tunnel me\n')
    await tunnelled.gets('whole\n')
    const inspected = connect()
    inspected.socket.write('hello you\n')
    await inspected.gets('whole\n')
    for (const { id } of engine.connections({})) engine.kill(id)
    await tunnelled.closes()
    await inspected.closes()
    expect([tunnelled.text, inspected.text]).toEqual(['whole\n', 'whole\ngoodbye killed after 1 answered\n'])
  })

  test('when the message never ends there is no goodbye', async () => {
    const server = await TestServer.listen(() => 'whole\nhal')
    const { connect, engine } = await startEngine(around(WITH_SERVER, [server]))
    const client = connect()
    client.socket.write('tunnel me\n')
    await client.gets('hal')
    engine.kill(engine.connections({})[0]!.id)
    await client.closes()
    expect(client.text).toBe('whole\nhal')
  })
})
