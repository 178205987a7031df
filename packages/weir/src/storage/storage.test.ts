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

/** All that is kept of the sessions, one character a byte. */
const bytesOf = async ({ sessions }: Storage): Promise<string> => {
  const parts: Uint8Array[] = []
  for await (const file of sessions.read()) for await (const part of file) parts.push(part.slice())
  return Buffer.concat(parts).toString('latin1')
}

/** What every storage does. `make` returns an empty one, `reopen` what the next process sees of it. */
const storageSuite = (name: string, make: () => Promise<Storage>, reopen: (storage: Storage) => Storage): void => {
  const kept = async (storage: Storage): Promise<string> => await bytesOf(reopen(storage))

  describe(name, () => {
    test('holds nothing at first', async () => {
      const storage = await make()
      expect(await storage.load()).toBeUndefined()
      expect(await storage.history()).toEqual([])
      expect(await kept(storage)).toBe('')
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

    test('keeps what is appended for the sessions, in order', async () => {
      const storage = await make()
      const { sessions } = storage
      await sessions.append(Buffer.from('one '))
      await sessions.append(Buffer.from(Array.from({ length: 256 }, (_, i) => i)))
      await sessions.sync()
      expect(await kept(storage)).toBe(`one ${String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i))}`)
      await sessions.close()
      await sessions.close()
    })

    test('puts a snapshot in the place of what was before it began, and of nothing else', async () => {
      const storage = await make()
      const { sessions } = storage
      await sessions.append(Buffer.from('old '))
      const snapshot = await sessions.snapshot()
      await sessions.append(Buffer.from('meanwhile '))
      await snapshot.write(Buffer.from('snap'))
      await snapshot.write(Buffer.from('shot '))
      expect(await kept(storage)).toBe('old meanwhile ')
      await snapshot.commit()
      await sessions.append(Buffer.from('after'))
      expect(await kept(storage)).toBe('snapshot meanwhile after')
      await sessions.close()
    })

    test('forgets a snapshot that is given up, and takes another', async () => {
      const storage = await make()
      const { sessions } = storage
      await sessions.append(Buffer.from('one '))
      const snapshot = await sessions.snapshot()
      await snapshot.write(Buffer.from('half'))
      await snapshot.abort()
      await snapshot.abort()
      await sessions.append(Buffer.from('two '))
      expect(await kept(storage)).toBe('one two ')
      const next = await sessions.snapshot()
      await next.write(Buffer.from('both '))
      await next.commit()
      expect(await kept(storage)).toBe('both ')
      await sessions.close()
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

storageSuite('memory storage', async () => new MemoryStorage(), storage => storage)
const paths = new WeakMap<Storage, string>()
storageSuite('file storage', async () => {
  const path = join(await directory(), 'not', 'made', 'yet')
  const storage = new FileStorage(path)
  paths.set(storage, path)
  return storage
}, storage => new FileStorage(paths.get(storage)!))

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
    await storage.sessions.append(Buffer.from('x'))
    const snapshot = await storage.sessions.snapshot()
    await storage.sessions.append(Buffer.from('y'))
    await snapshot.commit()
    await storage.sessions.close()
    expect((await readdir(path)).sort()).toEqual(['config.json', 'history', 'sessions'])
    expect((await readdir(join(path, 'sessions'))).sort()).toEqual(['0000000001.log', '0000000001.snapshot'])
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
