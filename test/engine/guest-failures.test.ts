// How guests fail, as the statistics of an extension have it, in both modes of the sandbox.
import { createRuntime } from '@weir/sandbox'
import { until } from '@weir/testing'
import { describe, expect, test } from 'vitest'
import type { ExtensionStats } from '@weir/engine'
import { cutInLoop } from '../runtime/hostile.ts'
import { around, startEngine, TestServer } from '../support/engine-bench.ts'
import { lineProtocol } from '../support/line-protocol.ts'

describe.each(['thread', 'loop'] as const)('in mode %s', mode => {
  const start = async (source: string, limits = {}) => {
    const server = await TestServer.listen(chunk => chunk)
    const bench = await startEngine(around(source, [server], { extensions: [{ name: 'ext', source, trusted: mode === 'loop', limits }] }), { runtime: createRuntime() })
    const stats = (): ExtensionStats => bench.engine.stats().extensions['ext']!
    return { ...bench, server, stats }
  }

  test('a guest that loops is a time-out, one that answers what the guest loop never does is a crash, and none is lost', async () => {
    const looping = await start(lineProtocol(), { batchTimeoutMs: 20 })
    looping.connect().socket.write('loop\n')
    await until(() => looping.stats().timeouts === 1, 'the loop to be cut')
    expect(looping.stats()).toMatchObject({ crashes: 0, memoryKills: 0, lost: 0, throws: 0 })

    const crashing = await start(cutInLoop.find(({ name }) => name === 'makes no progress')!.source)
    crashing.connect().socket.write('x\n')
    await until(() => crashing.stats().crashes === 1, 'the crash to be counted')
    expect(crashing.stats()).toMatchObject({ timeouts: 0, memoryKills: 0, lost: 0, throws: 0 })
  })
})
