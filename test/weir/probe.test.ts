import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:tls'
import type { ConfigInput } from '@weirlb/model'
import { TIME_SCALE, until } from '@weirlb/testing'
import { describe, expect, test } from 'vitest'
import { createWeir, type Weir, type WeirEvent } from 'weirlb'
import { certificateFor } from '../support/certificate.ts'
import { atEnd, TestServer } from '../support/engine-bench.ts'
import { freePort } from '../support/free-port.ts'

/** A protocol of lines with this probe. */
const lines = (probe: string): string => `
import { defineProtocol, encodeUtf8, forward, frame, param } from '@weirlb/sdk'
export default defineProtocol({
  name: 'lines', api: 1, balance: 'per-connection',
  client: { framing: frame.lines({ max: 100 }), onMessage: () => forward({ then: 'tunnel' }) },
  server: { framing: frame.lines({ max: 100 }) },
  ${probe}
})`

const SEND = 'send: () => encodeUtf8("PING\\n")'
const extensions: Readonly<Record<string, string>> = {
  good: lines(`probe: { ${SEND}, judge: answer => answer.text() === 'PONG\\n' ? 'up' : answer.text() === 'BUSY\\n' ? { down: 'it is busy' } : 'down' }`),
  'throwing-judge': lines(`probe: { ${SEND}, judge: () => { throw new Error('no judge') } }`),
  'throwing-send': lines('probe: { send: () => { throw new Error("nothing to say") }, judge: () => "up" }'),
  'rubbish-judge': lines(`probe: { ${SEND}, judge: () => 5 as never }`),
  'rubbish-send': lines('probe: { send: () => "PING" as never, judge: () => "up" }'),
  'async-judge': lines(`probe: { ${SEND}, judge: (async () => { throw new Error('late') }) as never }`),
  'async-send': lines('probe: { send: (async () => { throw new Error("late") }) as never, judge: () => "up" }'),
  'malformed-judge': lines(`probe: { ${SEND}, judge: answer => { answer.reader().skip(50); return 'up' } }`),
  'looping-judge': lines(`probe: { ${SEND}, judge: () => { for (;;) {} } }`),
  'greeting-first': lines(
    'probe: { send: () => new Uint8Array(0), judge: answer => answer.text() === "PONG\\n" ? "up" : "down" }'
  ),
  'next-rubbish': lines(`probe: { ${SEND}, judge: () => ({ send: 'PING' }) as never }`),
  dialogue: lines(`probe: {
    params: { words: param.int({ default: 3, min: 1 }) },
    send: ({ id }) => encodeUtf8('HELLO ' + id + '\\n'),
    judge: (answer, { params, step, id }) => answer.text() !== 'OK ' + id + ' ' + step + '\\n' ? { down: 'wrong word ' + step }
      : step + 1 === params.words ? 'up' : { send: encodeUtf8('MORE\\n'), awaits: 'word ' + (step + 2) }
  }`),
  endless: lines(`probe: { ${SEND}, judge: () => ({ send: encodeUtf8('PING\\n') }) }`),
  'no-probe': lines('')
}

/** A busy machine takes its time over an answer, too. */
const TIMEOUT_SECONDS = 0.3 * TIME_SCALE
const monitor = (extension: string): object => ({
  type: 'extension',
  extension,
  intervalSeconds: 0.05,
  timeoutSeconds: TIMEOUT_SECONDS,
  downAfter: 1
})

const start = async (workers: number, config: ConfigInput): Promise<{ weir: Weir, told: WeirEvent[] }> => {
  const weir = createWeir({ workers, config, log: { level: 'silent' } })
  const told: WeirEvent[] = []
  for (const type of ['service-up', 'service-down'] as const) weir.on(type, event => { told.push(event) })
  atEnd(async () => { await weir.stop({ graceMs: 0 }) })
  await weir.start()
  return { weir, told }
}

const of = (...names: string[]): NonNullable<ConfigInput['extensions']> =>
  names.map(name => ({ name, source: extensions[name]! }))
