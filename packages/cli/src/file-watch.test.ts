import { mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { FileWatch } from './file-watch.ts'

/** A watch that only looks when it is told to, on files of a folder. */
const watched = async (...names: string[]) => {
  const directory = await mkdtemp(join(tmpdir(), 'weir-watch-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const files = names.map(name => join(directory, name))
  let reports = 0
  const watch = new FileWatch(() => files, async () => { reports++ })
  /** Reports of the next looks. */
  const look = async (times: number): Promise<number> => {
    const before = reports
    for (let i = 0; i < times; i++) await watch.look()
    return reports - before
  }
  return {
    files,
    directory,
    watch,
    look,
    write: async (name: string, text: string) => {
      await writeFile(join(directory, name), text)
    }
  }
}

test('a change is reported once two looks have found the same', async () => {
  const { watch, look, write } = await watched('a', 'b')
  await write('a', '1')
  await watch.note()
  expect(await look(3)).toBe(0)
  await write('a', '22')
  expect(await look(1)).toBe(0)
  // It goes on: several changes in a row are one.
  await write('a', '333')
  expect(await look(1)).toBe(0)
  expect(await look(1)).toBe(1)
  expect(await look(3)).toBe(0)
})

test('what changes between the note and the first look is reported', async () => {
  const { watch, look, write } = await watched('a')
  await write('a', '1')
  await watch.note()
  await write('a', '22')
  expect(await look(2)).toBe(1)
})

test('files that appear, go, are renamed over or stand behind a link are noticed; the same content written again, too', async () => {
  const { watch, look, write, directory, files } = await watched('a', 'link')
  await write('real-1', 'x')
  await write('real-2', 'y')
  await symlink(join(directory, 'real-1'), files[1]!)
  await watch.note()
  await write('a', 'x')
  expect(await look(2)).toBe(1)
  await write('new', 'x')
  await rename(join(directory, 'new'), files[0]!)
  expect(await look(2)).toBe(1)
  await symlink(join(directory, 'real-2'), join(directory, 'other'))
  await rename(join(directory, 'other'), files[1]!)
  expect(await look(2)).toBe(1)
  await utimes(files[0]!, new Date(), new Date(1e12))
  expect(await look(2)).toBe(1)
  await rm(files[0]!)
  expect(await look(2)).toBe(1)
})

test('a file that is new to the watch is reported when it changes', async () => {
  const { watch, look, write, directory, files } = await watched('a')
  await write('a', '1')
  await write('b', '1')
  await watch.note()
  files.push(join(directory, 'b'))
  expect(await look(3)).toBe(0)
  await write('b', '22')
  expect(await look(2)).toBe(1)
})
