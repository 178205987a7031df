import { createInProcessRuntime, until } from '@weirlb/testing'
import { describe, expect, test } from 'vitest'
import type { ConfigInput } from '@weirlb/model'
import type { Runtime } from '@weirlb/sdk/abi'
import { around, startEngine, TestServer, type EngineBench } from '../support/engine-bench.ts'
import { lineProtocol } from '../support/line-protocol.ts'

const source = (version: string): string => `${lineProtocol()}// ${version}`
type Extension = NonNullable<ConfigInput['extensions']>[number]
const extension = (more: Partial<Extension> = {}): Pick<ConfigInput, 'extensions'> => ({
  extensions: [{ name: 'ext', source: source('A'), ...more }]
})
const canary = (percent: number, version = 'B'): Partial<Extension> => ({
  canary: { source: source(version), percent }
})

/** An engine whose runtime counts what it loads. */
const start = async (more: Partial<Extension> = {}) => {
  const inner = createInProcessRuntime()
  const loaded = { count: 0 }
  const runtime: Runtime = { load: async (bundle, options) => { loaded.count++; return await inner.load(bundle, options) } }
  const server = await TestServer.listen(chunk => chunk)
  const bench = await startEngine({ ...around(source('A'), [server]), ...extension(more) }, { runtime })
  return { ...bench, loaded, server }
}

/** Clients that came one after the other; answers the version that each got. */
const come = async ({ connect, engine }: EngineBench, count: number): Promise<number[]> => {
  const versions: number[] = []
  const seen = new Set(engine.connections({}).map(c => c.id))
  for (let n = 0; n < count; n++) {
    const client = connect()
    client.socket.write('hello x\n')
    await client.gets('hello x\n')
    const fresh = engine.connections({}).find(c => !seen.has(c.id))!
    seen.add(fresh.id)
    versions.push(fresh.version)
  }
  return versions
}
const counts = ({ engine }: EngineBench): number[][] =>
  Object.values(engine.stats().extensions['ext']!.versions).map(({ accepted, connections }) => [accepted, connections])

