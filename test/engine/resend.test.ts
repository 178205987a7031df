// A server that takes a connection and closes it before its first byte has said nothing: where the extension allows
// it, another gets the first message.
import { LocalSessionDirectory } from '@weirlb/engine'
import type { ConfigInput } from '@weirlb/model'
import { until } from '@weirlb/testing'
import { describe, expect, test } from 'vitest'
import { around, startEngine, TestServer } from '../support/engine-bench.ts'
import { type FakeLink, FakeTransport, turns } from '../support/fake-transport.ts'
import { lineProtocol } from '../support/line-protocol.ts'

const RESET = { kind: 'reset', message: 'by the test' } as const
const RESEND = "resend: 'first-message',"
const JUDGED = 'server: { framing: frame.lines({ max: 1000 }), onMessage: () => forward() },'

const start = async (source: string, services = 2, more: Partial<ConfigInput> = {}) => {
  const transport = new FakeTransport()
  const sessions = new LocalSessionDirectory()
  const servers = Array.from({ length: services }, (_, i) => ({ port: i + 1 }))
  const bench = await startEngine(around(source, servers, more), { transport, sessions })
  const client = transport.connect(bench.port())
  /** The client says this, and the service that it is sent to takes the connection. */
  const says = async (text: string): Promise<FakeLink> => {
    client.gives(text)
    await turns()
    return await next()
  }
  const next = async (): Promise<FakeLink> => {
    const link = transport.dials.at(-1)!.connect()
    await turns()
    return link
  }
  const ports = (): number[] => transport.dials.map(({ options }) => options.port)
  return { ...bench, transport, sessions, client, says, next, ports }
}

const ends: Record<string, (link: FakeLink) => void> = {
  ends: link => { link.fin() },
  resets: link => { link.leave(RESET) },
  closes: link => { link.leave() }
}

describe.each([
  ['tunnelled', lineProtocol(RESEND), 'tunnel k\n'],
  ['unjudged', lineProtocol(RESEND), 'hello k\n'],
  ['both sides judged', lineProtocol(RESEND + JUDGED), 'hello k\n']
])('%s', (_, source, first) => {
  test.each(Object.entries(ends))(
    'a server that %s before its first byte is followed by another',
    async (_how, end) => {
      const { says, next, client, ports, sessions, engine, log } = await start(source)
      const one = await says(first)
      expect(one.text).toBe(first)
      end(one)
      await turns()
      expect(client.closed).toBe(undefined)
      const two = await next()
      expect(two.text).toBe(first)
      expect(new Set(ports()).size).toBe(2)
      two.gives('welcome\n')
      client.gives('more\n')
      await turns()
      expect([client.text, two.text]).toEqual(['welcome\n', `${first}more\n`])
      const [left, right] = ports().map(port => engine.stats().services[`s${port}`]!)
      expect([left!.connections, left!.resent, right!.connections, right!.resent]).toEqual([0, 1, 1, 0])
      expect(sessions.table.list({})).toMatchObject([{ key: 'k', service: `s${ports()[1]}`, connections: 1 }])
      expect(log.lines.filter(({ level }) => level === 'warn')).toMatchObject([{
        message: 'server closed before its first byte',
        service: `s${ports()[0]}`
      }])
      two.leave()
      await turns()
      client.leave()
      await turns()
      expect(engine.connections({})).toEqual([])
    }
  )

  test('not once it has said something', async () => {
    const { says, client, transport, log } = await start(source)
    const one = await says(first)
    one.gives('welcome\n')
    one.leave(RESET)
    await turns()
    expect([transport.dials.length, client.text.startsWith('welcome\n')]).toEqual([1, true])
    expect(await log.ends()).toMatchObject([{ reason: 'server-reset' }])
  })

  test('not once it was sent more than the first message', async () => {
    const { says, client, transport, log } = await start(source)
    const one = await says(first)
    client.gives('more\n')
    await turns()
    expect(one.text).toBe(`${first}more\n`)
    one.leave(RESET)
    await turns()
    expect(transport.dials.length).toBe(1)
    expect(await log.ends()).toMatchObject([{ reason: 'server-reset' }])
  })

  test('not what came together with the first message', async () => {
    const { says, transport } = await start(source)
    const one = await says(`${first}more\n`)
    expect(one.text).toBe(`${first}more\n`)
    one.leave(RESET)
    await turns()
    expect(transport.dials.length).toBe(1)
  })

  test.each(Object.entries(ends))('when nobody is left, the last one that %s is what ended it', async (how, end) => {
    const { says, next, client, transport, log } = await start(source, 3)
    end(await says(first))
    await turns()
    for (let left = 2; left > 0; left--) {
      const link = await next()
      expect(link.text).toBe(first)
      end(link)
      await turns()
    }
    expect([transport.dials.length, client.closed]).toEqual([3, 'close'])
    expect(client.text).toBe(how === 'resets' ? 'goodbye service-down after 1\n' : '')
    expect(await log.ends()).toMatchObject([{ reason: how === 'resets' ? 'server-reset' : 'server-closed' }])
  })

  test('a dial that fails behind it goes on to the next', async () => {
    const { says, next, transport } = await start(source, 3)
    ;(await says(first)).leave(RESET)
    await turns()
    transport.dials.at(-1)!.fail()
    await turns()
    expect((await next()).text).toBe(first)
    expect(transport.dials.length).toBe(3)
  })

  test('the end of a client that has ended goes with its first message', async () => {
    const { says, next, client } = await start(source)
    const one = await says(first)
    client.fin()
    await turns()
    expect(one.ended).toBe(true)
    one.leave(RESET)
    await turns()
    const two = await next()
    expect([two.text, two.ended]).toEqual([first, true])
    two.gives('welcome\n')
    await turns()
    expect(client.text).toBe('welcome\n')
  })

  test('a client that is killed or gone meanwhile leaves nothing behind', async () => {
    const { says, client, transport, engine, sessions } = await start(source)
    ;(await says(first)).leave(RESET)
    await turns()
    for (const { id } of engine.connections({})) engine.kill(id)
    await turns()
    client.leave()
    await turns()
    expect(transport.dials.at(-1)!.cancelled).toBe(true)
    expect(engine.connections({})).toEqual([])
    expect(sessions.table.list({}).filter(({ connections }) => connections > 0)).toEqual([])
  })
})

test('an extension that does not allow it has it with nobody else', async () => {
  const { says, transport, log } = await start(lineProtocol())
  ;(await says('tunnel k\n')).leave(RESET)
  await turns()
  expect(transport.dials.length).toBe(1)
  expect(await log.ends()).toMatchObject([{ reason: 'server-reset' }])
})

test('on real sockets: clients of a server that resets each of them are all served by the other', async () => {
  const bad = await TestServer.listen((_, socket) => { socket.resetAndDestroy(); return undefined })
  const good = await TestServer.listen(() => 'welcome\n')
  const { connect, engine } = await startEngine(around(lineProtocol(RESEND), [bad, good]))
  const clients = Array.from({ length: 30 }, () => connect())
  for (const [i, client] of clients.entries()) client.socket.write(`tunnel ${i}\n`)
  for (const client of clients) await client.gets('welcome\n')
  expect(bad.sockets.length).toBeGreaterThan(5)
  expect(engine.stats().services['s1']!.resent).toBe(bad.sockets.length)
  await until(() => engine.stats().services['s1']!.connections === 0, 'its connections to be over')
})
