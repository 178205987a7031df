// What one client makes the extension do costs that client its connection, and nobody else: in both modes of the
// sandbox.
import type { ExtensionStats } from '@weirlb/engine'
import { createRuntime } from '@weirlb/sandbox'
import { TIME_SCALE, until } from '@weirlb/testing'
import { describe, expect, test } from 'vitest'
import { around, loopUntil, startEngine, TestClient, TestServer } from '../support/engine-bench.ts'
import { keepBusy } from '../support/keep-busy.ts'

/** Says how many lines of its client it has seen; `burn N` takes N ms, `bad N` is malformed after as long. */
const COUNTING = `import { defineProtocol, drop, encodeUtf8, forward, frame, Malformed } from '@weirlb/sdk'
  const burn = (ms: number) => { for (const end = Date.now() + ms; Date.now() < end;); }
  export default defineProtocol({ name: 'counting', api: 1, balance: 'per-connection', state: () => ({ lines: 0 }),
    onConnect: ctx => { if (ctx.client.address === '127.0.0.66') for (;;); },
    client: { framing: frame.lines({ max: 99 }),
      onMessage (message, ctx) {
        ctx.state.lines++
        ctx.count('lines')
        const [word, rest] = message.text().trim().split(' ')
        if (word === 'loop') for (;;);
        if (word === 'flood') { const more = async (): Promise<void> => { for (;;) await null }; void more() }
        if (word === 'burn' || word === 'bad') burn(Number(rest))
        if (word === 'bad') throw new Malformed('bad ' + rest)
        if (word === 'eat') { const all: unknown[] = []; for (;;) all.push(new Array(1000).fill(1.5)) }
        ctx.reply(encodeUtf8(word + ' ' + ctx.state.lines + '\\n'))
        return drop()
      } },
    goodbye: (reason, ctx) => encodeUtf8('goodbye ' + reason + ' after ' + ctx.state.lines + '\\n') })`

