// A worker that has lost a sandbox thread to one extension, and the clients of another.
import { fileURLToPath } from 'node:url'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { makeLog } from '../../packages/weir/src/log.ts'
import { SessionBook } from '../../packages/weir/src/sessions/session-book.ts'
import { WorkerPool } from '../../packages/weir/src/worker/worker-pool.ts'
import { cutInThread } from '../runtime/hostile.ts'
import { atEnd, engineConfig, TestClient, TestServer } from '../support/engine-bench.ts'
import { lineProtocol, SERVER_LINES } from '../support/line-protocol.ts'

const CLIENTS = 100
/** A thread in it cannot be ended. */
const FILLS = cutInThread.find(({ name }) => name === 'fills an array to 1e9')!.source

const start = async (lostThreads: number, drainMs: number) => {
  const events = {
    onDecisions () {},
    onBan () {},
    onDefence () {},
    onInspector () {},
    onFunctionFailed () {},
    onFunctionState () {},
    onServiceFailed () {},
    onExtensionState () {},
    onTraced () {},
    onLives () {},
    onSampled () {},
    onWorkerEnded () {},
    onWorkerUp () {}
  }
  const pool = new WorkerPool({
    workers: 1,
    entry: fileURLToPath(new URL('../../packages/weir/src/worker/worker-main.ts', import.meta.url)),
    settings: { transport: 'node', logFormat: 'json', spanShare: 0, sharesCounts: false },
    sessions: new SessionBook(),
    log: makeLog('silent', {}),
    logLevel: 'silent',
    heartbeat: { everyMs: 200, missed: 100, startMs: 60_000 },
    wear: { lostThreads, bytes: Infinity },
    drainMs
  })
  atEnd(async () => { await pool.stop(100) })
  await pool.start(events)
  const server = await TestServer.listen(chunk => chunk)
  const source = lineProtocol(SERVER_LINES)
  const prepared = await pool.prepare(await engineConfig({
    extensions: [{ name: 'good', source }, { name: 'bad', source: FILLS, limits: { heapMb: 16 } }],
    userProtocols: [{ name: 'GOOD', transport: 'tcp', extension: 'good' }, { name: 'BAD', transport: 'tcp', extension: 'bad' }],
    services: [{ name: 's', address: '127.0.0.1', port: server.port }],
    lbVservers: [{ name: 'lb', services: [{ name: 's' }] }],
    userVservers: [
      { name: 'good', protocol: 'GOOD', address: '127.0.0.1', port: 0, defaultLb: 'lb' },
      { name: 'bad', protocol: 'BAD', address: '127.0.0.1', port: 0, defaultLb: 'lb' }
    ]
  }, 1))
  await prepared.commit()
  const clients = Array.from({ length: CLIENTS }, () => new TestClient(prepared.ports['good']!))
  for (const client of clients) client.socket.write('hello\n')
  for (const client of clients) await client.gets('hello\n')
  const lose = async (): Promise<void> => {
    const hostile = new TestClient(prepared.ports['bad']!)
    hostile.socket.write('x\n')
    await hostile.closes()
  }
  const talk = async (line: string): Promise<void> => {
    for (const client of clients) client.socket.write(`${line}\n`)
    for (const client of clients) await client.gets(`${line}\n`)
  }
  return { pool, clients, ports: prepared.ports, lose, talk, pid: () => pool.workers()[0]!.pid }
}
const lost = async (pool: WorkerPool): Promise<number> =>
  (await pool.stats()).extensions['bad']!.lost + (await pool.stats()).extensions['bad']!.memoryKills

test('a lost thread is replaced, and not the worker', async () => {
  const { pool, lose, talk, pid } = await start(3, 60_000)
  const before = pid()
  await lose()
  await until(async () => await lost(pool) === 1, 'the thread to be lost')
  await until(async () => (await pool.stats()).extensions['bad']!.up === 1, 'another guest')
  await talk('reply on')
  expect(pid()).toBe(before)
})

test('a worker that is replaced keeps its 100 clients, until their time is over and it says goodbye', async () => {
  const { pool, clients, ports, lose, talk, pid } = await start(1, 4000)
  const before = pid()
  await lose()
  await until(() => pid() !== before, 'another worker')
  await talk('reply x')
  expect(clients.filter(client => client.closed)).toEqual([])
  const fresh = new TestClient(ports['good']!)
  fresh.socket.write('hello\n')
  await fresh.gets('hello\n')
  expect((await pool.connections({ userVserver: 'good' })).length).toBe(CLIENTS + 1)
  for (const client of clients) await client.closes()
  expect(new Set(clients.map(client => client.text.split('\n').at(-2)))).toEqual(
    new Set(['goodbye shutdown after 2 answered'])
  )
  fresh.socket.write('reply y\n')
  await fresh.gets('reply y\n')
})
