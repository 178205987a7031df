import type { Explanation } from '@weirlb/engine'
import { LocalSessionDirectory } from '@weirlb/engine'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { around, type EngineBench, startEngine, TestServer } from '../support/engine-bench.ts'
import { freePort } from '../support/free-port.ts'
import { lineProtocol } from '../support/line-protocol.ts'

const ask = async (
  { engine }: EngineBench,
  text: string,
  more: { side?: 'client' | 'server', userVserver?: string } = {}
): Promise<Explanation> =>
  await engine.explain({
    userVserver: 'v',
    bytes: Buffer.from(text),
    side: 'client',
    client: { address: '127.0.0.1', port: 50_000 },
    ...more
  })

/** Where the first message would go, without the reasons. */
const decisionOf = ({ frames }: Explanation): Explanation['frames'][number]['decision'] =>
  frames.find(frame => frame.decision !== undefined)?.decision

const two = async (): Promise<
  TestServer[]
> => [await TestServer.listen(() => 'one\n'), await TestServer.listen(() => 'two\n')]

test('frames, verdicts, effects and the rest', async () => {
  const bench = await startEngine(around(lineProtocol(), await two()))
  const text = 'drop\nhello ann\nreplace it\nsend x\nidle 5\ncount c\nrest of'
  const answer = await ask(bench, text)
  expect(answer.frames.map(({ offset, length }) => text.slice(offset, offset + length))).toEqual([
    'drop\n',
    'hello ann\n',
    'replace it\n',
    'send x\n',
    'idle 5\n',
    'count c\n'
  ])
  expect(answer.frames.map(frame => frame.answer!.verdict.op)).toEqual([
    'drop',
    'forward',
    'forward',
    'forward',
    'forward',
    'forward'
  ])
  expect(answer.frames.map(frame => frame.answer!.effects)).toEqual([
    [],
    [{ kind: 'set', field: 'who', value: 'ann' }, { kind: 'set', field: 'pin', value: undefined }],
    [],
    [{ kind: 'send', length: 7, bytes: Buffer.from('sent x\n').toString('hex') }],
    [{ kind: 'idleTimeout', ms: 5000 }],
    []
  ])
  expect(answer.counters).toEqual({ c: 1 })
  expect(JSON.stringify(answer)).not.toContain('hunter2')
  expect(answer.frames[1]!.answer!.verdict).toMatchObject({ token: 'ann', session: 'ann', then: 'continue' })
  expect(answer.frames[2]!.answer!.verdict.replacedBy).toBe(5)
  expect(answer.frames.map(frame => frame.decision?.service)).toEqual([
    undefined,
    's1',
    undefined,
    undefined,
    undefined,
    undefined
  ])
  expect(answer.rest).toEqual({ offset: text.length - 7, length: 7, why: 'incomplete' })
  expect(answer.outcome).toMatchObject({ becomes: 'open', service: 's1' })
  // The client is told of with its first messages, as on a socket.
  expect(answer.crossings).toBe(1)
})

test('what ends a connection, in the protocol\'s words and with the author\'s line', async () => {
  const bench = await startEngine(around(lineProtocol(), await two()))
  const ends = async (text: string): Promise<object> => {
    const { outcome, rest } = await ask(bench, text)
    return {
      reason: outcome.reason,
      detail: outcome.detail,
      goodbye: outcome.goodbye === undefined ? undefined : Buffer.from(outcome.goodbye, 'hex').toString(),
      rest: rest?.why
    }
  }
  expect(await ends('reject me\nhello ann\n')).toEqual({
    reason: 'rejected',
    detail: 'told to',
    goodbye: undefined,
    rest: 'after-end'
  })
  expect(await ends('throw\n')).toMatchObject({
    reason: 'extension-error',
    detail: 'Error: told to throw (ext.ts:27:29)',
    goodbye: 'goodbye extension-error after 1\n'
  })
  expect(await ends('malformed\n')).toMatchObject({
    reason: 'protocol-error',
    goodbye: 'goodbye protocol-error after 1\n'
  })
  expect(await ends('promise\n')).toMatchObject({ reason: 'extension-error' })
  expect(await ends(`hello ann\n${'x'.repeat(1001)}`)).toMatchObject({ reason: 'protocol-error', detail: 'a frame is larger than its maximum of 1000 bytes', rest: 'too-large' })
  expect(await ends('via nowhere\n')).toMatchObject({ reason: 'extension-error', detail: "via 'nowhere' is not bound to this user vserver; there are: lb" })
  const thrown = (await ask(bench, 'throw\n')).frames[0]!.answer!.verdict.why
  expect(thrown).toMatch(/^Error: told to throw\n\s+at .*ext\.ts:\d+:\d+/)
  expect((await ask(bench, 'reject me\n')).frames[0]!.answer!.verdict.reply).toBe(
    Buffer.from('no me\n').toString('hex')
  )
})

