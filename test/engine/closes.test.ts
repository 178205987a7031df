// Frames behind which their sender says nothing more: nothing of ours follows them, inspected or tunnelled.
import { drive, until } from '@weirlb/testing'
import { defineProtocol, encodeUtf8, forward, frame, reject, type Message } from '@weirlb/sdk'
import { describe, expect, test } from 'vitest'
import { around, startEngine, TestServer, type EngineBench, type TestClient } from '../support/engine-bench.ts'

/** A frame: type, length, body. `C` closes, and `R` when the second byte of its body is not 0. */
const f = (type: string, body = ''): string => `${type}${String.fromCharCode(body.length)}${body}`
const BYE = f('B', 'bye')
const CLOSES = "closes: [{ from: 0x43, to: 0x43 }, { from: 0x52, to: 0x52, where: { at: 1, from: 1, to: 255 } }],"
const FRAMING = 'framing: frame.varint({ at: 1, max: 1000 }),'

const protocol = (then: string, server: string, closes = CLOSES): string =>
  `import { decodeUtf8, defineProtocol, drop, encodeUtf8, forward, frame, reject } from '@weirlb/sdk'
export default defineProtocol({
  name: 'closes', api: 1, balance: 'per-connection',
  state: () => ({ over: false }),
  client: { ${FRAMING} ${closes} onMessage: (message, ctx) => {
    const text = message.text().slice(2)
    if (text === 'reply') { ctx.reply(encodeUtf8('O\\u0001r')); return drop() }
    if (text === 'reject') return reject('told to', encodeUtf8('O\\u0001j'))
    return forward(${then})
  } },
  server: { ${FRAMING} ${closes} ${server} },
  goodbye: () => encodeUtf8(${JSON.stringify(BYE)})
})`
const inspect = `onMessage: (message, ctx) => {
  const text = message.text().slice(2)
  if (text === 'send') { ctx.send(encodeUtf8('O\\u0001s')); return drop() }
  if (text === 'swap') return forward({ bytes: encodeUtf8('M\\u0001mC\\u0000') })
  if (text === 'unswap') return forward({ bytes: encodeUtf8('M\\u0001m') })
  return text === 'drop' ? drop() : forward()
}`

interface Met { readonly bench: EngineBench, readonly server: TestServer, readonly client: TestClient }
const meet = async (source: string): Promise<Met> => {
  const server = await TestServer.listen()
  const bench = await startEngine(around(source, [server]))
  const client = bench.connect()
  client.socket.write(f('M', 'hello'))
  await until(() => server.text() === f('M', 'hello'), 'the server to be asked')
  return { bench, server, client }
}
/** An operator ends the connection. */
const kill = ({ bench: { engine } }: Met): void => { engine.kill(engine.connections({})[0]!.id) }

const kinds: readonly (readonly [string, string])[] = [
  ['tunnelled', protocol("{ then: 'tunnel' }", '')],
  ['inspected', protocol('', inspect)],
  ['framed and not inspected', protocol('', '')],
  ['no longer inspected', protocol("{ then: 'pipe' }", "onMessage: () => forward({ then: 'tunnel' })")]
]

describe.each(kinds)('%s', (kind, source) => {
  test.each([['C', f('C')], ['C with a body', f('C', 'why')], ['R that refuses', f('R', 'no')], ['R that refuses behind others', f('M', 'x') + f('R', '\0\0') + f('R', 'no')]])('nothing follows %s', async (_, last) => {
    const met = await meet(source)
    met.server.sockets[0]!.write(Buffer.from(last, 'latin1'))
    await met.client.gets(last)
    kill(met)
    await met.client.closes()
    expect(met.client.text).toBe(last)
  })

  test.each([['M', f('M', 'x')], ['R that does not refuse', f('R', '\0\0')], ['R that is too short to say', f('R', 'x')]])('%s is followed by a goodbye', async (_, frame) => {
    const met = await meet(source)
    met.server.sockets[0]!.write(Buffer.from(frame, 'latin1'))
    await met.client.gets(frame)
    kill(met)
    await met.client.closes()
    expect(met.client.text).toBe(frame + BYE)
  })

  test('one that is on its way when the end comes is waited for, wherever it is cut', async () => {
    const last = f('R', 'no more')
    for (let cut = 1; cut < last.length; cut++) {
      const met = await meet(source)
      const { client, server } = met
      server.sockets[0]!.write(f('M', 'x') + last.slice(0, cut))
      await client.gets(f('M', 'x'))
      // What is inspected, or waits for the byte that decides, is held until it is whole: what is not passed on is
      // not waited for.
      const held = kind === 'inspected' || (kind === 'framed and not inspected' && cut < 4)
      if (!held) await client.gets(f('M', 'x') + last.slice(0, cut))
      kill(met)
      if (!held) server.sockets[0]!.write(last.slice(cut))
      await client.closes()
      expect(client.text, `cut at ${cut}`).toBe(f('M', 'x') + (held ? BYE : last))
    }
  })
})

