// A server that takes connections and does not begin to answer: another gets the first message where the extension
// allows it, and new clients avoid it.
import { LocalSessionDirectory } from '@weirlb/engine'
import { TIME_SCALE, until } from '@weirlb/link/testing'
import { describe, expect, test } from 'vitest'
import { around, startEngine, TestServer } from '../support/engine-bench.ts'
import { type FakeLink, FakeTransport, turns } from '../support/fake-transport.ts'
import { lineProtocol } from '../support/line-protocol.ts'

const RESEND = "resend: 'first-message',"
const JUDGED = 'server: { framing: frame.lines({ max: 1000 }), onMessage: () => forward() },'
const REMOTE = { method: 'round-robin', persistence: { type: 'user-session' } } as const

/** A server that is to answer in time has this, in seconds: a busy machine stops for a tenth of one. */
const IN_TIME = 0.25 * TIME_SCALE

const start = async (source: string, seconds = 0.1, services = 2) => {
  const transport = new FakeTransport()
  const sessions = new LocalSessionDirectory()
  const names = Array.from({ length: services }, (_, i) => `s${i + 1}`)
  const bench = await startEngine(around(source, [], {
    services: names.map((name, i) => ({ name, address: '127.0.0.1', port: i + 1, firstReplyTimeoutSeconds: seconds })),
    lbVservers: [{ name: 'lb', services: names.map(name => ({ name })), ...REMOTE }]
  }), { transport, sessions })
  const client = transport.connect(bench.port())
  const next = async (): Promise<FakeLink> => {
    const link = transport.dials.at(-1)!.connect()
    await turns()
    return link
  }
  const says = async (text: string): Promise<FakeLink> => {
    client.gives(text)
    await turns()
    return await next()
  }
  const dialled = (count: number): Promise<void> => until(() => transport.dials.length === count, `dial ${count}`)
  const nameOf = (dial: number): string => `s${transport.dials[dial]!.options.port}`
  return { ...bench, transport, sessions, client, next, says, dialled, nameOf }
}

/** Resolves when a server that is silent from now on was given up for it, and so was each that was silent before. */
const silence = async (seconds: number): Promise<void> => {
  const { says, client } = await start(lineProtocol(), seconds, 1)
  await says('tunnel k\n')
  await until(() => client.closed !== undefined)
  await turns()
}

describe.each([
  ['tunnelled', lineProtocol(RESEND), 'tunnel k\n'],
  ['unjudged', lineProtocol(RESEND), 'hello k\n'],
  ['both sides judged', lineProtocol(RESEND + JUDGED), 'hello k\n']
])('%s', (_, source, first) => {
  test('the first message goes to another, and the service is suspect', async () => {
    const { says, next, client, dialled, nameOf, engine, log, failures, sessions } = await start(source, IN_TIME)
    const one = await says(first)
    expect(one.text).toBe(first)
    await dialled(2)
    expect([client.closed, one.closed]).toEqual([undefined, 'close'])
    const two = await next()
    expect(two.text).toBe(first)
    // What the first one says now concerns nobody.
    one.gives('late\n')
    two.gives('welcome\n')
    client.gives('more\n')
    await turns()
    expect([client.text, two.text]).toEqual(['welcome\n', `${first}more\n`])
    const [late, good] = [nameOf(0), nameOf(1)].map(name => engine.stats().services[name]!)
    expect(late).toMatchObject({ connections: 0, unanswered: 1, resent: 1, suspect: 1 })
    expect(good).toMatchObject({ connections: 1, unanswered: 0, resent: 0, suspect: 0 })
    expect(failures).toEqual([[nameOf(0), 'unanswered']])
    expect(log.lines.filter(({ level }) => level === 'warn')).toMatchObject([{
      message: 'server did not begin to answer in time',
      service: nameOf(0)
    }])
    expect(sessions.table.list({})).toMatchObject([{ key: 'k', service: nameOf(1), connections: 1 }])
    client.leave()
    await turns()
    expect(engine.connections({})).toEqual([])
  })

  test('a server that answers in time stays, however long it takes afterwards', async () => {
    const { says, client, transport, engine } = await start(source, IN_TIME)
    const one = await says(first)
    one.gives('welcome\n')
    await turns()
    await silence(IN_TIME + 0.1)
    client.gives('more\n')
    await turns()
    expect([client.text, one.text, transport.dials.length]).toEqual(['welcome\n', `${first}more\n`, 1])
    expect(engine.stats().services['s1']!.unanswered + engine.stats().services['s2']!.unanswered).toBe(0)
  })

  test('a client that has sent more is told', async () => {
    const { says, client, transport, log, nameOf, engine } = await start(source)
    const one = await says(first)
    client.gives('more\n')
    await turns()
    expect(one.text).toBe(`${first}more\n`)
    await until(() => client.closed !== undefined)
    expect(client.text).toMatch(/^goodbye dial-failed after [12]\n$/)
    expect(await log.ends()).toMatchObject([{
      reason: 'first-reply-timeout',
      detail: `service '${nameOf(0)}' sent nothing within 0.1 s`
    }])
    expect([transport.dials.length, engine.stats().services[nameOf(0)]!.unanswered]).toEqual([1, 1])
  })

  test('a client that has sent more is served by a server that answers in time', async () => {
    const { says, client, log } = await start(source, IN_TIME)
    const one = await says(first)
    client.gives('more\n')
    await turns()
    one.gives('welcome\n')
    await turns()
    client.gives('yet more\n')
    await turns()
    await silence(IN_TIME + 0.1)
    expect([client.text, one.text, client.closed]).toEqual(['welcome\n', `${first}more\nyet more\n`, undefined])
    one.leave()
    await turns()
    expect(await log.ends()).toMatchObject([{ reason: 'server-closed' }])
  })

  test('when nobody is left the client is told', async () => {
    const { says, next, client, dialled, log, failures } = await start(source)
    await says(first)
    await dialled(2)
    await next()
    await until(() => client.closed !== undefined)
    expect(client.text).toBe('goodbye dial-failed after 1\n')
    expect(await log.ends()).toMatchObject([{ reason: 'first-reply-timeout' }])
    expect(failures.map(([, failure]) => failure)).toEqual(['unanswered', 'unanswered'])
  })

  test('a client that leaves while it waits is no fault of the server', async () => {
    const { says, client, engine, failures } = await start(source, 0.2)
    await says(first)
    client.leave()
    await until(() => engine.connections({}).length === 0)
    await silence(0.3)
    expect(failures).toEqual([])
  })

  test('a client that is killed while it waits leaves nothing behind', async () => {
    const { says, client, engine, failures, transport } = await start(source, 0.2)
    await says(first)
    for (const { id } of engine.connections({})) engine.kill(id)
    await until(() => client.closed !== undefined)
    client.leave()
    await silence(0.3)
    expect([failures, transport.dials.length, engine.connections({})]).toEqual([[], 1, []])
  })
})

