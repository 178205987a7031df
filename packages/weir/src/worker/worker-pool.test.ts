import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseConfig, type ConfigInput } from '@weirlb/model'
import type { EngineConfig } from '@weirlb/engine'
import { until, WAIT_MS } from '@weirlb/testing'
import { afterEach, describe, expect, test } from 'vitest'
import type { DataPlaneEvents } from '../data-plane.ts'
import { makeLog } from '../log.ts'
import { SessionBook } from '../sessions/session-book.ts'
import { WorkerPool } from './worker-pool.ts'
import type { WorkerPoolOptions } from './worker-pool-options.ts'

// In the bundle of the tests' processes it loads few files, and starts sooner.
const bundle = process.env['WEIR_BUNDLE']
const entry = bundle === undefined
  ? fileURLToPath(new URL('./test/fixture-worker.ts', import.meta.url))
  : join(bundle, 'packages/weir/src/worker/test/fixture-worker.js')
const pools: WorkerPool[] = []
afterEach(async () => { for (const pool of pools.splice(0)) await pool.stop(100) })

const heard: string[] = []
const listeners: DataPlaneEvents = {
  onFunctionFailed: () => {}, onFunctionState: () => {}, onInspector: () => {},
  onDefence: () => {},
  onDecisions: () => {},
  onBan: () => {},
  onServiceFailed: (service, _failure, message) => { heard.push(`${service}: ${message}`) },
  onExtensionState: (extension, state, _message, _version, worker) => { heard.push(`${extension} ${state} on ${worker}`) },
  onTraced: (extension, _records, dropped, worker) => { heard.push(`${dropped} calls of ${extension} not traced on ${worker}`) },
  onSampled: (connections, dropped) => { heard.push(`${connections.length} sampled, ${dropped} dropped`) },
  onLives: (lives, dropped) => { heard.push(`${lives.length} lives, ${dropped} dropped`) },
  onWorkerEnded: (worker, _pid, reason, _restartInMs, connections) => { heard.push(`${worker} ended with ${connections} connections: ${reason}`) },
  onWorkerUp: (worker, _pid, restarts) => { heard.push(`${worker} up again, ${restarts}`) }
}
const make = async (
  workers: number,
  { events = listeners, ...options }: Partial<WorkerPoolOptions> & { events?: DataPlaneEvents } = {}
): Promise<WorkerPool> => {
  heard.length = 0
  const pool = new WorkerPool({
    workers,
    entry,
    settings: { transport: 'node', logFormat: 'json', spanShare: 0, sharesCounts: true },
    sessions: new SessionBook(),
    log: makeLog('silent', {}),
    logLevel: 'silent',
    ...options
  })
  pools.push(pool)
  await pool.start(events)
  return pool
}

const revision = (number: number, input: ConfigInput = {}): EngineConfig => ({ ...parseConfig(input), revision: number, extensions: [], edgeFunctions: [] })
const service = (name: string) => ({ name, address: '127.0.0.1', port: 1 })
const vserver = (port: number) => ({ name: 'v', protocol: 'p', port, defaultLb: 'lb', address: '127.0.0.1' })

const commit = async (pool: WorkerPool, config: EngineConfig): Promise<void> => { await (await pool.prepare(config)).commit() }
const fields = async (pool: WorkerPool): Promise<Readonly<Record<string, string>>[]> => (await pool.connections({})).map(connection => connection.fields)
const revisions = async (pool: WorkerPool): Promise<string[]> => (await fields(pool)).map(f => f['revision']!)
const allUp = async (pool: WorkerPool, restarts: number): Promise<void> => {
  await until(
    () =>
      pool.workers().every(w => w.status === 'up') &&
      pool.workers().reduce((sum, w) => sum + w.restarts, 0) === restarts,
    `all workers up after ${restarts} restarts`
  )
}