test('what a connection becomes', async () => {
  const bench = await startEngine(around(lineProtocol('server: { framing: frame.lines({ max: 1000 }) },'), await two()))
  expect((await ask(bench, 'drop\nhel')).outcome).toMatchObject({ becomes: 'waiting', service: undefined })
  const tunnel = await ask(bench, 'tunnel ann\nand more, unseen')
  expect(tunnel).toMatchObject({
    outcome: { becomes: 'tunnel', service: 's1' },
    rest: { offset: 11, length: 16, why: 'piped' }
  })
  expect((await ask(bench, 'pipe ann\n')).outcome.becomes).toBe('pipe')
  expect((await ask(bench, 'hello ann\n')).outcome.becomes).toBe('open')
  const fromServer = await ask(bench, 'a\nb\n', { side: 'server' })
  expect(fromServer.frames).toMatchObject([{ offset: 0, length: 2, seen: false, why: 'no-handler', entered: 0 }, { offset: 2, length: 2, seen: false }])
})

test('the service is the one that the next client gets, however often one asks', async () => {
  const servers = await two()
  for (const method of ['round-robin', 'least-connection', 'token'] as const) {
    const lb = {
      name: 'lb',
      method,
      services: [{ name: 's1', weight: 2 }, { name: 's2' }],
      persistence: { type: 'user-session' as const }
    }
    const bench = await startEngine(around(lineProtocol(), servers, { lbVservers: [lb] }))
    for (const name of ['ann', 'bob', 'cid', 'dan', 'eve']) {
      const asked = await Promise.all([1, 2, 3].map(async () => (await ask(bench, `tunnel ${name}\n`)).outcome.service))
      const client = bench.connect()
      client.socket.write(`tunnel ${name}\n`)
      await until(
        () => bench.engine.connections({}).some(c => c.session === name && c.phase === 'tunnel'),
        'the tunnel'
      )
      const real = bench.engine.connections({}).find(c => c.session === name)!.service
      expect(asked).toEqual([real, real, real])
    }
  }
})

test('nothing is counted, pinned or shown', async () => {
  const sessions = new LocalSessionDirectory()
  const bench = await startEngine(around(lineProtocol(), await two()), { sessions })
  // What is measured of this process moves by itself; the in-process guest has no heap and no clock of its own.
  const counts = (): object =>
    JSON.parse(
      JSON.stringify(bench.engine.stats(), (name, value: unknown) => /^(cpu|heap)/.test(name) ? undefined : value)
    ) as object
  const before = counts()
  for (const text of ['tunnel ann\n', 'throw\n', 'count c\n', 'garbage\n', 'reject\n']) await ask(bench, text)
  expect(counts()).toEqual(before)
  expect(sessions.table.size).toBe(0)
  expect(bench.log.lines).toEqual([])
  expect(bench.states).toEqual([])
})