describe.each(['thread', 'loop'] as const)('in mode %s', mode => {
  const start = async (extension = {}) => {
    const server = await TestServer.listen(chunk => chunk)
    const bench = await startEngine(
      around(COUNTING, [server], {
        extensions: [{ name: 'ext', source: COUNTING, trusted: mode === 'loop', ...extension }],
        // Nothing is forwarded here.
        userVservers: [{
          name: 'v',
          protocol: 'P',
          address: '127.0.0.1',
          port: 0,
          defaultLb: 'lb',
          limits: { firstMessageTimeoutSeconds: 600 }
        }]
      }),
      { runtime: createRuntime() }
    )
    const stats = (): ExtensionStats => bench.engine.stats().extensions['ext']!
    const clients = async (count: number): Promise<TestClient[]> => {
      const all = Array.from({ length: count }, () => bench.connect())
      for (const client of all) client.socket.write('one\n')
      for (const client of all) await client.gets('one 1\n')
      return all
    }
    const all = async (clients: readonly TestClient[], line: string, answer: string): Promise<void> => {
      for (const client of clients) client.socket.write(`${line}\n`)
      for (const client of clients) await client.gets(answer)
    }
    return { ...bench, stats, clients, all }
  }

  test('a message that loops ends its connection, with last words, and the other 200 go on with what the guest knows of them', async () => {
    const { stats, clients, all, connect, log } = await start({ limits: { batchTimeoutMs: 50 } })
    const others = await clients(200)
    const hostile = connect()
    hostile.socket.write('one\nloop\nnot looked at\n')
    for (const other of others) other.socket.write('two\n')
    await hostile.closes()
    expect(hostile.text).toBe('one 1\ngoodbye extension-error after 2\n')
    for (const other of others) await other.gets('two 2\n')
    await all(others, 'three', 'three 3\n')
    expect(await log.ends()).toMatchObject([{
      reason: 'extension-error',
      detail: expect.stringMatching(
        /^(it ran longer than its limit \(batchTimeoutMs\)|the machine was too busy: .*) \(ext\.ts:10:\d+\)$/
      ) as string
    }])
    expect(log.lines.filter(l => l.level === 'error')).toMatchObject([{
      message: expect.stringMatching(/^a message was stopped/) as string,
      extension: 'ext',
      connection: log.closed[0]!['connection']
    }])
    const { timeouts, starved, strikes } = stats()
    expect(timeouts + starved).toBe(1)
    expect(strikes).toBe(timeouts)
    expect(stats()).toMatchObject({ up: 1, rebuilds: 0, crashes: 0, lost: 0 })
    // What was counted before the cut is not lost with it.
    expect(stats().counters['lines']).toBe(200 * 3 + 1)
  })

  test('a peer whose bytes are cut over and over gives one strike; others give theirs', async () => {
    const { stats, clients, all, port, states } = await start({
      limits: { batchTimeoutMs: 20 },
      strikes: { failures: 3, windowSeconds: 600, downSeconds: 0.1 }
    })
    const others = await clients(5)
    const loops = async (from: string): Promise<void> => {
      const client = new TestClient(port(), { from })
      client.socket.write('loop\n')
      await client.closes()
    }
    for (let n = 0; n < 4 || stats().timeouts < 4; n++) await loops('127.0.0.2')
    expect(stats()).toMatchObject({ up: 1, strikes: 1 })
    expect(await loopUntil(port(), () => states.includes('down'))).toBeGreaterThanOrEqual(2)
    // Those that it serves stay, and it is back for new ones without being loaded again.
    await all(others, 'two', 'two 2\n')
    await until(() => states.at(-1) === 'up', 'it to be back')
    await clients(1)
    await all(others, 'three', 'three 3\n')
    expect(stats()).toMatchObject({ up: 1, down: 0, rebuilds: 0 })
  })

  test('onConnect that loops costs its client alone', async () => {
    const { clients, all, port, stats } = await start({ limits: { batchTimeoutMs: 20 } })
    const others = await clients(5)
    const hostile = new TestClient(port(), { from: '127.0.0.66' })
    await hostile.closes()
    await all(others, 'two', 'two 2\n')
    expect(stats().timeouts + stats().starved).toBe(1)
    expect(stats().rebuilds).toBe(0)
  })

  test('promises without end are found at the second try, among many', async () => {
    const { clients, all, connect, stats } = await start({ limits: { batchTimeoutMs: 50 } })
    const others = await clients(20)
    const hostile = connect()
    hostile.socket.write('one\n')
    await hostile.gets('one 1\n')
    let lines = 1
    while (!hostile.closed && lines < 10) {
      const cuts = stats().timeouts + stats().starved
      for (const other of others) other.socket.write('again\n')
      hostile.socket.write('flood\n')
      for (const other of others) other.socket.write('again\n')
      lines += 2
      for (const other of others) await other.gets(`again ${lines}\n`)
      // One that was alone in its run at the first try is answered, found, and closed a turn later.
      await until(() => hostile.closed || stats().timeouts + stats().starved > cuts, 'the flood to be cut')
      await until(
        () => hostile.closed || hostile.text.includes(`flood ${(lines + 1) / 2}\n`),
        'the hostile client to be answered or closed'
      )
      if (lines > 3) await hostile.closes()
    }
    expect(stats().timeouts + stats().starved).toBeLessThanOrEqual(2)
    await all(others, 'on', `on ${lines + 1}\n`)
    expect(stats()).toMatchObject({ up: 1, rebuilds: 0 })
  })

  test('many messages that each take a while are no message that takes too long', async () => {
    const { clients, all, stats } = await start({ limits: { batchTimeoutMs: 100 * TIME_SCALE } })
    const others = await clients(40)
    await all(others, 'burn 10', 'burn 2\n')
    expect(stats()).toMatchObject({ timeouts: 0, starved: 0, strikes: 0, rebuilds: 0 })
  })

  test('on a busy machine a burst of malformed messages ends those that sent them, and nobody else', async () => {
    const { clients, all, stats, log } = await start()
    keepBusy(8, 30_000)
    const others = await clients(200)
    const hostile = await clients(60)
    for (let n = 2; n < 5; n++) {
      for (const client of hostile.splice(0, 20)) client.socket.write('bad 8\nbad 8\n')
      await all(others, 'on', `on ${n}\n`)
    }
    expect(log.lines.filter(l => l.level === 'error')).toEqual([])
    const ends = await log.ends(60)
    expect([...new Set(ends.map(l => l['reason']))]).toEqual(['protocol-error'])
    expect(stats()).toMatchObject({ up: 1, timeouts: 0, starved: 0, strikes: 0, rebuilds: 0, lost: 0 })
  })
})