describe('a change', () => {
  test('reaches every worker, and port 0 is one port', async () => {
    const pool = await make(3)
    const prepared = await pool.prepare(revision(1, { userVservers: [vserver(0)] }))
    expect(await revisions(pool)).toEqual(['undefined', 'undefined', 'undefined'])
    await prepared.commit()
    expect(await revisions(pool)).toEqual(['1', '1', '1'])
    expect(new Set((await fields(pool)).map(f => f['ports']))).toEqual(new Set([JSON.stringify(prepared.ports)]))
  })

  test('that one worker refuses is refused, with that worker\'s words', async () => {
    const pool = await make(2)
    await commit(pool, revision(1))
    await expect(pool.prepare(revision(2, { services: [service('refuse-on-2')] }))).rejects.toMatchObject({ code: 'address-taken', message: 'taken on 2' })
    await expect(pool.prepare(revision(2, { services: [service('refuse')] }))).rejects.toMatchObject({ code: 'address-taken', issues: [{ path: 'p', message: 'taken' }] })
    expect(await revisions(pool)).toEqual(['1', '1'])
    await commit(pool, revision(2))
    expect(await revisions(pool)).toEqual(['2', '2'])
  })

  test('during which a worker dies is refused and may be tried again', async () => {
    const pool = await make(2)
    await commit(pool, revision(1))
    await expect(pool.prepare(revision(2, { services: [service('exit-on-2')] }))).rejects.toMatchObject({ code: 'worker-unavailable', retry: true })
    await allUp(pool, 1)
    expect(await revisions(pool)).toEqual(['1', '1'])
    // The process that took the place of number 2 has another number, and takes it.
    await commit(pool, revision(2, { services: [service('exit-on-2')] }))
    expect(await revisions(pool)).toEqual(['2', '2'])
  })

  test('is not lost on a worker that dies between its two halves', async () => {
    const pool = await make(2)
    await commit(pool, revision(1))
    const prepared = await pool.prepare(revision(2))
    process.kill(pool.workers()[0]!.pid, 'SIGKILL')
    await allUp(pool, 1)
    await prepared.commit()
    expect(await revisions(pool)).toEqual(['2', '2'])
  })

  test('reaches a worker that dies while it is being committed', async () => {
    const pool = await make(2)
    await commit(pool, revision(1))
    const prepared = await pool.prepare(revision(2))
    process.kill(pool.workers()[1]!.pid, 'SIGKILL')
    await prepared.commit()
    await allUp(pool, 1)
    expect(await revisions(pool)).toEqual(['2', '2'])
  })

  test('that wants an address of another program is refused, even one that shares its ports', async () => {
    const pool = await make(1)
    const other = createServer()
    await new Promise<void>(resolve => { other.listen({ host: '127.0.0.1', port: 0, reusePort: true }, resolve) })
    const { port } = other.address() as AddressInfo
    await expect(pool.prepare(revision(1, { userVservers: [vserver(port)] }))).rejects.toMatchObject({
      code: 'address-taken', issues: [{ path: 'userVservers[0].port', message: `user vserver 'v': another program listens on 127.0.0.1:${port}` }]
    })
    await new Promise(resolve => other.close(resolve))
  })
})