const service = (name: string, port: number, extension = 'good'): NonNullable<ConfigInput['services']>[number] =>
  ({ name, address: '127.0.0.1', port, monitors: [monitor(extension)] }) as NonNullable<ConfigInput['services']>[number]

/** What servers do, and what a service in front of such a one says of itself. */
const servers = {
  wrong: [() => 'NOPE\n', /the probe of extension 'good': judged down: 4e4f50450a$/],
  busy: [() => 'BUSY\n', /the probe of extension 'good': it is busy: /],
  silent: [() => undefined, /: no reply within [\d.]+ s$/],
  slow: [() => 'PO', /: no reply within [\d.]+ s, but 2 bytes of one: 504f$/],
  long: [() => 'x'.repeat(200), /: the reply cannot be framed: a frame is larger than its maximum of \d+ bytes$/],
  closing: [(_, socket) => { socket.end(); return undefined }, /: the server closed the connection before its reply$/],
  unfinished: [(_, socket) => { socket.end('PONG'); return undefined }, /: judged down: 504f4e47$/]
} satisfies Record<string, readonly [Parameters<typeof TestServer.listen>[0], RegExp]>

describe.each([0, 2])('with %i workers', workers => {
  test('a server is what its answer is judged to be', async () => {
    const right = await TestServer.listen(() => 'PONG\n')
    const split = await TestServer.listen((_, socket) => {
      socket.write('PO')
      setImmediate(() => { socket.write('NG\n') })
      return undefined
    })
    const down = await Promise.all(
      Object.entries(servers).map(async ([name, [answer]]) => service(name, (await TestServer.listen(answer)).port))
    )
    const { weir, told } = await start(workers, {
      extensions: of('good'),
      services: [
        service('right', right.port),
        service('split', split.port),
        service('refused', await freePort()),
        ...down
      ]
    })
    for (const [name, [, reason]] of [...Object.entries(servers), ['refused', [undefined, /ECONNREFUSED/]] as const]) {
      await until(async () => (await weir.services.status(name)).value === 'down', `${name} to be down`)
      expect((await weir.services.status(name)).reason).toMatch(reason)
      expect(told).toContainEqual({
        time: expect.any(Number) as number,
        type: 'service-down',
        service: name,
        reason: expect.stringMatching(reason) as string,
        upForMs: expect.any(Number) as number
      })
    }
    await until(() => right.received.length > 2 && split.received.length > 2, 'three probes')
    expect([right.text(), split.text()]).toEqual(['PING\n', 'PING\n'])
    expect(told.filter(event => 'service' in event && ['right', 'split'].includes(event.service ?? ''))).toEqual([])
    expect((await weir.services.status('split')).value).toBe('up')
  })

  test('an extension that fails says so, and nobody else suffers', async () => {
    const server = await TestServer.listen(() => 'PONG\n')
    const failing = Object.keys(extensions).filter(name =>
      name.includes('-send') || name.includes('-judge') || name === 'next-rubbish'
    )
    const { weir } = await start(workers, {
      extensions: of('good', ...failing),
      services: [service('fine', server.port), ...failing.map(name => service(name, server.port, name))]
    })
    const pids = (await weir.health()).workers.map(({ pid }) => pid)
    const reasons: Readonly<Record<string, RegExp>> = {
      'throwing-judge':
        /^probe\.judge of extension 'throwing-judge' failed: Error: no judge \(throwing-judge\.ts:\d+:\d+\)$/,
      'throwing-send': /^probe\.send of extension 'throwing-send' failed: Error: nothing to say/,
      'rubbish-judge': /^probe\.judge of extension 'rubbish-judge' failed: TypeError: probe\.judge returned 5; there are: 'up', 'down', \{ down: 'why' \}, \{ send: bytes \}/,
      'next-rubbish': /^probe\.judge of extension 'next-rubbish' failed: TypeError: probe\.judge: send: expected bytes \(a Uint8Array\), got text; /,
      'rubbish-send': /^probe\.send of extension 'rubbish-send' failed: TypeError: probe\.send: expected bytes \(a Uint8Array\), got text; /,
      'async-judge': /^probe\.judge of extension 'async-judge' failed: TypeError: probe\.judge must not be async: it returned a promise \(async-judge\.ts:\d+:\d+\)$/,
      'async-send': /^probe\.send of extension 'async-send' failed: TypeError: probe\.send must not be async: it returned a promise/,
      'malformed-judge': /the reply is malformed: /,
      'looping-judge':
        /^probe\.judge of extension 'looping-judge' failed: .*(timed out|time-out|ran longer|failed 5 times)/
    }
    for (const name of failing) {
      // On a busy machine a probe may take longer than it may: the next one says what is wrong.
      await until(async () => {
        const { value, reason } = await weir.services.status(name)
        return value === 'down' && reasons[name]!.test(reason!)
      }, `${name} to be down for ${String(reasons[name])}`)
    }
    await until(
      async () => (await weir.services.status('looping-judge')).reason?.includes('failed 5 times and pauses for'),
      'the looping probe to pause'
    )
    // One probe in time is enough to tell: on a busy machine another may be late.
    await until(async () => (await weir.services.status('fine')).value === 'up', 'the other service to be up')
    expect((await weir.extensions.status('looping-judge')).value).toBe('up')
    expect((await weir.health()).workers.map(({ pid, status }) => ({ pid, status }))).toEqual(
      pids.map(pid => ({ pid, status: 'up' }))
    )
  })

  test('several messages are judged one after the other', async () => {
    const words = new Map<unknown, { id: string, step: number }>()
    const server = await TestServer.listen((text, socket) => {
      const spoken = words.get(socket) ?? { id: /^HELLO (.*)\n/.exec(text.toString())![1]!, step: 0 }
      words.set(socket, spoken)
      return spoken.step > 3 ? undefined : `OK ${spoken.id} ${spoken.step++}\n`
    })
    const chatty = await TestServer.listen(text =>
      text.toString().startsWith('HELLO')
        ? `OK ${text.toString().slice(6, 38)} 0\nOK ${text.toString().slice(6, 38)} 1\nOK ${
          text.toString().slice(6, 38)
        } 2\n`
        : undefined
    )
    const pong = await TestServer.listen(() => 'PONG\n')
    const told = (
      name: string,
      port: number,
      params: object,
      extension = 'dialogue'
    ): NonNullable<ConfigInput['services']>[number] =>
      ({ ...service(name, port, extension), monitors: [{ ...monitor(extension), params }] }) as unknown as NonNullable<
        ConfigInput['services']
      >[number]
    const { weir } = await start(workers, {
      extensions: of('dialogue', 'endless'),
      services: [
        told('three', server.port, {}),
        told('one', server.port, { words: 1 }),
        told('five', server.port, { words: 5 }),
        told('chatty', chatty.port, {}),
        service('endless', pong.port, 'endless')
      ]
    })
    await until(
      async () =>
        (await Promise.all(['three', 'one', 'chatty'].map(async name => (await weir.services.status(name)).value)))
          .every(value => value === 'up'),
      'three services to be up'
    )
    await until(
      async () =>
        (await weir.services.status('five')).value === 'down' &&
        (await weir.services.status('endless')).value === 'down',
      'two services to be down'
    )
    expect((await weir.services.status('five')).reason).toMatch(
      /^the probe of extension 'dialogue': no reply within [\d.]+ s while it awaited word 5$/
    )
    expect((await weir.services.status('endless')).reason).toMatch(/no verdict after 100 messages|no reply within/)
    await expect(weir.services.patch('one', { monitors: [{ ...monitor('dialogue'), params: { words: 0 } }] as never }))
      .rejects.toMatchObject({
        code: 'params-invalid',
        issues: [{ path: 'monitors[0].params.words', message: 'expected a whole number of at least 1, got 0' }]
      })
  })

  test('another version is asked from its commit on; one without a probe is refused', async () => {
    const server = await TestServer.listen(() => 'NOPE\n')
    const { weir, told } = await start(workers, { extensions: of('good'), services: [service('s', server.port)] })
    await until(() => told.length === 1, 'the service to be down')
    await expect(weir.extensions.patch('good', { source: extensions['no-probe']! })).rejects.toMatchObject({
      code: 'probe-absent',
      issues: [{
        path: 'services[0].monitors[0].extension',
        message: 'extension \'good\' has no probe; those that have: (none)'
      }]
    })
    await weir.extensions.patch('good', { source: extensions['good']!.replace('PONG', 'NOPE') })
    await until(() => told.length === 2, 'the service to be up')
    expect(told.map(({ type }) => type)).toEqual(['service-down', 'service-up'])
    await weir.extensions.rollback('good')
    await until(() => told.length === 3, 'the service to be down again')
    expect((await weir.services.status('s')).reason).toContain('judged down')
  })
})

