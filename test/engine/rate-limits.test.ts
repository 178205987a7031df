// Rate limits in the engine, with extensions of which the tests know every byte.
import { expect, test } from 'vitest'
import type { RateLimit } from '@weirlb/model'
import type { SharedCount } from '@weirlb/engine'
import { until } from '@weirlb/testing'
import { around, type EngineBench, startEngine, TestServer } from '../support/engine-bench.ts'

type LimitInput = Partial<RateLimit> & Pick<RateLimit, 'name' | 'counts' | 'limit' | 'action'>

/** Lines: the first word is a field of the message, a number behind it what the line costs. */
const lines = `
import { defineProtocol, encodeUtf8, forward, frame } from '@weirlb/sdk'
export default defineProtocol({
  name: 'lines', api: 1, balance: 'per-connection',
  fields: { word: 'string', user: 'string', answer: 'string' }, messageFields: ['word', 'answer'],
  state: () => ({ named: false }),
  client: { framing: frame.lines({ max: 2000 }), onMessage (message, ctx) {
    const [word = '', cost] = message.text().trimEnd().split(' ')
    ctx.set('word', word)
    if (cost !== undefined) ctx.cost(Number(cost))
    if (ctx.state.named) ctx.refusal(encodeUtf8('refused\\n'))
    else ctx.set('user', word)
    ctx.state.named = true
    return forward()
  } },
  server: { framing: frame.lines({ max: 2000 }), onMessage (message, ctx) { ctx.set('answer', message.text().trimEnd()); return forward() } },
  goodbye: reason => encodeUtf8('bye ' + reason + '\\n')
})`

const start = async (
  rateLimits: readonly LimitInput[], answer: (chunk: Buffer) => string | Buffer = chunk => chunk,
  options: Parameters<typeof startEngine>[1] = {}
): Promise<{ bench: EngineBench, server: TestServer }> => {
  const server = await TestServer.listen(answer)
  const bench = await startEngine(around(lines, [server], { rateLimits: rateLimits as RateLimit[] }), options)
  return { bench, server }
}

test('messages over the limit are refused alone, each counter for itself, and simulated limits only count', async () => {
  const { bench } = await start([
    { name: 'words', counts: 'messages', by: ['user', 'word'], limit: 2, periodSeconds: 600, action: 'block' },
    { name: 'all', counts: 'messages', by: [], limit: 1, periodSeconds: 600, action: 'block', state: 'simulated' }
  ])
  const [a, b] = [bench.connect(), bench.connect()]
  a.socket.write('ann\nx\nx\nx\ny\n')
  await a.gets('y\n')
  expect(a.text.split('\n').sort()).toEqual(['', 'ann', 'refused', 'x', 'x', 'y'])
  b.socket.write('bob\nx\n')
  await b.gets('x\n')
  expect(b.text).toBe('bob\nx\n')
  expect(bench.engine.stats().rateLimits).toMatchObject({
    words: { counted: 6, over: 1, blocked: 1, keys: 5, evicted: 0 }, all: { counted: 1, over: 5, blocked: 0 }
  })
  await until(() => bench.decisions.some(({ name }) => name === 'words'), 'the decisions')
  expect(bench.decisions[0]).toMatchObject({
    kind: 'rate-limit', name: 'all', action: 'block', simulated: true, fields: { key: '', limit: 1 }
  })
  // What extensions publish may be for rules alone.
  expect(bench.decisions.find(({ name }) => name === 'words')!.fields['key']).toMatch(
    /^sha256:[0-9a-f]{16}, sha256:[0-9a-f]{16}$/
  )
})

test('first messages over the limit end the client in the words of its protocol, connections without any', async () => {
  const { bench } = await start([
    { name: 'firsts', counts: 'first-messages', by: ['user'], limit: 1, periodSeconds: 600, action: 'block' },
    {
      name: 'connections', counts: 'connections', by: ['ip.src'], limit: 3, periodSeconds: 600, timeoutSeconds: 600,
      action: 'block'
    }
  ])
  const clients = []
  for (const name of ['ann', 'ann', 'bob']) {
    const client = bench.connect()
    clients.push(client)
    client.socket.write(`${name}\n`)
    await until(() => client.text.includes('\n'), 'an answer')
  }
  expect(clients.map(({ text }) => text)).toEqual(['ann\n', 'bye rate-limit\n', 'bob\n'])
  const fourth = bench.connect()
  await fourth.closes()
  expect(fourth.text).toBe('')
  expect(bench.engine.stats().userVservers['v']!.closed['rate-limit']).toBe(2)
})

