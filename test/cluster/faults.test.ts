// Faults of the store, of the links to it, of nodes and of servers, under clients that move from node to node.
import { expect, test } from 'vitest'
import { until } from '@weirlb/testing'
import { Redis } from '../support/redis.ts'
import { findService } from '../support/services.ts'
import { faults, runFaults } from './fault-run.ts'
import { SimulatedNode } from './simulated-node.ts'
import { StoreProxy } from './store-proxy.ts'

const program = findService('redis')
test.skipIf(program === undefined)(
  'no key is at two servers at one time outside of the documented windows, and all agree afterwards',
  async () => {
    const report = await runFaults({
      program: program!,
      nodes: 3,
      keys: 400,
      rate: 200,
      faults,
      faultMs: 1500,
      calmMs: 500,
      seed: 7
    })
    expect(report.overlaps.found).toEqual([])
    expect(report.disagreements).toEqual([])
    expect(report.unanswered).toBe(0)
    expect(report.connects).toBeGreaterThan(1000)
  }
)

test.skipIf(program === undefined)('a node whose packets are lost without a word connects anew', async () => {
  const redis = await Redis.start(program!)
  const proxy = await StoreProxy.start(() => redis.port)
  const node = await SimulatedNode.start('n', proxy.port, ['red', 'blue'])
  const claim = async (key: string): Promise<string> => await new Promise(resolve => { node.sessions.directory(0).claim({ lbVserver: 'lb', key, proposal: 'red', unavailable: [] }, { onClaimed: resolve }) })
  expect(await claim('a')).toBe('red')
  proxy.lose()
  await claim('b')
  expect(node.state).toBe('away')
  await until(() => node.state === 'up', 'a node that shares again')
  expect(await redis.command('EXISTS', 'weir:{0}s:lb c')).toBe(':0')
  expect(await claim('c')).toBe('red')
  expect(await redis.command('EXISTS', 'weir:{0}s:lb c')).toBe(':1')
  await node.stop()
  proxy.close()
  await redis.kill()
})
