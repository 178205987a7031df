// The patterns of the guide, as a newcomer comes to them: a mistake first, the message with its place, and then
// clients and servers that it works for.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import net from 'node:net'
import { connect } from 'node:tls'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { atEnd, TestClient, TestServer } from '../support/engine-bench.ts'
import { Newcomer } from '../support/newcomer.ts'
import { Authority } from '../support/pki.ts'

const guide = (name: string): string => readFileSync(new URL(`fixtures/${name}.ts`, import.meta.url), 'utf8')

test('learn a key from the server\'s answer, and cancel by that key', async () => {
  const newcomer = await Newcomer.begin()
  // A key that looks like a number is taken for one.
  await newcomer.writes('jobs.ts', guide('cancel-by-key').replace('ctx.pin(`cancel ${key}`,', 'ctx.pin(Number(key),'))
  expect((await newcomer.runs('validate', 'jobs.ts')).err).toBe("weir: jobs.ts:25:15: a key is text or bytes (string or Uint8Array), not number; write String(Number(key)) [extension-types]\n")
  await newcomer.writes('jobs.ts', guide('cancel-by-key'))
  await newcomer.pushes('jobs.ts', 'jobs')

  // Every server gives its own keys, and knows no others.
  const servers = await Promise.all([1, 2, 3].map(async n => {
    let jobs = 0
    return await TestServer.listen(line =>
      line.toString().startsWith('RUN')
        ? `KEY s${n}j${++jobs}\n`
        : `${line.toString().includes(` s${n}j`) ? 'cancelled' : 'unknown'} at ${n}\n`
    )
  }))
  const port = await newcomer.serves('jobs', servers.map(server => server.port), { method: 'round-robin' })
  const runs = [1, 2, 3, 4, 5, 6].map(() => new TestClient(port))
  for (const client of runs) client.socket.write('RUN it\n')
  const keys = await Promise.all(runs.map(async client => {
    await client.gets('\n')
    return /KEY (\w+)/.exec(client.text)![1]!
  }))
  expect(new Set(keys).size).toBe(6)
  for (const key of keys) {
    const client = new TestClient(port)
    client.socket.write(`CANCEL ${key}\n`)
    await client.gets(`cancelled at ${key[1]!}\n`)
    client.socket.end()
  }
  const stranger = new TestClient(port)
  stranger.socket.write('CANCEL s1j99\n')
  await stranger.closes()
  expect(await newcomer.reads(({ reason }) => reason === 'session-unknown', 'the end of a client whose key nobody has'))
    .toMatchObject({ msg: 'connection closed' })
})

test('replies that name their requests, in any order, and a request that is never answered', async () => {
  const newcomer = await Newcomer.begin()
  await newcomer.writes('numbered.ts', guide('named-requests').replace('match: number,', 'match: Number(number),'))
  expect((await newcomer.runs('validate', 'numbered.ts')).err).toBe('weir: numbered.ts:13:24: match is text or bytes (string or Uint8Array), not number; write String(…) [extension-types]\n')
  await newcomer.writes('numbered.ts', guide('named-requests'))
  await newcomer.pushes('numbered.ts', 'numbered')

  // Held until all are here, then answered backwards; `lost` never.
  const waiting: string[] = []
  const server = await TestServer.listen((chunk, socket) => {
    waiting.push(...chunk.toString().trim().split('\n').filter(line => !line.includes('lost')))
    if (waiting.length === 3) for (const line of waiting.splice(0).reverse()) socket.write(`${line.split(' ')[0]!} OK\n`)
    return undefined
  })
  const client = new TestClient(
    await newcomer.serves('numbered', [server.port], { limits: { replyTimeoutSeconds: 1 } })
  )
  client.socket.write('1 ann\n2 lost\n3 bob\n4 cyd\n')
  await client.gets('1 OK\n')
  expect(client.text).toBe('4 OK\n3 OK\n1 OK\n')
  await client.gets('2 ERR timeout\n')
  client.socket.write('5 ann\n6 bob\n7 cyd\n')
  await client.gets('5 OK\n')
})