test('replies are counted, and ban: the client that reached the limit stays, its address is refused before a byte is read', async () => {
  const { bench } = await start(
    [{
      name: 'failures', counts: 'messages', counting: 'answer eq "no"', limit: 2, periodSeconds: 600,
      timeoutSeconds: 600, action: 'ban'
    }],
    () => 'no\n'
  )
  const client = bench.connect()
  for (let n = 1; n <= 3; n++) {
    client.socket.write('try\n')
    await until(() => client.text.length === 3 * n, 'an answer')
  }
  expect(bench.banned).toEqual(['127.0.0.1'])
  const next = bench.connect()
  await next.closes()
  expect(bench.engine.stats().userVservers['v']!.closed).toEqual({ banned: 1 })
  expect(bench.engine.stats().rateLimits['failures']).toMatchObject({ counted: 3, over: 1, banned: 1 })
  bench.engine.unban(['127.0.0.1'])
  const again = bench.connect()
  again.socket.write('x\n')
  await again.gets('no\n')
  // Its counter is over the limit still.
  expect(bench.banned).toEqual(['127.0.0.1', '127.0.0.1'])
  bench.engine.unban(undefined)
  await bench.apply({ rateLimits: [] })
  const last = bench.connect()
  last.socket.write('x\n')
  await until(() => last.text === 'no\n' || last.closed, 'an answer')
  expect(bench.engine.stats().rateLimits).toEqual({})
})

test('a flood is read no faster than the limit allows: nothing is lost, nothing piles up, and the end comes after it', async () => {
  const { bench, server } = await start(
    [{ name: 'pace', counts: 'messages', by: ['conn.id'], limit: 100, periodSeconds: 1, action: 'throttle' }], () => ''
  )
  const client = bench.connect()
  client.socket.write('hello\n')
  await until(() => server.text().includes('hello\n'), 'the first message')
  const begun = performance.now()
  const flood = Array.from({ length: 400 }, (_, n) => `line${n}${'.'.repeat(1500)}\n`).join('')
  client.socket.end(flood)
  await until(() => server.ended[0] === true, 'the end')
  expect(performance.now() - begun).toBeGreaterThan(2500)
  expect(server.text() === `hello\n${flood}`).toBe(true)
  expect(bench.engine.stats().extensions['ext']!.heldBytesPeak).toBeLessThan(256 * 1024)
  expect(bench.engine.stats().rateLimits['pace']).toMatchObject({ counted: 401, keys: 1 })
  expect(bench.engine.stats().rateLimits['pace']!.throttled).toBeGreaterThan(10)
})

test('clients that share a counter share its rate, and a client that ends first loses nothing', async () => {
  const { bench, server } = await start(
    [{ name: 'pace', counts: 'cost', by: [], limit: 50, periodSeconds: 1, action: 'throttle' }], () => ''
  )
  const begun = performance.now()
  const clients = ['a', 'b', 'c'].map(name => {
    const client = bench.connect()
    client.socket.end(Array.from({ length: 10 }, (_, n) => `${name}${n} 10\n`).join(''))
    return client
  })
  await until(() => server.ended.filter(Boolean).length === 3, 'all ends')
  // 300 at 50 a second, of which 50 pass at once, and what was inspected already.
  expect(performance.now() - begun).toBeGreaterThan(3000)
  for (const n of [0, 1, 2]) expect(server.text(n)).toBe(
    Array.from({ length: 10 }, (_, i) => `${server.text(n)[0]}${i} 10\n`).join('')
  )
  for (const client of clients) await client.closes()
  expect(bench.engine.stats().rateLimits['pace']).toMatchObject({ counted: 300, keys: 1 })
})

test('a limit on bytes counts whole frames', async () => {
  const { bench } = await start([{ name: 'bytes', counts: 'bytes', limit: 20, periodSeconds: 600, action: 'block' }])
  const client = bench.connect()
  client.socket.write('123456789\n123456789\n1\n')
  await client.gets('refused\n')
  expect(bench.engine.stats().rateLimits['bytes']).toMatchObject({ counted: 20, over: 1 })
})