test('where the extension allows no resend, the client is told', async () => {
  const { says, client, transport, log } = await start(lineProtocol())
  await says('tunnel k\n')
  await until(() => client.closed !== undefined)
  expect(client.text).toBe('goodbye dial-failed after 1\n')
  expect(await log.ends()).toMatchObject([{ reason: 'first-reply-timeout' }])
  expect(transport.dials.length).toBe(1)
})

test('a client that stops in a message is no fault of the server, which has its time once that is whole', async () => {
  const source = `import { defineProtocol, forward, frame } from '@weirlb/sdk'
export default defineProtocol({ name: 'framed', api: 1, balance: 'per-connection', client: { framing: frame.length({ at: 0, size: 2, max: 99 }), peek: 3, onMessage: () => forward() } })`
  const { says, client, log, engine, failures, nameOf } = await start(source)
  const one = await says('\0\x08part')
  expect(one.text).toBe('\0\x08part')
  await silence(0.2)
  expect([failures, client.closed]).toEqual([[], undefined])
  expect(engine.stats().services[nameOf(0)]!).toMatchObject({ unanswered: 0, suspect: 0 })
  client.gives('rest')
  await turns()
  expect(one.text).toBe('\0\x08partrest')
  await until(() => client.closed !== undefined)
  expect(await log.ends()).toMatchObject([{ reason: 'first-reply-timeout' }])
})

test('0 waits for ever', async () => {
  const { says, client, transport } = await start(lineProtocol(RESEND), 0)
  const one = await says('tunnel k\n')
  await silence(0.2)
  expect([client.closed, transport.dials.length]).toEqual([undefined, 1])
  one.gives('welcome\n')
  await turns()
  expect(client.text).toBe('welcome\n')
})

test.each([['ends', (link: FakeLink) => { link.fin(); link.leave() }], ['resets', (link: FakeLink) => { link.leave({ kind: 'reset', message: 'by the test' }) }]])('a server that %s before its first byte is reported once', async (_how, end) => {
  for (const source of [lineProtocol(), lineProtocol(JUDGED), lineProtocol(RESEND)]) {
    const { says, failures, nameOf } = await start(source, 0)
    end(await says('hello k\n'))
    await turns()
    expect(failures).toEqual([[nameOf(0), 'closed']])
  }
})

test('on real sockets: clients of a server that answers nobody are all served by the other', async () => {
  const silent = await TestServer.listen(() => undefined)
  const good = await TestServer.listen(() => 'welcome\n')
  const services = [silent, good].map(({ port }, i) => ({
    name: `s${i + 1}`,
    address: '127.0.0.1',
    port,
    firstReplyTimeoutSeconds: TIME_SCALE
  }))
  const { connect, engine } = await startEngine(around(lineProtocol(RESEND), [silent, good], { services }))
  const clients = Array.from({ length: 20 }, () => connect())
  for (const [i, client] of clients.entries()) client.socket.write(`tunnel ${i}\n`)
  for (const client of clients) await client.gets('welcome\n')
  expect(engine.stats().services['s1']!.unanswered).toBeGreaterThan(5)
})

test('new clients avoid a service that was late, and a dial to it changes nothing', async () => {
  const { says, next, client, transport, dialled, nameOf, port } = await start(lineProtocol(RESEND), IN_TIME)
  await says('tunnel k\n')
  await dialled(2)
  const good = await next()
  good.gives('welcome\n')
  await turns()
  for (let i = 0; i < 6; i++) {
    transport.connect(port()).gives(`tunnel ${i}\n`)
    await turns()
    transport.dials.at(-1)!.connect().gives('welcome\n')
    await turns()
  }
  expect(transport.dials.slice(2).map((_, i) => nameOf(i + 2))).toEqual(Array(6).fill(nameOf(1)))
  expect(client.text).toBe('welcome\n')
})
