// What becomes of sessions when the control process is killed, and with the state directory of an older version.
import { appendFile, cp, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { TIME_SCALE, until } from '@weirlb/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWeir, FileStorage, type Stats } from 'weirlb'
import { WeirProcess } from '../support/weir-process.ts'
import { Client, Farm, serverOf } from './farm.ts'

let farm: Farm
let directory: string
beforeAll(async () => {
  farm = await Farm.start('red', 'blue', 'green')
  directory = await mkdtemp(join(tmpdir(), 'weir-kept-'))
})
afterAll(async () => {
  farm.close()
  await rm(directory, { recursive: true })
})

/** Longer than a kill and a restart take. */
const KEPT_SECONDS = 60 * TIME_SCALE
const isAlive = (pid: number): boolean => { try { return process.kill(pid, 0) } catch { return false } }

test.each([1, 2])(
  'a kill -9 of the control process, with %i workers, loses no session that was acknowledged more than a second before',
  async workers => {
    const state = join(directory, `killed-${workers}`)
    const config = join(directory, `${workers}.json`)
    const { lbVservers, ...rest } = farm.config()
    await writeFile(
      config,
      JSON.stringify({
        ...rest,
        lbVservers: lbVservers!.map(lb => ({
          ...lb,
          persistence: { ...lb.persistence!, timeoutSeconds: KEPT_SECONDS }
        }))
      })
    )
    const weir = await WeirProcess.start({ workers, state, config, logLevel: 'error' })
    const port = await weir.api.port('v')

  // Clients come, are served, and leave or stay, until the first was served some time ago.
  const served = new Map<string, { readonly server: string, readonly at: number }>()
  const staying: Client[] = []
  const began = performance.now()
  let count = 0
  const come = async (): Promise<void> => {
    while (performance.now() - began < 1500 || served.size < 100) {
      const name = `device-${count++}`
      const client = await Client.connect(port, name)
      served.set(name, { server: client.server, at: performance.now() })
      if (count % 4 === 0 && staying.length < 100) staying.push(client)
      else client.close()
    }
  }
  await Promise.all(Array.from({ length: 4 }, come))
  const killedAt = performance.now()
  const { workers: processes } = (await weir.api.call('getHealth')).body
  process.kill(weir.pid, 'SIGKILL')
  await until(() => !isAlive(weir.pid) && processes.every(({ pid }) => !isAlive(pid)), 'all of its processes to end')
  for (const client of staying) client.close()

  // The last thing it wrote was cut off.
  const folder = join(state, 'sessions')
  const logs = (await readdir(folder)).filter(name => name.endsWith('.log')).sort()
  for (const name of logs) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600)
  await appendFile(join(folder, logs.at(-1)!), Buffer.alloc(50, 2))

  const again = await WeirProcess.start({ workers, state, logLevel: 'warn' })
  try {
    const { items } = (await again.api.call('listSessions', { query: { limit: 10000 } })).body
    const found = new Map(items.map(({ key, service }) => [key, service]))
    const due = [...served].filter(([, { at }]) => killedAt - at > 1000)
    expect(due.length).toBeGreaterThan(10)
    expect(due.filter(([name, { server }]) => found.get(name) !== server)).toEqual([])
    // Who was connected then has the whole time from then on, and nobody holds anything now.
    expect(items.filter(({ connections, expiresInSeconds = 0 }) => connections !== 0 || expiresInSeconds < 1 || expiresInSeconds > KEPT_SECONDS + 10)).toEqual([])
    expect(again.log).toEqual([])
    const [name, { server }] = due[0]!
    expect(await serverOf(await again.api.port('v'), name)).toBe(server)
  } finally {
    await again.stop()
  }
})

test('the state directory of version 0.1 opens with its sessions, which are in the present form from then on', async () => {
  const state = join(directory, 'old')
  await cp(fileURLToPath(new URL('../../packages/weir/src/storage/test/state-0.1', import.meta.url)), state, {
    recursive: true
  })
  const shown = async (): Promise<string[]> => {
    const weir = createWeir({ workers: 1, storage: new FileStorage(state), log: { level: 'silent' } })
    await weir.start()
    try {
      expect(weir.config.get().value.services.map(({ name }) => name)).toEqual(['broker-1', 'broker-2'])
      await until(async () => !(await readdir(state)).includes('sessions.json'), 'the sessions in their new place')
      return (await weir.sessions.list()).map(({ key, service }) => `${key} ${service}`).sort()
    } finally {
      await weir.stop()
    }
  }
  const sessions = [
    'device-1 broker-1',
    'device-2 broker-2',
    'hex:00ff225c0a broker-2',
    `sha256:${'ab'.repeat(32)} broker-1`
  ]
  expect(await shown()).toEqual(sessions)
  expect(await shown()).toEqual(sessions)
})

test.each([1, 2])('limits hold with %i workers, and statistics count what they cost', async workers => {
  const config = farm.config()
  const weir = createWeir({
    workers,
    log: { level: 'silent' },
    maxSessions: 4,
    config: {
      ...config,
      lbVservers: config.lbVservers!.map(lb => ({ ...lb, persistence: { ...lb.persistence!, maxEntries: 3 } }))
    }
  })
  await weir.start()
  try {
    const port = await weir.userVservers.status('v').then(({ listening }) => listening!.port)
    const counted = async (): Promise<Partial<Stats['lbVservers'][string]>> => {
      // What the only worker did is told before this is answered.
      await weir.sessions.list()
      return (await weir.stats()).lbVservers['lb']!
    }
    const keys = async (): Promise<string> => (await weir.sessions.list()).map(({ key }) => key).sort().join(' ')
    const held = async (count: number): Promise<void> => {
      await until(
        async () => (await weir.sessions.list()).filter(({ connections }) => connections > 0).length === count,
        `${count} held`
      )
    }
    for (const name of ['ann', 'bob']) await serverOf(port, name)
    await held(0)
    expect(await counted()).toMatchObject({ sessions: 2, sessionsEvicted: 0, sessionsUnpinned: 0 })
    const clients = [await Client.connect(port, 'cid')]
    expect(await keys()).toBe('ann bob cid')
    expect(await counted()).toMatchObject({ sessions: 3, sessionsEvicted: 0 })
    clients.push(await Client.connect(port, 'dan'))
    expect(await keys()).toBe('bob cid dan')
    expect(await counted()).toMatchObject({ sessions: 3, sessionsEvicted: 1 })
    clients.push(await Client.connect(port, 'eve'))
    expect(await keys()).toBe('cid dan eve')
    // All are held: one more is served, and has no entry.
    clients.push(await Client.connect(port, 'fay'))
    expect(await keys()).toBe('cid dan eve')
    expect(await counted()).toMatchObject({ sessions: 3, sessionsEvicted: 2, sessionsUnpinned: 1 })
    expect((await weir.stats()).sessions).toEqual({ entries: 3, maxEntries: 4, saveFailures: 0, saveFailing: false })
    for (const client of clients) client.close()
    await held(0)
    expect(await keys()).toBe('cid dan eve')
  } finally {
    await weir.stop()
  }
})

test.each([0, 50_000_001, 1.5])('%d sessions in all are refused', maxSessions => {
  expect(() => createWeir({ maxSessions })).toThrow(
    `maxSessions: expected an integer from 1 to 50000000, got ${maxSessions}`
  )
})