test('a session decides, when its service can be taken', async () => {
  const sessions = new LocalSessionDirectory()
  sessions.pin('lb', 'ann', 's2')
  const bench = await startEngine(around(lineProtocol(), await two()), { sessions })
  expect(decisionOf(await ask(bench, 'tunnel ann\n'))).toMatchObject({
    service: 's2',
    by: 'session',
    session: { key: 'ann', entry: 's2', used: true },
    candidates: [{ service: 's1', verdict: 'proposed' }, { service: 's2', verdict: 'spare' }]
  })
  bench.engine.setServiceHealth('s2', 'down')
  expect(decisionOf(await ask(bench, 'tunnel ann\n'))).toMatchObject({
    service: 's1',
    by: 'method',
    session: { key: 'ann', entry: 's2', used: false }
  })
  sessions.pin('lb', 'stray', 'long-gone')
  expect(decisionOf(await ask(bench, 'tunnel stray\n'))).toMatchObject({
    service: 's1',
    by: 'method',
    session: { entry: 'long-gone', used: false }
  })
})

test('why candidates are skipped, and the backup', async () => {
  const servers = await two()
  const services = [
    { name: 'down', address: '127.0.0.1', port: await freePort() },
    { name: 'draining', address: '127.0.0.1', port: servers[0]!.port, state: 'draining' as const },
    { name: 'full', address: '127.0.0.1', port: servers[0]!.port, maxClients: 1 },
    { name: 'good', address: '127.0.0.1', port: servers[1]!.port },
    { name: 'other', address: '127.0.0.1', port: servers[1]!.port }
  ]
  const bound = (...names: string[]) => ({ services: names.map(name => ({ name })), method: 'round-robin' as const })
  const bench = await startEngine(around(lineProtocol(), servers, {
    services,
    lbVservers: [
      { name: 'lb', ...bound('down', 'draining', 'full', 'good', 'other') },
      { name: 'second', ...bound('down'), backup: 'third' },
      { name: 'third', ...bound('good') },
      { name: 'none', ...bound('down') },
      { name: 'filled', ...bound('full') }
    ],
    userVservers: [{
      name: 'v',
      protocol: 'P',
      address: '127.0.0.1',
      port: 0,
      defaultLb: 'lb',
      lbVservers: ['second', 'none', 'filled']
    }]
  }))
  bench.engine.setServiceHealth('down', 'down')
  const first = bench.connect()
  first.socket.write('tunnel x\n')
  await until(() => bench.engine.stats().services['full']!.connections === 1, 'the full one to be full')
  const decision = decisionOf(await ask(bench, 'hello ann\n'))!
  // The full one has just had its turn, so that it comes after the good one.
  expect(Object.fromEntries(decision.candidates.map(({ service, verdict, why }) => [service, why ?? verdict])))
    .toEqual({ down: 'down', draining: 'draining', good: 'proposed', full: 'spare', other: 'spare' })
  expect(decisionOf(await ask(bench, 'via filled\n'))).toMatchObject({
    candidates: [{ service: 'full', verdict: 'skipped', why: 'full', connections: 1 }],
    refusal: 'limit'
  })
  expect(decision).toMatchObject({ method: 'round-robin', order: 'whose turn it is, by weight', by: 'method' })
  expect(decisionOf(await ask(bench, 'via second\n'))).toMatchObject({
    lbVserver: 'second',
    service: undefined,
    candidates: [{ service: 'down', verdict: 'skipped', why: 'down' }],
    backup: { lbVserver: 'third', service: 'good' }
  })
  const none = await ask(bench, 'via none\n')
  expect(decisionOf(none)).toMatchObject({ refusal: 'no-service', backup: undefined })
  expect(none.outcome).toMatchObject({
    becomes: 'closed',
    reason: 'no-service',
    goodbye: Buffer.from('goodbye no-service after 1\n').toString('hex')
  })
})

test('more frames than are explained, and a vserver that there is not', async () => {
  const bench = await startEngine(around(lineProtocol(), await two()))
  const many = await ask(bench, 'drop\n'.repeat(1100))
  expect(many.frames).toHaveLength(1000)
  expect(many.rest).toEqual({ offset: 5000, length: 500, why: 'limit' })
  await expect(ask(bench, 'x', { userVserver: 'w' })).rejects.toMatchObject({ code: 'not-found' })
})
