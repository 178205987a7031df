import { rm, mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '@weirlb/testing'
import { afterEach, expect, test } from 'vitest'
import { createWeir, FileStorage, type EventName, type Weir, type WeirEvent, type WeirOptions } from 'weirlb'
import { Farm } from './farm.ts'

const ends: (() => unknown)[] = []
afterEach(async () => { for (const end of ends.splice(0).reverse()) await end() })

/** A Weir and all that it tells of these types. */
const start = async (types: readonly EventName[], options: WeirOptions): Promise<{ weir: Weir, told: WeirEvent[] }> => {
  const weir = createWeir({ workers: 0, log: { level: 'silent' }, ...options })
  const told: WeirEvent[] = []
  for (const type of types) weir.on(type, event => { told.push(event) })
  ends.push(async () => { await weir.stop({ graceMs: 200 }) })
  await weir.start()
  return { weir, told }
}
const withoutTimes = (events: readonly WeirEvent[]): object[] => events.map(({ time: _, ...event }) => event)

test('configurations and services', async () => {
  const farm = await Farm.start('green')
  ends.push(() => { farm.close() })
  const config = farm.config()
  const monitored = config.services!.map(s => ({
    ...s,
    monitors: [{ type: 'tcp' as const, intervalSeconds: 0.05, downAfter: 1 }]
  }))
  const { weir, told } = await start(['config-applied', 'service-down', 'service-up'], {
    config: { ...config, services: monitored }
  })
  expect(withoutTimes(told)).toEqual([{ type: 'config-applied', revision: 1 }])
  await expect(weir.services.patch('green', { port: 0 })).rejects.toMatchObject({ code: 'config-invalid' })
  await weir.lbVservers.patch('lb', { method: 'least-connection' })
  expect(withoutTimes(told.splice(0))).toEqual([{ type: 'config-applied', revision: 1 }, { type: 'config-applied', revision: 2 }])
  farm.close()
  await until(() => told.length > 0, 'the service to go down')
  expect(withoutTimes(told)).toEqual([{
    type: 'service-down',
    service: 'green',
    reason: expect.stringContaining('ECONNREFUSED') as string,
    upForMs: expect.any(Number) as number
  }])
  const { port } = farm.servers[0]!
  const again = await Farm.start('green')
  ends.push(() => { again.close() })
  expect(port).not.toBe(again.servers[0]!.port)
  await weir.services.patch('green', { port: again.servers[0]!.port })
  await until(() => told.some(event => event.type === 'service-up'), 'the service to come up')
})

test('a worker that is killed and the one in its place', async () => {
  const farm = await Farm.start('green')
  ends.push(() => { farm.close() })
  const { weir, told } = await start(['worker-ended', 'worker-up'], { workers: 2, config: farm.config() })
  const { pid } = (await weir.health()).workers[1]!
  process.kill(pid, 'SIGKILL')
  await until(() => told.length === 2, 'both events')
  const now = (await weir.health()).workers[1]!
  expect(withoutTimes(told)).toEqual([
    {
      type: 'worker-ended',
      worker: 2,
      pid,
      reason: 'signal SIGKILL',
      restartInMs: expect.any(Number) as number,
      connections: 0
    },
    { type: 'worker-up', worker: 2, pid: now.pid, restarts: 1 }
  ])
})

test('sessions that cannot be read', async () => {
  const state = await mkdtemp(join(tmpdir(), 'weir-state-'))
  ends.push(async () => { await rm(state, { recursive: true }) })
  await mkdir(state, { recursive: true })
  await writeFile(join(state, 'sessions.json'), '{"not":')
  const { told } = await start(['sessions-lost'], { storage: new FileStorage(state), workers: 1 })
  expect(withoutTimes(told)).toEqual([{ type: 'sessions-lost', reason: expect.any(String) as string }])
})