describe('a worker', () => {
  test('that is killed is restarted with the configuration, the ports and the services that are down', async () => {
    const pool = await make(2)
    await commit(pool, revision(1, { services: [service('s'), service('t')], userVservers: [vserver(0)] }))
    pool.setServiceHealth('s', 'down')
    const before = await fields(pool)
    process.kill(pool.workers()[0]!.pid, 'SIGKILL')
    await allUp(pool, 1)
    const after = await until(async () => {
      const now = await fields(pool)
      return now.every(f => f['down'] === 's') ? now : undefined
    }, 'the down service known everywhere')
    expect(after.map(f => [f['revision'], f['ports']])).toEqual(before.map(f => [f['revision'], f['ports']]))
    expect(heard).toEqual([expect.stringMatching(/^1 ended with [01] connections: signal SIGKILL$/), '1 up again, 1'])
  })

  test('that hangs is killed and restarted', async () => {
    const pool = await make(2, { heartbeat: { everyMs: 20, missed: 50, startMs: 30_000 } })
    await commit(pool, revision(1))
    const { pid } = pool.workers()[0]!
    // It may hang before its answer is on its way.
    await pool.kill('1-hang').catch(() => {})
    await until(() => pool.workers()[0]!.pid !== pid && pool.workers()[0]!.status === 'up', 'another process in its place')
    expect(await revisions(pool)).toEqual(['1', '1'])
  })

  test('that cannot be started is tried again until it can, and nothing else suffers', async () => {
    const pool = await make(2)
    await commit(pool, revision(1))
    // No process is started with a variable of this size [execve(2), MAX_ARG_STRLEN], and spawn throws.
    process.env['TOO_MUCH'] = 'x'.repeat(200_000)
    try {
      await pool.kill('1-exit').catch(() => {})
      await until(() => pool.workers()[0]!.restarts >= 2, 'a second try')
      expect(pool.workers()[0]!.status).toBe('restarting')
      expect(await revisions(pool)).toEqual(['1'])
    } finally {
      delete process.env['TOO_MUCH']
    }
    await until(() => pool.workers()[0]!.status === 'up', 'a worker in its place')
    expect(await revisions(pool)).toEqual(['1', '1'])
  })

  test('that loses sandbox threads is replaced without a gap', async () => {
    const pool = await make(1, { heartbeat: { everyMs: 20, missed: 500, startMs: 30_000 } })
    await commit(pool, revision(1))
    const { pid } = pool.workers()[0]!
    const statuses = new Set<string>()
    await pool.kill('1-lose')
    await until(() => {
      statuses.add(pool.workers()[0]!.status)
      return pool.workers()[0]!.pid !== pid
    }, 'another process in its place')
    expect([...statuses]).toEqual(['up'])
    // The clients of the old one stay, and what is configured for them is what they get.
    expect((await pool.connections({})).map(c => c.client).sort()).toEqual([pid, pool.workers()[0]!.pid].map(String).sort())
    await commit(pool, revision(2))
    pool.setServiceHealth('s', 'down')
    expect(await revisions(pool)).toEqual(['2', '2'])
    await pool.kill('1-leave')
    await until(async () => (await pool.connections({})).map(c => c.client).join() === String(pool.workers()[0]!.pid), 'the old process gone')
    expect(await revisions(pool)).toEqual(['2'])
  })

  test.each([
    ['their time is over', { drainMs: 50 }, async () => {}],
    ['another has to be replaced, too', {}, async (pool: WorkerPool) => { await pool.kill('2-lose') }]
  ])('that was replaced says goodbye to those who stay when %s', async (_, options, end) => {
    const pool = await make(1, { heartbeat: { everyMs: 20, missed: 500, startMs: 30_000 }, ...options })
    await commit(pool, revision(1))
    const { pid } = pool.workers()[0]!
    await pool.kill('1-lose')
    await until(() => pool.workers()[0]!.pid !== pid, 'another process in its place')
    await end(pool)
    await until(async () => !(await pool.connections({})).some(c => c.client === String(pid)), 'the old process gone')
    expect(pool.workers()).toMatchObject([{ status: 'up' }])
  })

  test('that cannot take what is configured does not live on beside one that can', async () => {
    const pool = await make(1, { heartbeat: { everyMs: 20, missed: 500, startMs: 30_000 } })
    await commit(pool, revision(1))
    const { pid } = pool.workers()[0]!
    await pool.kill('1-lose')
    await until(() => pool.workers()[0]!.pid !== pid, 'another process in its place')
    await pool.kill('1-refuse')
    await commit(pool, revision(2))
    await until(async () => (await revisions(pool)).join() === '2', 'the old process gone')
  })

  test('tells what it sees, and is told the log level', async () => {
    const pool = await make(1)
    await pool.kill('1-dial-s')
    await pool.kill('1-extension-e')
    pool.setLogLevel('debug')
    await until(async () => (await fields(pool))[0]!['level'] === 'debug', 'the level')
    expect(heard).toEqual(['s: refused', 'e down on 1'])
  })

  test('counts what it traces while the control process does not read, and tells how much', async () => {
    let [told, dropped] = [0, 0]
    const events = { ...listeners, onTraced: (_extension: string, records: readonly unknown[], lost: number) => { told += records.length; dropped += lost } }
    const pool = await make(1, { events })
    const directory = mkdtempSync(join(tmpdir(), 'weir-pool-'))
    const done = join(directory, 'done')
    await pool.kill(`1-trace-${done}`)
    // It traces 5000 calls of 1 KB while this process reads nothing.
    const sleeper = new Int32Array(new SharedArrayBuffer(4))
    for (let i = 0; i < WAIT_MS / 10 && !existsSync(done); i++) Atomics.wait(sleeper, 0, 0, 10)
    rmSync(directory, { recursive: true })
    await until(async () => {
      await pool.kill('1-settle')
      return told + dropped === 5000
    }, 'each call to be told or counted')
    expect(dropped).toBeGreaterThan(1000)
    expect(told).toBeGreaterThan(0)
  })

  test('ends when its control process does', async () => {
    const pool = await make(1)
    const { pid } = pool.workers()[0]!
    await pool.stop(100)
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  })
})

