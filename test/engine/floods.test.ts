// Controls against floods on real connections: an address that is not exempt connects as one of 127.0.0.0/8 does.
import { once } from 'node:events'
import { connect as connectTls } from 'node:tls'
import { TIME_SCALE, until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { certificateFor } from '../support/certificate.ts'
import { around, atEnd, type EngineBench, startEngine, TestClient, TestServer } from '../support/engine-bench.ts'
import { lineProtocol } from '../support/line-protocol.ts'
import { BINARY, frame } from '../support/raw-websocket.ts'

const vserver = (floods: object, more: object = {}) => ({
  name: 'v', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb',
  floods: { exemptFrom: [], rampSeconds: 0, ...floods }, ...more
})
const start = async (floods: object, more: object = {}): Promise<EngineBench> =>
  await startEngine({
    ...around(
      lineProtocol(),
      [await TestServer.listen(chunk => chunk.includes('much') ? Buffer.alloc(16 * 1024 * 1024) : chunk)]
    ),
    userVservers: [vserver(floods, more)]
  })
const acted = ({ engine }: EngineBench) => engine.stats().userVservers['v']!.floods
/** What ended a connection may be counted after its client has seen the end. */
const acts = async (bench: EngineBench, counts: Readonly<Record<string, number>>): Promise<void> => {
  await expect.poll(() => acted(bench)).toEqual(counts)
}
/** A client that is served. */
const served = async (bench: EngineBench, from: string, key = 'x'): Promise<TestClient> => {
  const client = new TestClient(bench.port(), { from })
  client.socket.write(`hello ${key}\n`)
  await client.gets('hello')
  return client
}

test('D002, D003: an address has its connections and its rate, is reset beyond, and another is served', async () => {
  const bench = await start({ connectionsPerAddress: 2 })
  const [first] = [await served(bench, '127.0.0.2'), await served(bench, '127.0.0.2')]
  const third = new TestClient(bench.port(), { from: '127.0.0.2' })
  await third.closes()
  await served(bench, '127.0.0.3')
  await until(() => bench.engine.stats().userVservers['v']!.closed.flood === 1, 'the refusal to be counted')
  await acts(bench, { D002: 1 })
  expect(bench.log.lines).toContainEqual(
    expect.objectContaining({
      message: 'connection refused', reason: 'flood', detail: 'D002: its address has 2 connections'
    })
  )
  first!.socket.destroy()
  await until(() => bench.engine.connections({}).length === 2, 'the first to be gone')
  await served(bench, '127.0.0.2')

  // A revision changes what holds, and a control can be switched off.
  await bench.apply({ userVservers: [vserver({ off: ['D002'], connectsPerAddress: 0.001, connectBurst: 1 })] })
  await served(bench, '127.0.0.4')
  const fast = new TestClient(bench.port(), { from: '127.0.0.4' })
  await fast.closes()
  await acts(bench, { D002: 1, D003: 1 })
})

test('D010, D012, D013, D021, D026: what stalls and what flaps ends, and few lines tell of refusals', async () => {
  const bench = await start(
    {
      connectsPerKey: 2, messageSeconds: 0.5, readSeconds: 1, loggedPerSecond: 1, connectionsPerAddress: 5,
      connectBurst: 200
    },
    { limits: { firstMessageTimeoutSeconds: 1 } }
  )
  const slow = new TestClient(bench.port(), { from: '127.0.0.2' })
  slow.socket.write('hel')
  await slow.closes()
  await served(bench, '127.0.0.2', 'flapping')
  await served(bench, '127.0.0.2', 'flapping')
  const flapping = new TestClient(bench.port(), { from: '127.0.0.2' })
  flapping.socket.write('hello flapping\n')
  await flapping.closes()
  await until(() => bench.engine.stats().userVservers['v']!.closed.flood === 1, 'the key to be refused')
  await acts(bench, { D010: 1, D012: 1 })

  const part = await served(bench, '127.0.0.3', 'part')
  part.socket.write('half a li')
  const deaf = await served(bench, '127.0.0.3', 'deaf')
  deaf.socket.pause()
  deaf.socket.write('much\n')
  await until(() => acted(bench).D013 === 1 && acted(bench).D021 === 1, 'both to be ended')
  deaf.socket.destroy()
  await part.closes()
  expect((await bench.log.ends(4)).map(({ detail }) => detail)).toEqual(
    expect.arrayContaining([
      'D013: a message was not whole in time', 'D021: the client read nothing of what waits for it'
    ])
  )

  for (let n = 0; n < 12; n++) new TestClient(bench.port(), { from: '127.0.0.4' }).socket.write(`hello many${n}\n`)
  await until(() => acted(bench).D002 === 7, 'seven to be one too many')
  expect(acted(bench).D026).toBeGreaterThanOrEqual(5)
})

test('D004, D005, D006: all connects, handshakes and their time', async () => {
  const bench = await startEngine(around(lineProtocol(), [await TestServer.listen()], {
    certkeys: [{ name: 'red', ...await certificateFor('red.test') }],
    userProtocols: [{ name: 'S', transport: 'ssl', extension: 'ext' }],
    userVservers: [
      vserver(
        {}, { protocol: 'S', certificates: ['red'], tls: { handshakesPerSecond: 1, handshakeTimeoutSeconds: 0.2 } }
      )
    ]
  }))
  // A machine that is busy may begin one a second later than the other.
  let rounds = 0
  await until(async () => {
    rounds++
    const both = [1, 2].map(() => new TestClient(bench.port(), { from: '127.0.0.2' }))
    for (const each of both) await each.closes()
    return acted(bench).D005 !== undefined
  }, 'a handshake too many')
  const ended = 2 * rounds
  await until(() => acted(bench).D005! + (acted(bench).D006 ?? 0) === ended, 'all to be counted')
  expect(acted(bench)).toEqual({ D005: expect.any(Number) as number, D006: expect.any(Number) as number })
  // An exempt address has no rate.
  await bench.apply({
    userVservers: [
      vserver(
        { exemptFrom: ['127.0.0.9'], connectsPerSecond: 1 },
        { protocol: 'S', certificates: ['red'], tls: { handshakesPerSecond: 1 } }
      )
    ]
  })
  for (let n = 0; n < 3; n++) {
    const socket = connectTls(
      { host: '127.0.0.1', port: bench.port(), localAddress: '127.0.0.9', rejectUnauthorized: false } as object
    )
    atEnd(() => { socket.destroy() })
    await once(socket, 'secureConnect')
  }
  for (let n = 0; n < 2; n++) await new TestClient(bench.port(), { from: '127.0.0.3' }).closes()
  expect(acted(bench).D004).toBeGreaterThanOrEqual(1)
})

test('D008: the client that a balancer names is counted, before TLS; a header that stalls or is none ends it', async () => {
  const bench = await start(
    { connectionsPerAddress: 1 }, { proxyProtocol: { from: ['127.0.0.2'], timeoutSeconds: 0.2 * TIME_SCALE } }
  )
  const proxied = (address: string): TestClient => {
    const client = new TestClient(bench.port(), { from: '127.0.0.2' })
    client.socket.write(`PROXY TCP4 ${address} 192.0.2.100 1000 1883\r\nhello ${address}\n`)
    return client
  }
  const first = proxied('192.0.2.1')
  await first.gets('hello')
  await proxied('192.0.2.2').gets('hello')
  await proxied('192.0.2.1').closes()
  const stalls = new TestClient(bench.port(), { from: '127.0.0.2' })
  stalls.socket.write('PROXY ')
  await stalls.closes()
  // Nobody else may name another.
  const liar = new TestClient(bench.port(), { from: '127.0.0.3' })
  liar.socket.write('PROXY TCP4 192.0.2.9 192.0.2.100 1000 1883\r\n')
  await until(() => bench.engine.connections({ client: '127.0.0.3' }).length === 1, 'it to be served as itself')
  await until(() => bench.engine.stats().userVservers['v']!.closed['proxy-failed'] === 1, 'the header to be counted')
  await acts(bench, { D002: 1, D008: 1 })
  first.socket.destroy()
  await until(() => bench.engine.connections({ client: '192.0.2.1' }).length === 0, 'the first to be gone')
  await proxied('192.0.2.1').gets('hello')
})

test('D009, D014, D015, D022, D023: heads, sizes, silence and WebSocket frames', async () => {
  const bench = await startEngine(around(lineProtocol(), [await TestServer.listen(chunk => chunk)], {
    userProtocols: [
      { name: 'P', transport: 'tcp', extension: 'ext' }, { name: 'W', transport: 'ws', extension: 'ext' }
    ],
    userVservers: [
      vserver({}, { limits: { idleTimeoutSeconds: 0.3 * TIME_SCALE } }),
      { ...vserver({}, { protocol: 'W', http: { headTimeoutSeconds: 0.3 * TIME_SCALE } }), name: 'w' }
    ]
  }))
  const long = new TestClient(bench.port(), { from: '127.0.0.2' })
  long.socket.write(`${'x'.repeat(2000)}\n`)
  await long.closes()
  const idle = await served(bench, '127.0.0.2')
  await idle.closes()
  await acts(bench, { D014: 1, D015: 1 })

  const web = (bytes: string): TestClient => {
    const client = new TestClient(bench.port('w'), { from: '127.0.0.2' })
    client.socket.write(bytes, 'latin1')
    return client
  }
  const slow = web('GET / HTTP/1.1\r\nHost: x\r\n')
  await slow.gets('408')
  const headers = Array.from({ length: 64 }, (_, n) => `X-${n}: 1\r\n`).join('')
  await web(`GET / HTTP/1.1\r\nHost: x\r\n${headers}\r\n`).gets('431')
  const upgrade = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n'
  const unmasked = web(upgrade)
  await unmasked.gets('\r\n\r\n')
  expect(unmasked.text).not.toContain('permessage-deflate')
  unmasked.socket.write(frame(BINARY, 'x', { masked: false }))
  await unmasked.closes()
  await until(() => Object.keys(bench.engine.stats().userVservers['w']!.floods).length === 2, 'both to be counted')
  expect(bench.engine.stats().userVservers['w']!.floods).toEqual({ D009: 1, D022: 1 })
})

test('defence mode: by hand at once, by itself under attack; it tightens, keeps established clients, and ends', async () => {
  const bench = await start({ mode: 'on' })
  const kept = await served(bench, '127.0.0.2')
  expect(bench.defences).toEqual([{ userVserver: 'v', defending: true, reason: 'set by an operator' }])
  expect(bench.engine.stats().userVservers['v']!.defending).toBe(1)
  // 32 of one address.
  const clients = Array.from({ length: 12 }, () => new TestClient(bench.port(), { from: '127.0.0.2' }))
  await until(() => (acted(bench).D003 ?? 0) > 0, 'the burst of ten to be over')
  kept.socket.write('still here\n')
  await kept.gets('still here')
  for (const client of clients) client.socket.destroy()
  await bench.apply({ userVservers: [vserver({ mode: 'off' })] })
  expect(bench.defences.at(-1)).toEqual({ userVserver: 'v', defending: false, reason: 'switched off by an operator' })

  await bench.apply({
    userVservers: [
      vserver({ mode: 'auto', afterSeconds: 1, calmSeconds: 1, connectionsPerAddress: 1, connectBurst: 1000 })
    ]
  })
  kept.socket.write('again\n')
  await until(() => {
    if (bench.defences.length > 2) return true
    for (let n = 0; n < 5; n++) new TestClient(bench.port(), { from: '127.0.0.5' }).socket.on('connect', () => {})
    return false
  }, 'defence mode to begin by itself')
  expect(bench.defences[2]).toMatchObject({
    defending: true, reason: expect.stringMatching(/clients in a second were refused/) as string
  })
  await until(() => bench.defences.length > 3, 'defence mode to end')
  await kept.gets('again')
  expect(bench.defences[3]).toEqual({ userVserver: 'v', defending: false, reason: 'calm for 1 s' })
})

test('explain shows what would refuse a client, what suspects it, and what no capture can show; nothing is counted', async () => {
  const bench = await start({ connectionsPerAddress: 1, connectsPerKey: 1, off: ['D013'] })
  const explain = async (address: string, text = 'hello one\n') =>
    await bench.engine.explain({
      userVserver: 'v', side: 'client', bytes: Buffer.from(text), client: { address, port: 1 }
    })
  for (let n = 0; n < 3; n++) {
    expect(await explain('127.0.0.2')).toMatchObject({
      outcome: { becomes: 'open' },
      floods: { defending: false, exempt: false, knownGood: false, threat: 0, control: undefined, detail: undefined }
    })
  }
  const first = await served(bench, '127.0.0.2', 'one')
  const refused = await explain('127.0.0.2')
  expect(refused.outcome).toMatchObject({
    becomes: 'closed', reason: 'flood', detail: 'D002: its address has 1 connections'
  })
  expect(refused.floods).toMatchObject({ control: 'D002' })
  expect(refused.floods!.undecided).toEqual(['D005', 'D006', 'D008', 'D009', 'D010', 'D015', 'D021', 'D022'])
  // Its key was there within this minute.
  expect((await explain('127.0.0.3')).outcome).toMatchObject({
    reason: 'flood', detail: 'D012: its session key comes more than 1 times in a minute'
  })
  expect((await explain('127.0.0.3', 'hello two\n')).outcome).toMatchObject({ becomes: 'open' })
  // Fifteen points for each, which fade.
  for (let n = 0; n < 2; n++) {
    const bad = new TestClient(bench.port(), { from: '127.0.0.4' })
    bad.socket.write('malformed\n')
    await bad.closes()
  }
  await until(() => bench.engine.stats().userVservers['v']!.connections === 1, 'both to be gone')
  const suspect = (await explain('127.0.0.4')).floods!
  expect([suspect.threat === 30 || suspect.threat === 29, suspect.control]).toEqual([true, undefined])
  expect(acted(bench)).toEqual({})
  expect(bench.decisions).toEqual([])
  await served(bench, '127.0.0.3', 'two')
  first.socket.destroy()
  await bench.apply({ userVservers: [vserver({ exemptFrom: ['127.0.0.4'] })] })
  expect((await explain('127.0.0.4')).floods).toMatchObject({ exempt: true })
})

test('D016, D017: rules and rate limits that are part of a control are counted as it, and switched off with it', async () => {
  const limits = [{
    name: 'pace', counts: 'messages', limit: 2, periodSeconds: 600, action: 'block', floodControl: 'D017'
  }]
  const rules = [
    { name: 'subscribes', expression: 'conn.messages_in eq 2', action: 'block', floodControl: 'D016' },
    { name: 'seen', expression: 'conn.messages_in gt 0', action: 'log', phase: 'message', floodControl: 'D018' },
    {
      name: 'dry', expression: 'conn.messages_in gt 0', action: 'block', phase: 'message', state: 'simulated',
      floodControl: 'D019'
    }
  ]
  const bench = await startEngine({
    ...around(lineProtocol(), [await TestServer.listen(chunk => chunk)]), userVservers: [vserver({})],
    rules: rules as never, rateLimits: limits as never
  })
  const send = async (): Promise<void> => {
    const client = await served(bench, '127.0.0.2')
    for (let n = 0; n < 3; n++) client.socket.write(`line${n}\n`)
    await until(() => client.closed || client.text.includes('line2'), 'all to be decided')
    client.socket.destroy()
  }
  await send()
  expect(Object.keys(acted(bench))).toEqual(['D016'])
  await bench.apply({ userVservers: [vserver({ off: ['D016'] })] })
  await send()
  await until(() => acted(bench).D017 === 1, 'the rate limit')
  await acts(bench, { D016: 1, D017: 1 })
  await bench.apply({ userVservers: [vserver({ off: ['D016', 'D017'] })] })
  await send()
  await acts(bench, { D016: 1, D017: 1 })
})
