import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DirectoryLock } from './directory-lock.ts'

let directory: string
beforeEach(async () => { directory = await mkdtemp(join(tmpdir(), 'weir-lock-')) })
afterEach(async () => { await rm(directory, { recursive: true }) })

test('one holder at a time, also within a process; released, the next may have it', async () => {
  const state = join(directory, 'made', 'for', 'it')
  const lock = await DirectoryLock.take(state)
  await expect(DirectoryLock.take(state)).rejects.toMatchObject({
    code: 'storage-failed',
    message: expect.stringContaining(`'${state}' is in use by process ${process.pid}`) as string
  })
  await lock.release()
  await lock.release()
  await (await DirectoryLock.take(state)).release()
  expect(await readdir(state)).toEqual([])
})

test.each(['of a process that is gone', 'of an earlier process of the same id', 'that nobody wrote'])(
  'a lock %s is taken over',
  async which => {
    const gone = spawnSync(process.execPath, ['-e', '']).pid
    const stale = {
      'of a process that is gone': `${gone}..x`,
      'of an earlier process of the same id': `${process.pid}.another-1.x`,
      'that nobody wrote': 'garbage'
    }[which]!
    await symlink(stale, join(directory, 'lock'))
    const lock = await DirectoryLock.take(directory)
    await lock.release()
    expect(await readdir(directory)).toEqual([])
  }
)

test('of many that want a stale lock at once, one gets it', async () => {
  await symlink(`${process.pid}.another-1.x`, join(directory, 'lock'))
  const results = await Promise.allSettled(Array.from({ length: 20 }, async () => await DirectoryLock.take(directory)))
  expect(results.filter(r => r.status === 'fulfilled')).toHaveLength(1)
  expect(await readdir(directory)).toEqual(['lock'])
})

test('a claim whose process went away over it does not stand in the way', async () => {
  await symlink('stale', join(directory, 'lock'))
  await symlink('stale too', join(directory, `lock.${createHash('sha256').update('stale').digest('hex').slice(0, 16)}`))
  await DirectoryLock.take(directory)
  expect(await readdir(directory)).toEqual(['lock'])
})

test('releasing leaves a lock alone that is not the own one', async () => {
  const lock = await DirectoryLock.take(directory)
  await rm(join(directory, 'lock'))
  const other = await DirectoryLock.take(directory)
  await lock.release()
  await expect(DirectoryLock.take(directory)).rejects.toThrow('in use')
  await other.release()
})
