// One contract, wherever the nodes' store is.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RedisStore } from '@weirlb/cluster'
import { FileStore, MemoryStore, SharedMemory } from '@weirlb/core'
import { until } from '@weirlb/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Redis } from '../support/redis.ts'
import { findService } from '../support/services.ts'
import { Heard, sharedStoreSuite } from './shared-store-suite.ts'

const directories: string[] = []
afterAll(async () => { for (const directory of directories) await rm(directory, { recursive: true, force: true }) })
const newDirectory = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'weir-shared-'))
  directories.push(directory)
  return directory
}

sharedStoreSuite('memory', 'many', async () => {
  let now = 1000
  const memory = new SharedMemory({ now: () => now })
  return { node: () => new MemoryStore(memory), advance: async ms => { now += ms } }
})

sharedStoreSuite('a file', 'one', async () => {
  let now = 1_000_000
  const store = new FileStore(await newDirectory(), () => now)
  return { node: () => store, advance: async ms => { now += ms } }
})

test('a file has after a restart what it had before', async () => {
  const directory = await newDirectory()
  const now = (): number => 5000
  const before = new FileStore(directory, now)
  await before.open('n1', new Heard())
  await before.sessions([{ what: 'claim', table: 'lb', key: '\xff k', service: 'a', unavailable: [], ttlMs: 1000 }, { what: 'claim', table: 'lb', key: 'gone', service: 'a', unavailable: [], ttlMs: 1000 }, { what: 'delete', table: 'lb', key: 'gone', service: '', unavailable: [], ttlMs: 0 }])
  const version = await before.write({ kind: 'k', name: 'n', value: 'v' })
  await expect(new FileStore(directory, now).open('n2', new Heard())).rejects.toMatchObject({ code: 'storage-failed' })
  await before.close()
  const after = new FileStore(directory, now)
  await after.open('n2', new Heard())
  expect((await after.list(undefined)).entries).toMatchObject([{ table: 'lb', key: '\xff k', service: 'a', nodes: 1 }])
  expect(await after.read('k')).toMatchObject([{ name: 'n', value: 'v', version }])
  expect(await after.write({ kind: 'k', name: 'n', value: 'w' })).toBeGreaterThan(version!)
  await after.close()
})

/** Milliseconds on the clock by which the store lets things end. */
const clockOf = async (redis: Redis): Promise<number> => {
  const [seconds, micros] = (await redis.whole('TIME')).split('\r\n').filter(line => /^\d+$/.test(line)).map(Number)
  return seconds! * 1000 + micros! / 1000
}

const program = findService('redis')
describe.skipIf(program === undefined)('with redis-server', () => {
  let redis: Redis
  let tests = 0
  beforeAll(async () => { redis = await Redis.start(program!) })
  afterAll(async () => { await redis.kill() })

  sharedStoreSuite('Redis', 'many', async () => {
    const url = `redis://127.0.0.1:${redis.port}?prefix=test-${tests++}:`
    return {
      node: () => new RedisStore(url),
      advance: async ms => {
        const end = await clockOf(redis) + ms
        await until(async () => await clockOf(redis) >= end, 'the time of the store to pass')
      }
    }
  })
})
