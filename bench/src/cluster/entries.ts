// What entries of the shared store cost a real redis-server, by their number: memory of each, and CPU time of a claim,
// a renewal and a look.
//   node bench/src/cluster/entries.ts [--keys N,N,…]
import { parseArgs } from 'node:util'
import { RedisStore } from '@weirlb/cluster'
import type { SessionOp } from '@weirlb/core'
import { Redis } from '../../../test/support/redis.ts'
import { findService } from '../../../test/support/services.ts'
import { cpuUs } from '../process-tree.ts'

const { values } = parseArgs({ options: { keys: { type: 'string', default: '10000,100000,1000000' } } })
const program = findService('redis')
if (program === undefined) throw new Error('this bench needs redis-server')
const BATCH = 200
const AHEAD = 8
/** Longer than the fill takes, so that no entry has ended before they are counted. */
const TTL_MS = 3_600_000
const redis = await Redis.start(program)
const store = new RedisStore(`redis://127.0.0.1:${redis.port}`)
await store.open('node', { onMoved () {}, onChanged () {}, onMessage () {}, onDamaged () {} })
const bytesOf = async (): Promise<number> => Number(/used_memory:(\d+)/.exec(await redis.whole('INFO', 'memory'))![1])
const op = (what: SessionOp['what'], i: number): SessionOp => ({
  what,
  table: 'lb',
  key: `device-${i}-0123456789abcdef`,
  service: `broker-${i % 20}`,
  unavailable: [],
  ttlMs: TTL_MS
})

/** Run an operation on a range of keys; returns µs of CPU of redis-server and of this process for each. */
const run = async (what: SessionOp['what'], from: number, to: number): Promise<readonly [number, number]> => {
  const [theirs, own] = [cpuUs([redis.pid]), process.cpuUsage()]
  let at = from
  const lane = async (): Promise<void> => {
    while (at < to) {
      const first = at
      at += BATCH
      await store.sessions(Array.from({ length: Math.min(BATCH, to - first) }, (_, i) => op(what, first + i)))
    }
  }
  await Promise.all(Array.from({ length: AHEAD }, lane))
  const used = process.cpuUsage(own)
  return [(cpuUs([redis.pid]) - theirs) / (to - from), (used.user + used.system) / (to - from)]
}

const empty = await bytesOf()
let filled = 0
for (const keys of values.keys.split(',').map(Number)) {
  const made = await run('claim', filled, keys)
  filled = keys
  const [renewed, found] = [
    await run('hold', 0, Math.min(keys, 100_000)),
    await run('find', 0, Math.min(keys, 100_000))
  ]
  const shown = ([theirs, own]: readonly [number, number]): string =>
    `${theirs.toFixed(1)} µs of redis-server and ${own.toFixed(1)} of the node`
  console.log(
    `${keys} keys: ${Math.round((await bytesOf() - empty) / keys)} bytes a key; a new claim ${shown(made)}; a renewal ${
      shown(renewed)
    }; a look ${shown(found)}`
  )
}
await store.close()
await redis.kill()
