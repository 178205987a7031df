import { afterAll, describe, expect, test } from 'vitest'
import { createRuntime } from '@weirlb/sandbox'
import { until } from '@weirlb/testing'
import { around, startEngine, TestServer } from '../support/engine-bench.ts'
import { againstTheHost, leaking, modules, overwriting, techniques } from './escape.ts'
import { HostileProcess, MAX_STALL_MS } from './hostile-process.ts'
import { harmless } from './hostile.ts'

const child = new HostileProcess()
afterAll(() => { child.end() })

/** What becomes of a technique that finds nothing. */
const plain: readonly string[] = ['forward']

describe.each(['thread', 'loop'] as const)('in mode %s', mode => {
  test.each(techniques)('$name', async ({ name, source, ends = plain, free }) => {
    const outcome = await child.try(name, { source, mode }, ends)
    // What Object.prototype was given for a token is a 5.
    if (free === undefined) expect(outcome.said).toMatch(/^5*$/)
    expect(ends).toContain(outcome.end)
    expect(outcome.stallMs).toBeLessThan(MAX_STALL_MS[mode])
    // A loop between two calls has no time-out: the next call would wait for it until it is given up.
    expect(outcome.late).not.toBe('lost')
    if (ends === plain) expect(outcome.late).toBeUndefined()
    expect(outcome).toMatchObject({ fresh: 'forward', lostThreads: 0 })
  })
})

// A technique that could not see a hole would be no test of it.
test.each(leaking)('what is there is reached: $name', async ({ name, source }) => {
  expect((await child.try(name, { source, mode: 'thread' }, plain)).said).toContain('process')
})

test.each(modules)('$name', async ({ name, source }) => {
  const outcome = await child.try(name, { source, mode: 'thread' }, [])
  expect(outcome.end).toMatch(/^extension-/)
  expect(outcome.stallMs).toBeLessThan(MAX_STALL_MS.thread)
  expect(outcome).toMatchObject({ fresh: 'forward', lostThreads: 0 })
})

test.each(againstTheHost)('the engine: $name', async ({ source }) => {
  const server = await TestServer.listen(() => 'ok\n')
  const bench = await startEngine(around(source, [server], {
    extensions: [{ name: 'ext', source }, { name: 'good', source: harmless }],
    userProtocols: [{ name: 'P', transport: 'tcp', extension: 'ext' }, { name: 'Q', transport: 'tcp', extension: 'good' }],
    userVservers: ['P', 'Q'].map((protocol, i) => ({ name: i === 0 ? 'v' : 'w', protocol, address: '127.0.0.1', port: 0, defaultLb: 'lb' }))
  }), { runtime: createRuntime() })
  const other = bench.connect('w')
  other.socket.write('one\n')
  await other.gets('ok\n')
  const bad = bench.connect()
  bad.socket.write('x\nx\n')
  await until(
    () => bad.closed || bad.text.includes('ok') || bad.received.length > 0 || server.text(1) !== '',
    'something to become of the hostile connection'
  )
  other.received = Buffer.alloc(0)
  other.socket.write('two\n')
  await other.gets('ok\n')
  expect(other.closed).toBe(false)
})

test('the engine: what gathers while the guest runs is the host\'s own, whatever the guest writes over it', async () => {
  const server = await TestServer.listen(chunk => chunk)
  const limits = { batchTimeoutMs: 5000 }
  const bench = await startEngine(
    around('', [server], { extensions: [{ name: 'ext', source: overwriting, limits }] }),
    { runtime: createRuntime() }
  )
  const [spinning, one, other] = [bench.connect(), bench.connect(), bench.connect()]
  for (const [n, client] of [spinning, one, other].entries()) {
    client.socket.write(`hello ${n}\n`)
    await client.gets(`hello ${n}\n`)
  }
  const { crossings } = bench.engine.stats().extensions['ext']!
  spinning.socket.write('spin\n')
  await until(() => bench.engine.stats().extensions['ext']!.crossings > crossings, 'the guest to run')
  one.socket.write('of one\n')
  other.socket.write('of the other\n')
  await one.gets('of one\n')
  await other.gets('of the other\n')
  await spinning.gets('spin\n')
  expect([spinning, one, other].map(client => client.text)).toEqual([
    'hello 0\nspin\n',
    'hello 1\nof one\n',
    'hello 2\nof the other\n'
  ])
  // The batch was the guest's to forge: it has seen both requests while they were gathered.
  expect(bench.engine.stats().extensions['ext']).toMatchObject({
    messages: 6,
    forwarded: 6,
    crashes: 0,
    timeouts: 0,
    lost: 0
  })
  expect(bench.engine.stats().extensions['ext']!.crossings).toBe(crossings + 2)
})