describe('a canary', () => {
  test('gets exactly its share of new connections, spread evenly', async () => {
    const bench = await start(canary(10))
    const versions = await come(bench, 100)
    const [stable, tried] = [versions[0]!, versions[9]!]
    expect(versions).toEqual(Array.from({ length: 100 }, (_, n) => n % 10 === 9 ? tried : stable))
    expect(counts(bench)).toEqual(expect.arrayContaining([[90, 90], [10, 10]]))
  })

  test.each([[1, 0], [33, 6], [50, 10], [67, 13], [99, 19], [100, 20]])(
    'of %s percent gets %d of 20',
    async (percent, share) => {
      const bench = await start(canary(percent))
      const versions = await come(bench, 20)
      expect(versions.filter(v => v === Math.max(...versions)).length % 20).toBe(share % 20)
    }
  )

  test('changes its share without loading anything, keeps its clients when it becomes the version, and loses none when it is ended', async () => {
    const bench = await start(canary(50))
    expect(bench.loaded.count).toBe(2)
    const [a, b] = await come(bench, 2)
    await bench.apply(extension(canary(100)))
    expect(await come(bench, 2)).toEqual([b, b])
    await bench.apply(extension({ source: source('B') }))
    expect(bench.loaded.count).toBe(2)
    expect(await come(bench, 2)).toEqual([b, b])
    expect(bench.engine.connections({}).map(c => c.version)).toEqual([a, b, b, b, b, b])

    await bench.apply(extension({ source: source('B'), ...canary(100, 'C') }))
    const [c] = await come(bench, 1)
    expect([a, b]).not.toContain(c)
    await bench.apply(extension({ source: source('B') }))
    expect(await come(bench, 1)).toEqual([b])
    expect(bench.engine.connections({}).map(c => c.version)).toEqual([a, b, b, b, b, b, c, b])
    expect(bench.log.closed).toEqual([])
  })

  test('that does not load, or whom the parameters do not fit, changes nothing', async () => {
    const withParam = `${lineProtocol("params: { n: { type: 'int', default: 1 } },")}`
    const bench = await start({ source: withParam })
    await bench.apply({ userVservers: [{ name: 'v', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb', params: { n: 2 } }] })
    await expect(bench.apply(extension({ source: withParam, canary: { source: 'throw new Error("no")', percent: 10 } }))).rejects.toMatchObject({ code: 'extension-load' })
    await expect(bench.apply(extension({ source: withParam, ...canary(10) }))).rejects.toMatchObject({ code: 'params-invalid', message: expect.stringContaining("user vserver 'v', for the canary: ") as string })
    expect(await come(bench, 10)).toEqual(Array(10).fill((await come(bench, 1))[0]))
  })
})

test('an old version goes when its last connection ends', async () => {
  const bench = await start()
  const first = bench.connect()
  first.socket.write('hello x\n')
  await first.gets('hello x\n')
  await bench.apply(extension({ source: source('B') }))
  const up = (): number => bench.engine.stats().extensions['ext']!.up
  expect(up()).toBe(2)
  first.socket.end()
  await until(() => up() === 1, 'the old version to be gone')
})

test('a version that came back is up once in a process, whatever its old connections have', async () => {
  const bench = await start()
  const [a] = await come(bench, 1)
  await bench.apply(extension({ source: source('B') }))
  await bench.apply(extension())
  expect(await come(bench, 1)).toEqual([a])
  expect(bench.engine.stats().extensions['ext']!.versions[a!]).toMatchObject({ up: 1, down: 0, connections: 2 })
})

test('limits that apply to running code load nothing; a heap of another size does, and keeps the version', async () => {
  const bench = await start()
  const [before] = await come(bench, 1)
  await bench.apply(
    extension({ limits: { batchTimeoutMs: 50, heldBytes: 8192 }, strikes: { failures: 1 }, failOpen: true })
  )
  expect(bench.loaded.count).toBe(1)
  await bench.apply(extension({ limits: { heapMb: 32 } }))
  expect([bench.loaded.count, await come(bench, 1)]).toEqual([2, [before]])
})

test('what was used of a budget is in the statistics', async () => {
  const bench = await start({ limits: { heldBytes: 4096 } })
  const client = bench.connect()
  client.socket.write(`hello ${'k'.repeat(200)}\n`)
  await client.gets('k\n')
  client.socket.write(`reply ${'r'.repeat(300)}\nunfinished`)
  await client.gets('r\n')
  const stats = bench.engine.stats().extensions['ext']!
  // Token and session, which are one key and count once, a field, and a field that is secret.
  expect(stats.originatedBytesPeak).toBe(2 * 200 + 'hunter2'.length)
  expect(stats.heldBytesPeak).toBeGreaterThanOrEqual(207)
  await until(
    () => bench.engine.stats().extensions['ext']!.heldBytes === 'unfinished'.length,
    'the unfinished line to be held'
  )
  expect(stats.batchMsPeak).toBeGreaterThan(0)
  expect(stats.heapBytesPeak).toBeGreaterThan(0)
  expect(stats).toMatchObject({ strikes: 0, downUntil: 0, failedOpen: 0 })
})

test('a message that originates more than it may has used all of that budget; the text of an error is no part of it', async () => {
  const bench = await start({ limits: { originatedBytes: 1024 } })
  const peak = (): number => bench.engine.stats().extensions['ext']!.originatedBytesPeak
  for (const bad of ['throw', 'malformed', 'garbage explode']) {
    const client = bench.connect()
    client.socket.write(`${bad}\n`)
    await client.closes()
  }
  // Their last words are all that was originated: `goodbye extension-error after 1`.
  expect(peak()).toBeLessThan(40)
  const client = bench.connect()
  client.socket.write(`hello ${'k'.repeat(600)}\n`)
  await client.closes()
  expect(peak()).toBe(1024)
})
