import { setImmediate as turn } from 'node:timers/promises'
import { pinningOf } from '@weirlb/engine'
import { parseConfig } from '@weirlb/model'
import { TIME_SCALE, until } from '@weirlb/testing'
import { afterEach, expect, test } from 'vitest'
import { Events } from '../events.ts'
import { makeLog } from '../log.ts'
import { SessionMemory } from '../storage/session-memory.ts'
import type { SnapshotWriter } from '../storage/session-archive.ts'
import { SessionRecordReader } from '../storage/session-records.ts'
import { SessionBook } from './session-book.ts'
import { SessionKeeper, type KeeperLimits } from './session-keeper.ts'

/** A disk that can be full. Beside what it keeps it counts what it was asked. */
class Disk extends SessionMemory {
  override readonly durable: boolean = true
  override wantsSnapshot = false
  full: 'no' | 'for the log' | 'for syncs' | 'for snapshots' | 'yes' = 'no'
  /** What a snapshot waits for before its next part. */
  pause: Promise<void> | undefined
  refused = 0
  appends = 0
  syncs = 0
  /** Snapshots that were begun, and those that were written. */
  begun = 0
  snapshots = 0

  override async append (records: Uint8Array): Promise<void> {
    this.#need('for the log')
    this.appends++
    await super.append(records)
  }

  override async sync (): Promise<void> {
    this.syncs++
    this.#need('for syncs')
    await this.pause
  }

  override async snapshot (): Promise<SnapshotWriter> {
    const snapshot = await super.snapshot()
    this.begun++
    return {
      write: async records => {
        this.#need('for snapshots')
        await this.pause
        await snapshot.write(records)
      },
      commit: async () => {
        this.snapshots++
        this.wantsSnapshot = false
        await snapshot.commit()
      },
      abort: async () => { await snapshot.abort() }
    }
  }

  #need (what: typeof this.full): void {
    if (this.full !== 'yes' && this.full !== what) return
    this.refused++
    throw Object.assign(new Error('the disk is full'), { code: 'ENOSPC' })
  }
}

const limits = { writeMs: 1, syncMs: 5, retryMs: 2 }
const lbVservers =
  parseConfig({
    services: [{ name: 'a', address: '127.0.0.1', port: 1 }],
    lbVservers: [{ name: 'lb', persistence: { type: 'user-session', timeoutSeconds: 60 }, services: [{ name: 'a' }] }]
  }).lbVservers
const keepers: SessionKeeper[] = []
const books: SessionBook[] = []
afterEach(async () => {
  for (const keeper of keepers.splice(0)) await keeper.stop()
  for (const book of books.splice(0)) book.close()
})

const start = async (disk: Disk = new Disk(), within: Partial<KeeperLimits> = limits) => {
  const log = makeLog('silent', {})
  const events = new Events(log)
  const told: string[] = []
  events.on('sessions-not-saved', ({ reason }) => { told.push(`not saved: ${reason}`) })
  events.on('sessions-lost', ({ reason }) => { told.push(`lost: ${reason}`) })
  const book = new SessionBook()
  const keeper = new SessionKeeper(book, disk, log, events, within)
  keepers.push(keeper)
  books.push(book)
  await keeper.restore()
  keeper.listen()
  book.configure(pinningOf({ lbVservers, glbs: [] }))
  keeper.start()
  return { disk, book, keeper, told }
}
type Started = Awaited<ReturnType<typeof start>>

const claim = ({ book }: Started, key: string): void => {
  book.claim({ lbVserver: 'lb', key, proposal: 'a', unavailable: [] }, 1)
}
/** What a process that starts now finds: the one before it was killed. */
const kept = async (disk: Disk): Promise<string[]> => {
  const book = new SessionBook()
  const reader = new SessionRecordReader(book)
  for await (const file of disk.read()) {
    for await (const part of file) reader.push(part)
    reader.endFile()
  }
  expect(reader.end().damagedBytes).toBe(0)
  const keys = (await book.list({})).map(({ key }) => key).sort()
  book.close()
  return keys
}

