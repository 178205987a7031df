// Messages that Weir forwards by the keys that an extension declares, among others that enter the sandbox.
import type { Explanation } from '@weirlb/engine'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { around, startEngine, type EngineBench } from '../support/engine-bench.ts'
import { askedServer } from '../support/per-message-servers.ts'

const SOURCE = `
import { defineProtocol, drop, encodeUtf8, forward, frame } from '@weirlb/sdk'
export default defineProtocol({
  name: 'x', api: 1, balance: 'per-message', replies: 'in-order',
  client: {
    framing: frame.lines({ max: 1000 }),
    keys: { commands: [{ names: ['GET'], key: { element: 1 } }], hashTag: '{}', count: 'commands' },
    onMessage (line, ctx) {
      const [word, key = ''] = line.text().trim().split(' ')
      ctx.count('commands')
      ctx.count('asked')
      if (word === 'ALL') ctx.inspectAll(key === 'on')
      if (word === 'THROW') throw new Error('told to')
      if (word === 'GET' || word === 'SET') return forward({ token: key })
      ctx.reply(encodeUtf8('own ' + word + '\\n'))
      return drop()
    }
  },
  server: { framing: frame.lines({ max: 1000 }) },
  goodbye: reason => encodeUtf8('goodbye ' + reason + '\\n')
})`

const start = async (
  more: object = {}
): Promise<{ bench: EngineBench, servers: Awaited<ReturnType<typeof askedServer>>[], counts: () => unknown }> => {
  const servers = [await askedServer('one'), await askedServer('two')]
  const lb = { lbVservers: [{ name: 'lb', method: 'token', services: [{ name: 's1' }, { name: 's2' }] }] }
  const bench = await startEngine(around(SOURCE, servers.map(({ server }) => server), { ...lb, ...more }))
  const counts = (): unknown => {
    const { byKeys, messages, counters } = bench.engine.stats().extensions['ext']!
    return [byKeys, messages, { ...counters }]
  }
  return { bench, servers, counts }
}
/** A key of each server. */
const keysOf = async (bench: EngineBench): Promise<{ one: string, two: string }> => {
  const to = async (key: string): Promise<string | undefined> =>
    (await explain(bench, `GET ${key}\n`)).frames[0]!.decision?.service
  const keys = Array.from({ length: 20 }, (_, n) => `k${n}`)
  const services = await Promise.all(keys.map(to))
  return { one: keys[services.indexOf('s1')]!, two: keys[services.indexOf('s2')]! }
}
const explain = async ({ engine }: EngineBench, text: string): Promise<Explanation> =>
  await engine.explain({
    userVserver: 'v',
    bytes: Buffer.from(text),
    side: 'client',
    client: { address: '127.0.0.1', port: 50_000 }
  })

test('replies keep the order of the messages, whoever has judged them', async () => {
  const { bench, servers: [one, two], counts } = await start()
  const keys = await keysOf(bench)
  const client = bench.connect()
  const sent = [
    `GET ${keys.one}`,
    `GET ${keys.two}`,
    'PING',
    `SET ${keys.two}`,
    `GET ${keys.one}`,
    'PING',
    `GET ${keys.two}`
  ]
  client.socket.write(sent.map(line => `${line}\n`).join(''))
  await until(() => one!.asked.length === 2 && two!.asked.length === 3, 'every request')
  expect([one!.asked, two!.asked]).toEqual([[sent[0], sent[4]], [sent[1], sent[3], sent[6]]])
  two!.answer()
  one!.answer()
  await client.gets(sent[6]!)
  expect(client.text.trim().split('\n')).toEqual([
    `one ${sent[0]}`,
    `two ${sent[1]}`,
    'own PING',
    `two ${sent[3]}`,
    `one ${sent[4]}`,
    'own PING',
    `two ${sent[6]}`
  ])
  expect(counts()).toEqual([2, 5, { commands: 7, asked: 5 }])
  client.socket.write(`GET ${keys.one}\n`)
  await until(() => one!.asked.length === 3, 'one more')
  expect(counts(), 'nothing is inspected any more').toEqual([3, 5, { commands: 8, asked: 5 }])
})

test('all messages enter while the extension wants it, and where rules look at messages', async () => {
  const { bench, servers: [one], counts } = await start()
  const { one: key } = await keysOf(bench)
  const client = bench.connect()
  const send = async (line: string, expected: unknown): Promise<void> => {
    client.received = Buffer.alloc(0)
    client.socket.write(`${line}\n`)
    if (line.startsWith('GET')) await until(() => { one!.answer(); return client.text !== '' }, line)
    else await client.gets('own')
    expect(counts(), line).toEqual(expected)
  }
  await send(`GET ${key}`, [1, 0, { commands: 1 }])
  await send('ALL on', [1, 1, { commands: 2, asked: 1 }])
  await send(`GET ${key}`, [1, 2, { commands: 3, asked: 2 }])
  await send('ALL off', [1, 3, { commands: 4, asked: 3 }])
  await send(`GET ${key}`, [2, 3, { commands: 5, asked: 3 }])
  const rule = { name: 'many', expression: 'conn.messages_in gt 1000000', phase: 'message', action: 'block' }
  await bench.apply({ rules: [rule] } as object)
  await send(`GET ${key}`, [2, 4, { commands: 6, asked: 4 }])
  await bench.apply({ rules: [] })
  await send(`GET ${key}`, [3, 4, { commands: 7, asked: 4 }])
})

test('explain and traces say that the keys have decided', async () => {
  const { bench, servers: [one] } = await start()
  const { one: key } = await keysOf(bench)
  const explained = await explain(bench, `GET ${key}\nPING\nGET ${key}\n`)
  const forwards = { verdict: { op: 'forward', token: key } }
  expect(explained.frames).toMatchObject([
    { seen: false, why: 'keys', entered: 0, answer: forwards, decision: { service: 's1' } },
    { seen: true, why: 'handler', entered: 5 },
    { seen: true, why: 'handler', answer: forwards }
  ])
  expect(explained).toMatchObject({ crossings: 1, counters: { commands: 3, asked: 2 } })
  bench.engine.trace('ext', { level: 'verdicts', filter: {} })
  const client = bench.connect()
  client.socket.write(`GET ${key}\n`)
  await until(() => one!.asked.length > 0 && bench.traced.length > 0, 'a record')
  expect(bench.traced).toMatchObject([{
    call: 'keys',
    side: 'client',
    frameLength: key.length + 5,
    crossing: { calls: 0, microseconds: 0 },
    verdict: { op: 'forward', token: key },
    effects: [],
    userVserver: 'v'
  }])
  bench.engine.trace('ext', { level: 'calls', filter: { client: '127.0.0.2' } })
  client.socket.write(`GET ${key}\n`)
  await until(() => one!.asked.length === 2, 'another')
  expect(bench.traced).toHaveLength(1)
})

test('a client of which nothing was inspected gets a goodbye', async () => {
  const { bench } = await start({ lbVservers: [{ name: 'lb', method: 'token', services: [] }] })
  const client = bench.connect()
  client.socket.write('GET k\n')
  await client.closes()
  expect(client.text).toBe('goodbye no-service\n')
})