test('two processes hold one limit together, but for what each keeps to itself and counts before it hears of the other', async () => {
  const told: SharedCount[][] = [[], []]
  const benches: EngineBench[] = []
  for (const n of [0, 1]) {
    const { bench } = await start([{
      name: 'all', counts: 'messages', by: ['word'], limit: 10, periodSeconds: 600, timeoutSeconds: 600, action: 'block'
    }], chunk => chunk, {
      shareCounts: counts => {
        told[n]!.push(...counts)
        benches[1 - n]?.engine.tellCounted(structuredClone(counts) as SharedCount[])
      }
    })
    benches.push(bench)
  }
  const clients = benches.map(bench => bench.connect())
  const counted = (n: number): number => told[n]!.reduce((sum, { amount }) => sum + amount, 0)
  for (let n = 0; n < 10; n++) {
    clients[n % 2]!.socket.write('x\n')
    await until(() => counted(0) + counted(1) === n + 1, 'the other to be told')
  }
  clients[0]!.socket.write('x\n')
  clients[1]!.socket.write('x\n')
  for (const client of clients) await client.gets('refused\n')
  expect(benches.map(bench => bench.engine.stats().rateLimits['all']!.counted)).toEqual([5, 5])
  // Its action goes on in both.
  await until(() => [...told[0]!, ...told[1]!].some(({ untilMs }) => untilMs > 0), 'the word of it')
  // What is not configured is left out.
  benches[0]!.engine.tellCounted([{ limit: 'gone', key: 'x', amount: 1, untilMs: 0 }])
})

test('what was counted stays when a limit changes, and not when it means something else', async () => {
  const limit: LimitInput = { name: 'l', counts: 'messages', by: [], limit: 2, periodSeconds: 600, action: 'block' }
  const { bench } = await start([limit])
  const client = bench.connect()
  client.socket.write('1\n2\n3\n')
  await client.gets('refused\n')
  await bench.apply({ rateLimits: [{ ...limit, limit: 3 }] })
  client.socket.write('4\n5\n')
  await until(() => client.text.split('refused').length === 3, 'the second refusal')
  await client.gets('4\n')
  await bench.apply({ rateLimits: [{ ...limit, by: ['word'] }] })
  client.socket.write('6\n')
  await client.gets('6\n')
})

test('a rule throttles the messages of each connection to which it applies', async () => {
  const server = await TestServer.listen(() => '')
  const bench = await startEngine(
    around(
      lines, [server],
      { rules: [{ name: 'slow', expression: 'word eq "x"', action: 'throttle', messagesPerSecond: 20 }] }
    )
  )
  const client = bench.connect()
  client.socket.write('hello\n')
  await until(() => server.text() !== '', 'the first message')
  const begun = performance.now()
  for (let n = 0; n < 60; n++) {
    client.socket.write('x\n')
    await until(() => server.text().length === 6 + 2 * (n + 1), 'the next message')
  }
  // 20 at once, and 40 at 20 a second.
  expect(performance.now() - begun).toBeGreaterThan(1700)
  const free = bench.connect()
  free.socket.write('y\n'.repeat(200))
  await until(() => server.text(1).length === 400, 'the others')
  expect(bench.engine.stats().rules['slow']).toMatchObject({ matched: 60, blocked: 0 })
})

test('a rule bans whom it blocks', async () => {
  const { bench } = await start([])
  await bench.apply({
    rules: [
      { name: 'trap', expression: 'word eq "trap"', action: 'ban', banSeconds: 600 },
      { name: 'mild', expression: 'word eq "x"', action: 'ban', banSeconds: 600, state: 'simulated' }
    ]
  })
  const client = bench.connect()
  client.socket.write('x\n')
  await client.gets('x\n')
  client.socket.write('trap\n')
  await client.closes()
  expect(client.text).toBe('x\nbye rule\n')
  await bench.connect().closes()
  expect(bench.banned).toEqual(['127.0.0.1'])
  expect(bench.engine.stats().userVservers['v']!.closed).toEqual({ banned: 2 })
})

test('a throttle that is taken away lets its client go on at once', async () => {
  const { bench, server } = await start(
    [{ name: 'pace', counts: 'messages', by: [], limit: 1, periodSeconds: 30, action: 'throttle' }], () => ''
  )
  const client = bench.connect()
  client.socket.write('1\n2\n3\n4\n')
  await until(() => server.text().includes('1\n'), 'the first line')
  await bench.apply({ rateLimits: [] })
  await until(() => server.text().endsWith('4\n'), 'the last line')
})