test('what happened is written soon, and is on disk a little later', async () => {
  const weir = await start()
  const { disk, book } = weir
  claim(weir, 'k')
  claim(weir, 'l')
  await until(async () => (await kept(disk)).join() === 'k,l', 'both in the log')
  await until(() => disk.syncs > 0, 'a sync')
  book.release('lb', 'k', 60_000, 1)
  book.delete({ key: 'l' })
  await until(async () => (await kept(disk)).join() === 'k', 'the deletion in the log')
  // Nothing happens, and nothing is written.
  const { appends } = disk
  await until(() => disk.syncs > 1, 'the second sync')
  expect([disk.appends, disk.snapshots]).toEqual([appends, 0])
})

test('a disk that takes long to say that it has everything does not hold up what is written', async () => {
  const weir = await start()
  const { disk } = weir
  let go = (): void => {}
  disk.pause = new Promise(resolve => { go = resolve })
  claim(weir, 'k')
  await until(() => disk.syncs === 1, 'a sync')
  claim(weir, 'l')
  await until(async () => (await kept(disk)).join() === 'k,l', 'both in the log')
  expect(disk.syncs).toBe(1)
  go()
  await until(() => disk.syncs === 2, 'the second sync')
})

test('a sync that fails is tried again, also when nothing happens', async () => {
  const weir = await start()
  const { disk, keeper } = weir
  disk.full = 'for syncs'
  claim(weir, 'k')
  await until(() => disk.refused >= 3, 'three tries')
  expect([keeper.counts.failing, await kept(disk)]).toEqual([true, ['k']])
  disk.full = 'no'
  await until(() => !keeper.counts.failing, 'a success')
})

test('a stop writes what waits', async () => {
  const weir = await start()
  claim(weir, 'k')
  await weir.keeper.stop()
  expect(await kept(weir.disk)).toEqual(['k'])
  expect(weir.told).toEqual([])
})

test('an entry that was held comes back for its whole time, and one that was not for the rest', async () => {
  const weir = await start()
  claim(weir, 'held')
  claim(weir, 'freed')
  weir.book.release('lb', 'freed', 5000, 1)
  await weir.keeper.stop()
  const { book } = await start(weir.disk)
  const left = Object.fromEntries(
    (await book.list({})).map((
      { key, connections, expiresInMs }
    ) => [key, [connections, Math.ceil(expiresInMs! / 5000)]])
  )
  expect(left).toEqual({ held: [0, 12], freed: [0, 1] })
})

test('a failure is told, counted and tried again until it succeeds; nothing is lost, and no call rejects', async () => {
  const weir = await start()
  const { disk, keeper, told } = weir
  disk.full = 'yes'
  claim(weir, 'k')
  await until(() => disk.refused >= 3, 'three tries')
  claim(weir, 'l')
  expect(keeper.counts).toEqual({ failures: told.length, failing: true })
  expect(told[0]).toBe('not saved: the disk is full')
  disk.full = 'no'
  await until(() => !keeper.counts.failing, 'a success')
  expect(await kept(disk)).toEqual(['k', 'l'])
  expect(keeper.counts.failures).toBeGreaterThanOrEqual(3)
})

test('a stop with a full disk ends, and tells', async () => {
  const weir = await start()
  claim(weir, 'k')
  weir.disk.full = 'yes'
  await weir.keeper.stop()
  expect(weir.told).toEqual(['not saved: the disk is full'])
})

test('a snapshot has what there is, whatever happens while it is written', async () => {
  const weir = await start()
  const { disk, book } = weir
  const keys = Array.from({ length: 3000 }, (_, i) => `k${i}`)
  for (const key of keys) claim(weir, key)
  let go = (): void => {}
  disk.pause = new Promise(resolve => { go = resolve })
  disk.wantsSnapshot = true
  claim(weir, 'one more')
  await until(() => disk.appends > 0, 'the log to go on beside it')
  for (const key of ['k0', 'k1500', 'k2999']) book.delete({ key })
  claim(weir, 'late')
  go()
  await until(() => disk.snapshots === 1, 'the snapshot')
  const expected = [...keys.filter(key => !['k0', 'k1500', 'k2999'].includes(key)), 'late', 'one more'].sort()
  await until(async () => (await kept(disk)).length === expected.length, 'the log')
  expect(await kept(disk)).toEqual(expected)
})

