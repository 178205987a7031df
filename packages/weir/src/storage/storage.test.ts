import { mkdtemp, readdir, readFile, rm, stat, writeFile, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseConfig } from '@weirlb/model'
import { afterAll, describe, expect, test } from 'vitest'
import { FileStorage } from './file.ts'
import { MemoryStorage } from './memory.ts'
import { historyLength, type SavedRevision, type Storage } from './storage.ts'

const revision = (number: number): SavedRevision => ({
  revision: number,
  savedAt: new Date(number * 1000).toISOString(),
  config: parseConfig({ services: [{ name: `s${number}`, address: '127.0.0.1', port: number }], certkeys: [{ name: 'c', cert: 'C', key: 'K' }] })
})

/** What every storage does. `make` answers an empty one. */
const storageSuite = (name: string, make: () => Promise<Storage>): void => {
  describe(name, () => {
    test('holds nothing at first', async () => {
      const storage = await make()
      expect(await storage.load()).toBeUndefined()
      expect(await storage.history()).toEqual([])
      expect(await storage.loadSessions()).toEqual([])
    })

    test('answers what was saved last, private keys included', async () => {
      const storage = await make()
      await storage.save(revision(1))
      await storage.save(revision(2))
      expect(await storage.load()).toEqual(revision(2))
      expect((await storage.load())?.config.certkeys[0]?.key).toBe('K')
    })

    test('remembers the last revisions, newest first, and forgets older ones', async () => {
      const storage = await make()
      for (let n = 1; n <= historyLength + 3; n++) await storage.save(revision(n))
      const history = await storage.history()
      expect(history.map(r => r.revision)).toEqual(Array.from({ length: historyLength }, (_, i) => historyLength + 3 - i))
      expect(history[0]).toEqual(await storage.load())
    })

    test('is not changed by what happens to a revision after it was saved', async () => {
      const storage = await make()
      const saved = structuredClone(revision(1))
      await storage.save(saved)
      saved.config.services.length = 0
      expect(await storage.load()).toEqual(revision(1))
    })

    test('keeps sessions, any byte in their keys', async () => {
      const storage = await make()
      const key = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join('')
      const session = { lbVserver: 'lb', key, service: 's', expiresAt: 123 }
      await storage.saveSessions([session])
      expect(await storage.loadSessions()).toEqual([session])
      await storage.saveSessions([])
      expect(await storage.loadSessions()).toEqual([])
    })
  })
}

const made: string[] = []
const directory = async (): Promise<string> => {
  const path = await mkdtemp(join(tmpdir(), 'weir-storage-'))
  made.push(path)
  return path
}
afterAll(async () => { for (const path of made) await rm(path, { recursive: true }) })

storageSuite('memory storage', async () => new MemoryStorage())
storageSuite('file storage', async () => new FileStorage(join(await directory(), 'not', 'made', 'yet')))

describe('file storage', () => {
  test('lets only the owner read', async () => {
    const path = await directory()
    await new FileStorage(path).save(revision(1))
    for (const file of ['config.json', 'history/0000000001.json']) expect((await stat(join(path, file))).mode & 0o777).toBe(0o600)
    expect((await stat(join(path, 'history'))).mode & 0o777).toBe(0o700)
  })

  test('takes the permissions of others from files that were put there', async () => {
    const path = await directory()
    await mkdir(join(path, 'history'), { mode: 0o755 })
    const files = ['config.json', 'sessions.json', 'history/0000000001.json']
    for (const file of files) await writeFile(join(path, file), '{}', { mode: 0o664 })
    const storage = new FileStorage(path)
    await storage.open()
    for (const file of files) expect([file, (await stat(join(path, file))).mode & 0o777]).toEqual([file, 0o600])
    await storage.close()
  })

  test('is read back by another process', async () => {
    const path = await directory()
    await new FileStorage(path).save(revision(7))
    expect(await new FileStorage(path).load()).toEqual(revision(7))
  })

  test('leaves nothing behind but its files', async () => {
    const path = await directory()
    const storage = new FileStorage(path)
    await storage.save(revision(1))
    await storage.saveSessions([])
    expect((await readdir(path)).sort()).toEqual(['config.json', 'history', 'sessions.json'])
  })

  test('survives the left-over of a crash while writing', async () => {
    const path = await directory()
    const storage = new FileStorage(path)
    await storage.save(revision(1))
    await writeFile(join(path, 'config.json.tmp'), '{"revision":2,"conf', { mode: 0o644 })
    expect(await storage.load()).toEqual(revision(1))
    await storage.save(revision(2))
    expect(await storage.load()).toEqual(revision(2))
    expect((await stat(join(path, 'config.json'))).mode & 0o777).toBe(0o600)
  })

  test('that cannot write says where and why, and keeps what it had', async () => {
    const path = await directory()
    const storage = new FileStorage(path)
    await storage.save(revision(1))
    const before = await readFile(join(path, 'config.json'), 'utf8')
    // A directory where the file has to go: the rename, the last step, fails.
    await mkdir(join(path, 'history', '0000000002.json'))
    await expect(storage.save(revision(2))).rejects.toMatchObject({ code: 'storage-failed', message: `cannot save the configuration to ${join(path, 'config.json')}: it is a directory (EISDIR)` })
    expect(await readFile(join(path, 'config.json'), 'utf8')).toBe(before)
    expect((await readdir(join(path, 'history'))).filter(f => f.endsWith('.tmp'))).toEqual([])
  })

  test('under a file is refused', async () => {
    const path = join(await directory(), 'file')
    await writeFile(path, '')
    await expect(new FileStorage(join(path, 'state')).save(revision(1))).rejects.toMatchObject({ code: 'storage-failed', message: expect.stringContaining('(ENOTDIR)') as string })
  })

  test.each(['', '{"revision":1', '[]', '{"version":3}'])('does not take %j for a configuration', async text => {
    const path = await directory()
    await writeFile(join(path, 'config.json'), text)
    await expect(new FileStorage(path).load()).rejects.toMatchObject({ code: 'storage-failed', message: expect.stringContaining(`cannot read ${join(path, 'config.json')}`) as string })
  })
})