test('sessions are one table for all workers', async () => {
  const pool = await make(2)
  await pool.kill('1-claim-k')
  await until(async () => (await fields(pool))[0]!['claimed'] === 'k=a,k=a!', 'the first claim')
  await pool.kill('2-claim-k')
  await until(async () => (await fields(pool))[1]!['claimed'] === 'k=a!,k=a!', 'the second claim')
  expect(await pool.sessions({})).toMatchObject([{ lbVserver: 'lb', key: 'k', service: 'a', connections: 4, expiresInMs: undefined }])
  process.kill(pool.workers()[0]!.pid, 'SIGKILL')
  await until(async () => (await pool.sessions({}))[0]?.connections === 2, 'the dead worker to hold nothing')
})

describe('the only worker owns the session table', () => {
  const pinning = (number: number): EngineConfig => revision(number, {
    services: [service('a'), service('b')],
    lbVservers: [{ name: 'lb', services: [{ name: 'a' }, { name: 'b' }], persistence: { type: 'user-session', timeoutSeconds: 60 } }]
  })
  const claimed = async (pool: WorkerPool): Promise<string | undefined> => (await fields(pool))[0]!['claimed']

  test('and tells what it did to it', async () => {
    const pool = await make(1)
    await commit(pool, pinning(1))
    await pool.kill('1-claim-k')
    // Nobody was asked: the answer came before the command's own.
    expect(await claimed(pool)).toBe('k=a,k=a!')
    expect(await pool.sessions({})).toMatchObject([{ lbVserver: 'lb', key: 'k', service: 'a', connections: 2, expiresInMs: undefined }])
  })

  test('begins with the sessions that were restored, and forgets those that are deleted', async () => {
    const sessions = new SessionBook()
    const pool = await make(1, { sessions })
    // More than one message takes.
    for (const key of ['k', 'l', 'm', ...Array.from({ length: 5000 }, (_, i) => `other-${i}`)]) sessions.onFreed('lb', key, 'b', 60_000, Date.now() + 60_000)
    sessions.restored()
    await commit(pool, pinning(1))
    await pool.kill('1-claim-k')
    expect(await pool.deleteSessions({ key: 'l' })).toBe(1)
    expect(await pool.deleteSessions({ limit: 1 })).toBe(1)
    expect((await pool.sessions({})).map(entry => entry.key)).toHaveLength(5001)
    await pool.kill('1-claim-l')
    expect(await claimed(pool)).toBe('k=b!,k=b!,l=a,l=a!')
  })

  test('drops what a new configuration no longer allows', async () => {
    const pool = await make(1)
    await commit(pool, pinning(1))
    await pool.kill('1-claim-k')
    await commit(pool, { ...pinning(2), lbVservers: [] })
    expect(await pool.sessions({})).toEqual([])
    await commit(pool, pinning(3))
    await pool.kill('1-claim-k')
    expect(await claimed(pool)).toBe('k=a,k=a!,k=a,k=a!')
  })

  test('and the process after it goes on with the table', async () => {
    const sessions = new SessionBook()
    const pool = await make(1, { sessions })
    await commit(pool, pinning(1))
    sessions.onFreed('lb', 'k', 'b', 60_000, Date.now() + 60_000)
    await pool.kill('1-claim-l')
    await pool.sessions({})
    process.kill(pool.workers()[0]!.pid, 'SIGKILL')
    await allUp(pool, 1)
    expect((await pool.sessions({ key: 'l' }))[0]).toMatchObject({ service: 'a', connections: 0 })
    await pool.kill('2-claim-l')
    await pool.kill('2-claim-k')
    expect(await claimed(pool)).toBe('l=a!,l=a!,k=b!,k=b!')
  })

  test('keeps the limit, and this process counts what it dropped', async () => {
    const sessions = new SessionBook()
    const pool = await make(1, { sessions })
    const { lbVservers, ...rest } = pinning(1)
    await commit(pool, { ...rest, lbVservers: lbVservers.map(lb => ({ ...lb, persistence: { ...lb.persistence, maxEntries: 2 } })) })
    for (const key of ['k', 'l', 'm']) await pool.kill(`1-claim-${key}`)
    // Both that are there are held.
    expect(await claimed(pool)).toBe('k=a,k=a!,l=a,l=a!,m=a,m=b')
    expect((await pool.sessions({})).map(({ key, connections }) => [key, connections])).toEqual([['k', 2], ['l', 2]])
    expect(sessions.counts('lb')).toMatchObject({ size: 2, evicted: 0, unpinned: 2 })
    await pool.kill('1-release-k')
    await pool.kill('1-claim-m')
    await pool.sessions({})
    expect((await pool.sessions({})).map(({ key }) => key).sort()).toEqual(['l', 'm'])
    expect(sessions.counts('lb')).toMatchObject({ size: 2, evicted: 1, unpinned: 2 })
  })

  test('until another process takes its place: then both ask', async () => {
    const pool = await make(1, { heartbeat: { everyMs: 20, missed: 500, startMs: 30_000 } })
    await commit(pool, pinning(1))
    await pool.kill('1-claim-k')
    const { pid } = pool.workers()[0]!
    await pool.kill('1-lose')
    await until(() => pool.workers()[0]!.pid !== pid, 'another process in its place')
    await pool.kill('2-claim-k')
    await until(async () => (await fields(pool)).some(f => f['claimed'] === 'k=a!,k=a!'), 'the same server from the other process')
    await pool.kill('1-leave')
    await until(async () => (await pool.sessions({}))[0]?.connections === 2, 'the first process to hold nothing')
  })
})