test('TLS that begins inside the protocol', async () => {
  const newcomer = await Newcomer.begin()
  const { api } = newcomer.weir
  const server = await TestServer.listen(bytes => bytes)
  await newcomer.writes('lines.ts', guide('start-tls').replace("ctx.startTls({ answer: encodeUtf8('220 go ahead\\n') })", "ctx.startTls('220 go ahead\\n')"))
  expect((await newcomer.runs('validate', 'lines.ts')).err).toBe("weir: lines.ts:20:22: Argument of type 'string' is not assignable to parameter of type '{ readonly answer: Bytes; }'. [extension-types]\n")
  await newcomer.writes('lines.ts', guide('start-tls').replace('  startTls: true,\n', ''))
  await newcomer.pushes('lines.ts', 'lines')
  const port = await newcomer.serves('lines', [server.port])
  const asks = async (words: string): Promise<TestClient> => {
    const client = new TestClient(port)
    client.socket.write('STARTTLS\n')
    await client.gets(words)
    return client
  }
  await (await asks('454 TLS not available\n')).closes()

  const root = await Authority.root()
  const { cert, key } = await root.issue({ names: [{ type: 'dns', value: 'lines.test' }] })
  await api.call('createCertkey', { body: { name: 'lines', cert, key } })
  const certificates = { path: { name: 'lines' }, body: { certificates: ['lines'] } } as const
  await expect(api.call('patchUserVserver', certificates)).rejects.toThrow("extension 'lines' does not declare startTls")
  await newcomer.writes('lines.ts', guide('start-tls'))
  await newcomer.pushes('lines.ts', 'lines')
  await api.call('patchUserVserver', certificates)

  const secured = connect({ socket: (await asks('220 go ahead\n')).socket, servername: 'lines.test', ca: root.cert })
  atEnd(() => { secured.destroy() })
  let text = ''
  secured.setEncoding('utf8').on('data', (part: string) => { text += part })
  await once(secured, 'secureConnect')
  secured.write('hello\n')
  await until(() => text === 'hello\n', 'the echo through TLS')
})

test('a server that speaks first', async () => {
  const newcomer = await Newcomer.begin()
  const server = net.createServer(socket => {
    socket.write('220 from the server\n')
    socket.on('data', line => socket.write(`250 ${line.toString()}`)).on('error', () => {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  atEnd(() => { server.close() })
  await newcomer.writes('first.ts', guide('server-first'))
  await newcomer.pushes('first.ts', 'first')
  const client = new TestClient(await newcomer.serves('first', [(server.address() as net.AddressInfo).port]))
  await client.gets('220 welcome\n')
  client.socket.write('HELO ann\n')
  await client.gets('250 HELO ann\n')
  client.socket.write('more\n')
  await client.gets('250 more\n')
  expect(client.text).toBe('220 welcome\n250 HELO ann\n250 more\n')
  client.socket.destroy()
})

// A length that counts the header too: without `plus` it is taken for four bytes more than there are.
const LENGTHS = `import { defineProtocol, encodeUtf8, forward, frame } from '@weirlb/sdk'
export default defineProtocol({
  name: 'lengths', api: 1, balance: 'per-connection',
  client: { framing: frame.length({ at: 0, size: 4, max: 64 }), onMessage: message => forward({ token: message.text() }) },
  goodbye: reason => encodeUtf8(\`ERR \${reason}\\n\`)
})
`
const record = (text: string): Uint8Array => Buffer.concat([Buffer.from([0, 0, 0, text.length + 4]), Buffer.from(text)])

test('a framing that expects bytes which never come is read of in the log, and a frame too large gets the goodbye', async () => {
  const newcomer = await Newcomer.begin()
  await newcomer.writes('lengths.ts', LENGTHS)
  await newcomer.pushes('lengths.ts', 'lengths')
  const server = await TestServer.listen(bytes => bytes)
  const port = await newcomer.serves('lengths', [server.port], { limits: { firstMessageTimeoutSeconds: 1 } })
  const waits = new TestClient(port)
  waits.socket.write(record('ann!'))
  await waits.closes()
  expect(await newcomer.reads(({ msg }) => msg === 'connection closed', 'the end')).toMatchObject({
    reason: 'first-message-timeout',
    detail: '8 of 12 bytes of the first frame',
    bytesIn: 8
  })

  await newcomer.writes('lengths.ts', LENGTHS.replace('size: 4,', 'size: 4, plus: -4,'))
  await newcomer.pushes('lengths.ts', 'lengths')
  const served = new TestClient(port)
  served.socket.write(record('ann!'))
  await until(() => served.received.length === 8, 'the reply')

  const large = new TestClient(port)
  large.socket.write(record('x'.repeat(100)))
  await large.closes()
  expect(large.text).toBe('ERR protocol-error\n')
})