describe('inspected', () => {
  const [, [, source]] = kinds as [unknown, readonly [string, string]]

  test('neither a reply nor what rejects the client follows it', async () => {
    const met = await meet(source)
    met.server.sockets[0]!.write(f('C'))
    await met.client.gets(f('C'))
    met.client.socket.write(f('M', 'reply') + f('M', 'reject'))
    await met.client.closes()
    expect(met.client.text).toBe(f('C'))
    expect((await met.bench.log.ends())[0]).toMatchObject({ reason: 'rejected', detail: 'told to' })
  })

  test('one that is dropped is none, and one that is put in place of another is', async () => {
    for (const [text, expected] of [['drop', f('M', 'x') + BYE], ['swap', f('M', 'm') + f('C')], ['unswap', f('M', 'm') + BYE]] as const) {
      const met = await meet(source)
      met.server.sockets[0]!.write(f('C', text) + (text === 'drop' ? f('M', 'x') : ''))
      await met.client.gets(expected.replace(BYE, ''))
      kill(met)
      await met.client.closes()
      expect(met.client.text).toBe(expected)
    }
  })

  test('behind the client\'s last nothing of ours goes to the server, what the client still sends does, and the client is told', async () => {
    const met = await meet(source)
    met.client.socket.write(f('C'))
    await until(() => met.server.text().endsWith(f('C')), 'the server to hear it')
    met.server.sockets[0]!.write(f('M', 'send') + f('M', 'x'))
    await met.client.gets(f('M', 'x'))
    met.client.socket.write(f('M', 'more'))
    await until(() => met.server.text().endsWith(f('M', 'more')), 'the server to hear more')
    expect(met.server.text()).toBe(f('M', 'hello') + f('C') + f('M', 'more'))
    kill(met)
    await met.client.closes()
    expect(met.client.text).toBe(f('M', 'x') + BYE)
  })

  test('without a declaration everything follows', async () => {
    const met = await meet(protocol('', inspect, ''))
    met.server.sockets[0]!.write(f('C') + f('M', 'send'))
    await met.client.gets(f('C'))
    await until(() => met.server.text().endsWith('O\u0001s'), 'the server to be told')
    met.client.socket.write(f('M', 'reject'))
    await met.client.closes()
    expect(met.client.text).toBe(`${f('C')}O\u0001j`)
  })
})

test('the kit and explain leave out what would follow', async () => {
  const side = { framing: frame.varint({ at: 1, max: 1000 }), closes: [{ from: 0x43, to: 0x43 }] }
  const kit = defineProtocol({
    name: 'closes',
    api: 1,
    balance: 'per-connection',
    client: {
      ...side,
      onMessage: (message: Message) => message.length > 2 ? reject('told to', encodeUtf8('O\u0001j')) : forward()
    },
    server: { ...side, onMessage: () => forward() },
    goodbye: () => encodeUtf8(BYE)
  })
  const before = [Buffer.from(f('M')), { server: Buffer.from(f('C')) }]
  expect(drive(kit, before, { goodbyes: ['killed'] }).goodbyes).toEqual({ killed: undefined })
  expect(Buffer.from(drive(kit, [...before, Buffer.from(f('M', 'x'))]).returned).toString()).toBe(f('C'))
  expect(
    Buffer.from(drive(kit, [Buffer.from(f('M')), { server: Buffer.from(f('M')) }, Buffer.from(f('M', 'x'))]).returned)
      .toString()
  ).toBe(`${f('M')}O\u0001j`)

  const { engine } = await startEngine(around(protocol('', inspect), [await TestServer.listen()]))
  const ask = async (bytes: string): Promise<string | undefined> =>
    (await engine.explain({
      userVserver: 'v',
      bytes: Buffer.from(bytes, 'latin1'),
      side: 'server',
      client: { address: '127.0.0.1', port: 50_000 }
    })).outcome.goodbye
  const broken = 'M\xff\xff\xff\xff\xff'
  expect(await ask(f('M') + broken)).toBe(Buffer.from(BYE).toString('hex'))
  expect(await ask(f('C') + broken)).toBeUndefined()
})

test('the byte that decides is waited for, however little may be held', async () => {
  const source = `import { defineProtocol, encodeUtf8, forward, frame } from '@weirlb/sdk'
    const side = { framing: frame.length({ at: 5000, size: 2, max: 65536 }), closes: [{ from: 0x43, to: 0x43, where: { at: 1023, from: 1, to: 255 } }] }
    export default defineProtocol({ name: 'closes', api: 1, balance: 'per-connection', client: { framing: frame.lines({ max: 9 }), onMessage: () => forward() }, server: side, goodbye: () => encodeUtf8('bye') })`
  for (const [code, words] of [[0, 'bye'], [1, '']] as const) {
    const server = await TestServer.listen()
    const bench = await startEngine(
      around(source, [server], {
        userVservers: [{
          name: 'v',
          protocol: 'P',
          address: '127.0.0.1',
          port: 0,
          defaultLb: 'lb',
          limits: { bufferedBytes: 4096 }
        }]
      })
    )
    const client = bench.connect()
    client.socket.write('hello\n')
    await until(() => server.text() === 'hello\n', 'the server to be asked')
    const last = Buffer.concat([
      Buffer.from('C'),
      Buffer.alloc(4999, 'x'),
      Buffer.of(4, 0),
      Buffer.alloc(1023),
      Buffer.of(code)
    ])
    server.sockets[0]!.write(last.subarray(0, 5500))
    await until(() => bench.engine.stats().extensions['ext']!.heldBytes === 5500, 'its head to be held')
    server.sockets[0]!.write(last.subarray(5500))
    await until(() => client.received.length === last.length, 'the frame')
    bench.engine.kill(bench.engine.connections({})[0]!.id)
    await client.closes()
    expect(client.text.slice(last.length)).toBe(words)
  }
})
