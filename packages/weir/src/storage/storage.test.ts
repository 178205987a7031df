import { mkdtemp, readdir, readFile, rm, stat, writeFile, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseConfig } from '@weirlb/model'
import { afterAll, describe, expect, test } from 'vitest'
import { FileStorage } from './file.ts'
import { MemoryStorage } from './memory.ts'
import { textOf } from './revision-text.ts'
import { MAX_REVISIONS, revisionsKept, type SavedRevision, type Storage } from './storage.ts'

const revision = (number: number): SavedRevision => ({
  revision: number,
  savedAt: new Date(number * 1000).toISOString(),
  config: parseConfig({
    services: [{ name: `s${number}`, address: '127.0.0.1', port: number }],
    certkeys: [{ name: 'c', cert: 'C', key: 'K' }]
  })
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
      expect(await storage.revisions()).toEqual([])
      expect(await storage.revision(1)).toBeUndefined()
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
      const author = { via: 'api' } as const
      const summary = {
        added: 1,
        changed: 0,
        removed: 0,
        entities: [{ action: 'added', collection: 'services', name: 's' }]
      } as const
      for (let n = 1; n <= MAX_REVISIONS + 3; n++)
        await storage.save({ ...revision(n), author, summary: { ...summary, entities: [...summary.entities] } })
      const kept = Array.from({ length: MAX_REVISIONS }, (_, i) => MAX_REVISIONS + 3 - i)
      for (const one of [storage, reopen(storage)]) {
        await one.load()
        expect((await one.revisions()).map(r => r.revision)).toEqual(kept)
        expect((await one.revisions())[0]).toEqual({
          revision: MAX_REVISIONS + 3,
          savedAt: revision(MAX_REVISIONS + 3).savedAt,
          author,
          summary
        })
        expect(await one.revision(MAX_REVISIONS + 3)).toEqual(await one.load())
        expect(await one.revision(4)).toMatchObject(revision(4))
        expect(await one.revision(3)).toBeUndefined()
      }
    })

    test('has one of each number, as it was saved last', async () => {
      const storage = await make()
      await storage.save(revision(1))
      await storage.save(revision(2))
      await storage.save({ ...revision(2), author: { via: 'api' } })
      expect((await storage.revisions()).map(each => [each.revision, each.author?.via])).toEqual([[2, 'api'], [1, undefined]])
      expect(await storage.revision(2)).toMatchObject({ author: { via: 'api' } })
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
    for (const file of ['config.json', 'history/0000000001.json'])
      expect((await stat(join(path, file))).mode & 0o777).toBe(0o600)
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
    await expect(storage.save(revision(2))).rejects.toMatchObject({
      code: 'storage-failed',
      message: `cannot save the configuration to ${join(path, 'config.json')}: it is a directory (EISDIR)`
    })
    expect(await readFile(join(path, 'config.json'), 'utf8')).toBe(before)
    expect((await readdir(join(path, 'history'))).filter(f => f.endsWith('.tmp'))).toEqual([])
  })

  test('under a file is refused', async () => {
    const path = join(await directory(), 'file')
    await writeFile(path, '')
    await expect(new FileStorage(join(path, 'state')).save(revision(1))).rejects.toMatchObject({
      code: 'storage-failed',
      message: expect.stringContaining('(ENOTDIR)') as string
    })
  })

  const damaged = ['', '{"revision":1', '[]', '{"version":3}', '\0\0\0\0']
  test.each(damaged)('does not take %j for a configuration', async text => {
    const path = await directory()
    await writeFile(join(path, 'config.json'), text)
    await expect(new FileStorage(path).load()).rejects.toMatchObject({
      code: 'storage-failed',
      message: expect.stringContaining(`cannot read ${join(path, 'config.json')}`) as string
    })
  })

  test.each([...damaged, 'one port was changed'])(
    'uses the last good revision where the current one is %j, says so and keeps the damaged file',
    async text => {
      const path = await directory()
      const file = join(path, 'config.json')
      const before = new FileStorage(path)
      for (const n of [1, 2, 3]) await before.save(revision(n))
      const written = text === 'one port was changed'
        ? (await readFile(file, 'utf8')).replace('"port": 3', '"port": 4')
        : text
      await writeFile(file, written)
      await writeFile(join(path, 'history', '0000000003.json'), written)
      const storage = new FileStorage(path)
      expect(await storage.load()).toEqual(revision(2))
      expect(storage.damage).toMatch(
        /^cannot read .*config\.json: .*; revision 2 of 1970-01-01T00:00:02\.000Z is the last good one and is used; the damaged file is now .*config\.json\.damaged$/
      )
      expect(await readFile(`${file}.damaged`, 'utf8')).toBe(written)
      expect((await storage.revisions()).map(each => each.revision)).toEqual([2, 1])
      // The next start finds nothing damaged.
      const next = new FileStorage(path)
      expect([await next.load(), next.damage]).toEqual([revision(2), undefined])
      await next.save({ ...revision(3), savedAt: 'again' })
      expect(await next.revision(3)).toMatchObject({ savedAt: 'again' })
    }
  )

  test('reads what an older release saved', async () => {
    const path = await directory()
    await mkdir(join(path, 'history'))
    for (const file of ['config.json', 'history/0000000001.json'])
      await writeFile(join(path, file), JSON.stringify(revision(1), null, 2))
    const storage = new FileStorage(path)
    await storage.open()
    expect(await storage.load()).toEqual(revision(1))
    expect(await storage.revisions()).toEqual([{ revision: 1, savedAt: revision(1).savedAt }])
    await storage.close()
  })

  test('shows no revision that a crash kept from being applied', async () => {
    const path = await directory()
    await new FileStorage(path).save(revision(1))
    await writeFile(join(path, 'history', '0000000002.json'), textOf(revision(2)))
    const storage = new FileStorage(path)
    await storage.load()
    expect([(await storage.revisions()).length, await storage.revision(2)]).toEqual([1, undefined])
  })

  test('of a newer release is refused, and nothing in it is changed', async () => {
    const path = await directory()
    await new FileStorage(path).save(revision(1))
    await writeFile(join(path, 'format.json'), '{"format":2,"release":"9.0.0"}', { mode: 0o644 })
    const state = async (): Promise<unknown> =>
      await Promise.all(
        (await readdir(path, { recursive: true })).sort().map(async file => {
          const { mtimeMs, mode, size } = await stat(join(path, file))
          return [file, mtimeMs, mode, size]
        })
      )
    const before = await state()
    await expect(new FileStorage(path).open()).rejects.toMatchObject({
      code: 'storage-failed',
      message: `the state directory '${path}' was written by a newer release (Weir 9.0.0): it has form 2, and this release reads up to 1; nothing in it was changed. Run that release, or choose another directory`
    })
    expect(await state()).toEqual(before)
  })

  test('notes its form', async () => {
    const path = await directory()
    for (const damage of [undefined, '{"form']) {
      if (damage !== undefined) await writeFile(join(path, 'format.json'), damage)
      const storage = new FileStorage(path)
      await storage.open()
      expect(JSON.parse(await readFile(join(path, 'format.json'), 'utf8'))).toMatchObject({ format: 1 })
      await storage.close()
    }
  })

  test('large revisions leave room for fewer, and the current one is always kept', () => {
    const MiB = 1024 * 1024
    expect(
      [[], [100 * MiB], [100 * MiB, 1], [30 * MiB, 30 * MiB, 4 * MiB, 1], Array<number>(150).fill(1)].map(sizes =>
        revisionsKept(sizes)
      )
    ).toEqual([0, 1, 1, 3, 100])
  })
})
