// How guests fail, as the statistics of an extension have it, in both modes of the sandbox.
import { createRuntime } from '@weirlb/sandbox'
import { until } from '@weirlb/testing'
import { describe, expect, test } from 'vitest'
import type { ExtensionStats } from '@weirlb/engine'
import { cutInLoop } from '../runtime/hostile.ts'
import { around, startEngine, TestServer } from '../support/engine-bench.ts'
import { lineProtocol } from '../support/line-protocol.ts'

describe.each(['thread', 'loop'] as const)('in mode %s', mode => {
  const start = async (source: string, limits = {}) => {
    const server = await TestServer.listen(chunk => chunk)
    const bench = await startEngine(
      around(source, [server], { extensions: [{ name: 'ext', source, trusted: mode === 'loop', limits }] }),
      { runtime: createRuntime() }
    )
    const stats = (): ExtensionStats => bench.engine.stats().extensions['ext']!
    return { ...bench, server, stats }
  }

  test('a guest that loops is a time-out, one that answers what the guest loop never does is a crash, and none is lost', async () => {
    const looping = await start(lineProtocol(), { batchTimeoutMs: 20 })
    looping.connect().socket.write('loop\n')
    await until(() => looping.stats().timeouts + looping.stats().starved === 1, 'the loop to be cut')
    expect(looping.stats()).toMatchObject({ crashes: 0, memoryKills: 0, lost: 0, throws: 0 })

    const crashing = await start(cutInLoop.find(({ name }) => name === 'makes no progress')!.source)
    crashing.connect().socket.write('x\n')
    await until(() => crashing.stats().crashes === 1, 'the crash to be counted')
    expect(crashing.stats()).toMatchObject({ timeouts: 0, memoryKills: 0, lost: 0, throws: 0 })
  })

  test('each function counts its calls, those without a result, and those that were stopped', async () => {
    const source = `import { defineProtocol, forward, frame, Malformed } from '@weirlb/sdk'
      export default defineProtocol({ name: 'counts', api: 1, balance: 'per-connection',
        client: { framing: frame.lines({ max: 99 }), onMessage: message => {
          if (message.text() === 'bad\\n') throw new Malformed('bad')
          if (message.text() === 'throw\\n') throw new Error('thrown')
          if (message.text() === 'loop\\n') for (;;);
          return forward()
        } },
        server: { framing: frame.lines({ max: 99 }), onMessage: () => forward() },
        onClose: () => {} })`
    const { connect, stats, engine } = await start(source, { batchTimeoutMs: 50 })
    expect(stats().functions).toEqual({
      'client.onMessage': { hits: 0, undef: 0, halts: 0 },
      'server.onMessage': { hits: 0, undef: 0, halts: 0 },
      onClose: { hits: 0, undef: 0, halts: 0 }
    })
    const good = connect()
    good.socket.write('one\ntwo\n')
    await good.gets('one\ntwo\n')
    const established = (): unknown => { const { userVservers, services } = engine.stats(); return [Object.values(userVservers).map(one => [one.connections, one.established]), Object.values(services).map(one => [one.connections, one.established])] }
    expect(established()).toEqual([[[1, 1]], [[1, 1]]])
    for (const [i, line] of ['bad\n', 'throw\n', 'loop\n'].entries()) {
      const client = connect()
      client.socket.write(line)
      await client.closes()
      await until(
        () => stats().functions['client.onMessage']!.hits + stats().starved === 3 + i,
        'the call to be counted'
      )
    }
    const { 'client.onMessage': ofClient, 'server.onMessage': ofServer } = stats().functions
    expect(ofServer).toMatchObject({ hits: 2, undef: 0, halts: 0 })
    // A machine without time for it starves the call, which halts nothing.
    expect(ofClient).toEqual({ hits: 5 - stats().starved, undef: 2, halts: 1 - stats().starved })
    good.socket.destroy()
    await until(() => (stats().functions['onClose']?.hits ?? 0) >= 1, 'the end')
    await until(() => JSON.stringify(established()) === '[[[0,0]],[[0,0]]]', 'nothing to be open')
  })

  // A piece at a time, so that no single call goes far over.
  const KEEPING = `import { defineProtocol, drop, frame } from '@weirlb/sdk'
    const kept: unknown[] = []
    export default defineProtocol({ name: 'keeps', api: 1, balance: 'per-connection', client: { framing: frame.lines({ max: 99 }), onMessage () {
      kept.push(Array.from({ length: 3000 }, (_, i) => ({ i })))
      return drop()
    } } })`

  test('a guest that keeps more than its heap, a little with each message, is a memory kill and has used all of it', async () => {
    const { connect, stats, log } = await start(KEEPING, { heapMb: 16, batchTimeoutMs: 1000 })
    const client = connect()
    await until(() => {
      client.socket.write('more\n'.repeat(3))
      return client.closed
    }, 'the guest to be cut')
    expect(log.lines.filter(l => l.message === 'extension failed')).toMatchObject([{
      failure: 'memory',
      detail: 'the extension exceeded its heap (heapMb)'
    }])
    expect(stats()).toMatchObject({ memoryKills: 1, crashes: 0, lost: 0, timeouts: 0 })
    expect(stats().heapBytesPeak).toBeGreaterThanOrEqual(16 * 1024 * 1024)
  })

  test('a handler whose promise is rejected ends its client, and no other', async () => {
    const source = `import { defineProtocol, forward, frame } from '@weirlb/sdk'
      export default defineProtocol({ name: 'async', api: 1, balance: 'per-connection', client: { framing: frame.lines({ max: 99 }),
        onMessage: (message => message.text() === 'bad\\n' ? (async () => { throw new Error('late') })() : forward()) as any } })`
    const { connect, stats, log } = await start(source)
    const [other, bad] = [connect(), connect()]
    other.socket.write('one\n')
    await other.gets('one\n')
    bad.socket.write('bad\n')
    await bad.closes()
    other.socket.write('two\n')
    await other.gets('one\ntwo\n')
    expect(await log.ends()).toMatchObject([{
      reason: 'extension-error',
      detail: 'TypeError: client.onMessage must not be async: it returned a promise (ext.ts:3:21)'
    }])
    expect(log.lines.filter(l => l.message === 'extension threw')).toMatchObject([{
      stack: expect.stringMatching(/\n +at client\.onMessage \(ext\.ts:3:21\)\n +at .*ext\.ts:2:22\)?$/) as string
    }])
    expect(stats()).toMatchObject({ up: 1, throws: 1, crashes: 0, strikes: 0, rebuilds: 0 })
  })

  test('a promise that nobody handles ends no client, is logged with its place and counted', async () => {
    const source = `import { defineProtocol, forward, frame } from '@weirlb/sdk'
      const forget = async (): Promise<void> => {
        await null
        throw new Error('forgotten')
      }
      export default defineProtocol({ name: 'forgets', api: 1, balance: 'per-connection', client: { framing: frame.lines({ max: 99 }),
        onMessage (message) {
          if (message.text() === 'bad\\n') void forget()
          return forward()
        } } })`
    const { connect, stats, log } = await start(source)
    const [other, bad] = [connect(), connect()]
    other.socket.write('one\n')
    await other.gets('one\n')
    bad.socket.write('bad\nmore\n')
    await bad.gets('bad\nmore\n')
    other.socket.write('two\n')
    await other.gets('one\ntwo\n')
    expect(log.lines.filter(l => l.level !== 'info')).toMatchObject([{
      level: 'error',
      message: 'a rejection in the extension was not handled',
      extension: 'ext',
      stack: expect.stringMatching(/^Error: forgotten\n +at forget \(ext\.ts:4:15\)/) as string
    }])
    expect(stats()).toMatchObject({ up: 1, throws: 1, crashes: 0, strikes: 0, rebuilds: 0 })
    expect(Object.values(stats().versions)).toMatchObject([{ errors: 1 }])
  })
})