test('a server that speaks first, and one behind TLS', async () => {
  const { cert, key } = await certificateFor('servers.test')
  const secured = createServer({ cert, key }, socket => {
    socket.on('error', () => {}).on('data', () => {
      socket.write('PONG\n')
    })
  })
  await once(secured.listen(0, '127.0.0.1'), 'listening')
  const polite = createServer({ cert, key }, socket => { socket.on('error', () => {}).write('PONG\n') })
  await once(polite.listen(0, '127.0.0.1'), 'listening')
  atEnd(() => { secured.close(); polite.close() })
  const tls = { type: 'USER_SSL_TCP' as const, tls: { serverName: 'servers.test', ca: 'authority' } }
  const { port } = secured.address() as AddressInfo
  let answered = 0
  secured.on('secureConnection', () => { answered++ })
  const { weir, told } = await start(0, {
    certkeys: [{ name: 'authority', ca: cert }],
    extensions: of('good', 'greeting-first'),
    services: [
      { ...service('secured', port), ...tls },
      { ...service('speaks-first', (polite.address() as AddressInfo).port, 'greeting-first'), ...tls },
      { ...service('distrusted', port), ...tls, tls: { serverName: 'others.test', ca: 'authority' } }
    ]
  })
  await until(() => told.length === 1 && answered > 2, 'the service that is not trusted to be down')
  expect(told).toMatchObject([{ type: 'service-down', service: 'distrusted', reason: expect.stringContaining('others.test') as string }])
  expect((await weir.services.statuses()).map(({ name, status }) => [name, status.value])).toEqual([['secured', 'up'], ['speaks-first', 'up'], ['distrusted', 'down']])
})