test('a snapshot that fails is tried again, and the log has all meanwhile', async () => {
  const weir = await start()
  const { disk, keeper } = weir
  disk.full = 'for snapshots'
  disk.wantsSnapshot = true
  claim(weir, 'k')
  await until(() => disk.refused >= 2, 'two tries')
  claim(weir, 'l')
  await until(async () => (await kept(disk)).join() === 'k,l', 'both in the log')
  expect([keeper.counts.failing, disk.snapshots]).toEqual([true, 0])
  disk.full = 'no'
  await until(() => disk.snapshots === 1, 'the snapshot')
  expect(await kept(disk)).toEqual(['k', 'l'])
  await until(() => !keeper.counts.failing, 'a success')
})

test.each([[0, 0], [1, 1]])(
  'with %i bytes more than may wait, what waits is given up, and %i snapshots have it all when the disk takes one',
  async (more, snapshots) => {
    const keys = Array.from({ length: 50 }, (_, i) => `k${i}`.padEnd(73, '.'))
    // A record has 24 bytes beside 'lb', 'a' and the key; it begins with the first that fails.
    const weir = await start(new Disk(), { ...limits, maxWaiting: keys.length * 100 - more })
    const { disk, keeper } = weir
    disk.full = 'yes'
    for (const key of keys) claim(weir, key)
    await until(() => disk.refused >= 1, 'a try')
    disk.full = 'no'
    await until(async () => !keeper.counts.failing && (await kept(disk)).length === keys.length, 'all that there is')
    expect([await kept(disk), disk.snapshots]).toEqual([keys.sort(), snapshots])
  }
)

test('what cannot be read is told, and the rest is there', async () => {
  const weir = await start()
  claim(weir, 'k')
  await weir.keeper.stop()
  await weir.disk.append(Buffer.alloc(2000))
  const again = await start(weir.disk)
  expect(again.told).toEqual(['lost: 2000 bytes of what was saved are damaged; the rest was restored'])
  expect((await again.book.list({})).map(({ key }) => key)).toEqual(['k'])
})

test('a storage that nothing outlives gets a snapshot at the stop, and no log', async () => {
  class Memory extends Disk { override readonly durable = false }
  const weir = await start(new Memory())
  claim(weir, 'k')
  await weir.keeper.stop()
  expect([weir.disk.appends, weir.disk.snapshots]).toEqual([0, 1])
  expect(await kept(weir.disk)).toEqual(['k'])
})

test('a stop before anything was read leaves what there is', async () => {
  class Memory extends Disk { override readonly durable = false }
  const disk = new Memory()
  const weir = await start(disk)
  claim(weir, 'k')
  await weir.keeper.stop()
  const log = makeLog('silent', {})
  await new SessionKeeper(new SessionBook(), disk, log, new Events(log)).stop()
  expect(await kept(disk)).toEqual(['k'])
})

test('a log that throws ends nothing', async () => {
  const disk = new Disk()
  const throwing = {
    ...makeLog('silent', {}),
    info () {},
    error () {},
    debug () {},
    warn (): void {
      throw new Error('nobody reads this')
    }
  }
  const book = new SessionBook()
  books.push(book)
  const keeper = new SessionKeeper(book, disk, throwing as never, new Events(makeLog('silent', {})), limits)
  await keeper.restore()
  keeper.listen()
  disk.full = 'yes'
  book.pin('lb', 'k', 'a', 1)
  await until(() => disk.refused >= 2, 'two tries')
  disk.full = 'no'
  await until(async () => (await kept(disk)).join() === 'k', 'the entry in the log')
  await keeper.stop()
})

/** Turns of the event loop until something has happened. */
const turnsUntil = async (happened: () => boolean): Promise<number> => {
  let turns = 0
  const ends = performance.now() + 10_000 * TIME_SCALE
  for (; !happened(); turns++) {
    if (performance.now() > ends) throw new Error('it did not happen')
    await turn()
  }
  return turns
}

test.each([
  ['all of them held', 0],
  ['one of them held', 9_999],
  ['none of them held', 10_000]
])(
  'a snapshot of 10,000 entries, %s, lets the event loop turn after each 1,000, however fast the disk is',
  async (_, freed) => {
    const weir = await start()
    const { disk, book } = weir
    disk.wantsSnapshot = true
    for (let i = 0; i < 10_000; i++) claim(weir, `k${i}`)
    for (let i = 0; i < freed; i++) book.release('lb', `k${i}`, 60_000, 1)
    await turnsUntil(() => disk.begun > 0)
    expect(await turnsUntil(() => disk.snapshots > 0)).toBeGreaterThanOrEqual(9)
    expect(await kept(disk)).toHaveLength(10_000)
  }
)