test('statistics add up, and what a dead worker counted stays', async () => {
  const lines: unknown[] = []
  const log = makeLog('error', {}, { write: line => { lines.push(JSON.parse(line)) } })
  const pool = await make(2, { log, heartbeat: { everyMs: 10, missed: 500, startMs: 30_000 } })
  await commit(pool, revision(1))
  const { pid } = pool.workers()[0]!
  expect((await pool.stats()).userVservers['v']).toMatchObject({ connections: 2, accepted: 20, closed: { killed: 4 } })
  process.kill(pool.workers()[0]!.pid, 'SIGKILL')
  await allUp(pool, 1)
  expect((await pool.stats()).userVservers['v']).toMatchObject({ connections: 2, accepted: 30, closed: { killed: 6, 'worker-lost': 1 } })
  expect(heard[0]).toBe('1 ended with 1 connections: signal SIGKILL')
  expect(lines[0]).toMatchObject({ level: 50, worker: 1, workerPid: pid, userVserver: 'v', connections: 1, reason: 'worker-lost', msg: 'connections were lost with their worker' })
})

test('a worker in which the extension is up explains, and any when there is none', async () => {
  const pool = await make(2)
  const config = revision(1, {
    userProtocols: [{ name: 'p', transport: 'tcp', extension: 'm' }],
    userVservers: [vserver(0)]
  })
  await commit(pool, {
    ...config,
    extensions: [
      { name: 'm', version: 3, bundle: { name: 'm', code: '', map: '' } } as EngineConfig['extensions'][number]
    ]
  })
  const explain = async (userVserver = 'v'): Promise<unknown> =>
    await pool.explain({
      userVserver,
      bytes: new Uint8Array(1),
      side: 'client',
      client: { address: '127.0.0.1', port: 1 }
    }).catch((error: unknown) => (error as Error).message)
  expect(await explain()).toBe('nothing is explained on 1')
  await pool.kill('1-extension-m')
  expect(await explain()).toBe('nothing is explained on 2')
  await pool.kill('2-extension-m')
  expect(await explain()).toBe('nothing is explained on 1')
  expect(await explain('w')).toBe('nothing is explained on 1')
})