describe('a configuration', () => {
  const config = (monitors: object[]): ConfigInput => ({
    extensions: of('good', 'no-probe'),
    services: [{ ...service('s', 1), monitors: monitors as never }]
  })

  test.each([
    [
      'an unknown extension',
      monitor('bad'),
      'reference-unknown',
      'extension',
      'no extension \'bad\'; there are: good, no-probe'
    ],
    [
      'one without a probe',
      monitor('no-probe'),
      'probe-absent',
      'extension',
      'extension \'no-probe\' has no probe; those that have: good'
    ],
    ['no extension', { type: 'extension' }, 'config-invalid', 'extension', 'is missing; expected string'],
    [
      'another type',
      { type: 'icmp' },
      'config-invalid',
      'type',
      'expected one of tcp, tls, http, https, ws, wss, send-expect, extension, passive, named; got "icmp"'
    ]
  ])('with %s is refused', async (_what, wrong, code, field, message) => {
    const { weir } = await start(0, {})
    const issue = { code, issues: [{ path: `services[0].monitors[0].${field}`, message }] }
    await expect(weir.config.replace(config([wrong]))).rejects.toMatchObject(issue)
    await expect(weir.config.check(config([wrong]))).rejects.toMatchObject(issue)
  })

  test('holds an extension that is named by a monitor', async () => {
    const { weir } = await start(0, config([monitor('good')]))
    await expect(weir.extensions.delete('good')).rejects.toMatchObject({
      code: 'in-use',
      issues: [{ path: 'services[0].monitors[0].extension' }]
    })
  })
})
