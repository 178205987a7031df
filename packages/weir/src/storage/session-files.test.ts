import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { SessionFiles } from './session-files.ts'
import { SessionRecordReader } from './session-records.ts'

let directory: string
beforeEach(async () => { directory = await mkdtemp(join(tmpdir(), 'weir-sessions-')) })
afterEach(async () => { await rm(directory, { recursive: true }) })

const bytesOf = async (files: SessionFiles): Promise<string> => {
  const parts: Uint8Array[] = []
  for await (const file of files.read()) for await (const part of file) parts.push(part.slice())
  return Buffer.concat(parts).toString('latin1')
}
const names = async (): Promise<string[]> => (await readdir(join(directory, 'sessions'))).sort()
/** A start: what there is, and a log of its own. */
const begin = async (records: string): Promise<{ readonly files: SessionFiles, readonly before: string }> => {
  const files = new SessionFiles(directory)
  const before = await bytesOf(files)
  await files.append(Buffer.from(records))
  return { files, before }
}

test('every start begins a log of its own, and reads those before it', async () => {
  for (const [text, before] of [['a', ''], ['b', 'a'], ['c', 'ab']] as const) {
    const begun = await begin(text)
    expect(begun.before).toBe(before)
    await begun.files.close()
  }
  expect(await names()).toEqual(['0000000001.log', '0000000002.log', '0000000003.log'])
})

test('a start that has nothing to say leaves nothing', async () => {
  const files = new SessionFiles(directory)
  expect(await bytesOf(files)).toBe('')
  await files.sync()
  await files.close()
  expect(await readdir(directory)).toEqual([])
})

test.each([[8, false], [9, true]])('of %i logs a snapshot is wanted: %s', async (logs, wanted) => {
  for (let i = 0; i < logs; i++) await (await begin('x')).files.close()
  const files = new SessionFiles(directory)
  expect(await bytesOf(files)).toBe('x'.repeat(logs))
  expect(files.wantsSnapshot).toBe(wanted)
})

test('a snapshot is wanted when the log is larger than 8 MiB and than half of the snapshot before it', async () => {
  const files = new SessionFiles(directory)
  await bytesOf(files)
  const part = Buffer.alloc(1024 * 1024)
  for (let i = 0; i < 8; i++) await files.append(part)
  expect(files.wantsSnapshot).toBe(false)
  await files.append(Buffer.from('x'))
  expect(files.wantsSnapshot).toBe(true)
  const snapshot = await files.snapshot()
  for (let i = 0; i < 18; i++) await snapshot.write(part)
  await files.append(Buffer.from('x'))
  await snapshot.commit()
  expect(files.wantsSnapshot).toBe(false)
  for (let i = 0; i < 8; i++) await files.append(part)
  await files.append(part.subarray(1))
  // At the bound; what went to the log while the snapshot was written counts too.
  expect(files.wantsSnapshot).toBe(false)
  await files.append(Buffer.from('x'))
  expect(files.wantsSnapshot).toBe(true)
  await files.close()
  // The next start knows as much.
  const next = new SessionFiles(directory)
  await bytesOf(next)
  expect(next.wantsSnapshot).toBe(true)
})

test('what a killed process left of a snapshot is not read, and is in nobody\'s way', async () => {
  const { files } = await begin('one ')
  const snapshot = await files.snapshot()
  await snapshot.write(Buffer.from('half'))
  await files.append(Buffer.from('two '))
  const again = await begin('three ')
  expect(again.before).toBe('one two ')
  const next = await again.files.snapshot()
  await next.write(Buffer.from('all '))
  await next.commit()
  expect(await bytesOf(new SessionFiles(directory))).toBe('all ')
  await files.close()
  await again.files.close()
  expect((await names()).filter(name => !name.endsWith('.tmp'))).toEqual(['0000000004.snapshot'])
})

test('files of before a snapshot that are still there are not read', async () => {
  const { files } = await begin('old')
  const snapshot = await files.snapshot()
  await snapshot.commit()
  await writeFile(join(directory, 'sessions', '0000000001.log'), 'old')
  await files.close()
  expect(await bytesOf(new SessionFiles(directory))).toBe('')
})

test('only the owner can read them', async () => {
  const { files } = await begin('x')
  const snapshot = await files.snapshot()
  await snapshot.commit()
  await files.append(Buffer.from('x'))
  await files.close()
  expect(await names()).toEqual(['0000000002.log', '0000000002.snapshot'])
  for (const name of await names()) expect((await stat(join(directory, 'sessions', name))).mode & 0o777).toBe(0o600)
  expect((await stat(join(directory, 'sessions'))).mode & 0o777).toBe(0o700)
})

test('what cannot be written rejects, and is written when it can be', async () => {
  const files = new SessionFiles(join(directory, 'state'))
  await bytesOf(files)
  await writeFile(join(directory, 'state'), '')
  await expect(files.append(Buffer.from('x'))).rejects.toMatchObject({
    code: 'storage-failed',
    message: expect.stringContaining('(ENOTDIR)') as string
  })
  await expect(files.snapshot()).rejects.toMatchObject({ code: 'storage-failed' })
  await rm(join(directory, 'state'))
  await files.append(Buffer.from('x'))
  await (await files.snapshot()).commit()
  await files.append(Buffer.from('y'))
  await files.close()
  expect(await bytesOf(new SessionFiles(join(directory, 'state')))).toBe('y')
})

const state = fileURLToPath(new URL('./test/state-0.1', import.meta.url))
const entriesOf = async (files: SessionFiles): Promise<string[]> => {
  const entries: string[] = []
  const reader = new SessionRecordReader({
    onFreed: (lbVserver, key, service, ttlMs, expiresAt) => {
      entries.push(`${lbVserver} ${key} ${service} ${ttlMs} ${Math.round(expiresAt / 1000)}`)
    },
    onStart () {},
    onHeld () {},
    onRemoved () {},
    onDropped () {},
    onAlive () {}
  })
  for await (const file of files.read()) {
    for await (const part of file) reader.push(part)
    reader.endFile()
  }
  expect(reader.end().damagedBytes).toBe(0)
  return entries
}

test('the sessions.json of version 0.1 is read, and goes with the first snapshot', async () => {
  await cp(state, directory, { recursive: true })
  const files = new SessionFiles(directory)
  const saved = JSON.parse(await readFile(join(directory, 'sessions.json'), 'utf8')) as {
    lbVserver: string
    key: string
    service: string
    expiresAt: number
  }[]
  expect(saved).toHaveLength(7)
  expect(await entriesOf(files)).toEqual(
    saved.map(({ lbVserver, key, service, expiresAt }) => `${lbVserver} ${key} ${service} Infinity ${expiresAt / 1000}`)
  )
  expect(files.wantsSnapshot).toBe(true)
  // Until there is a snapshot the next start reads it again, before what was written since.
  await files.append(Buffer.from('x'))
  await files.close()
  const next = new SessionFiles(directory)
  expect((await bytesOf(next)).endsWith('x')).toBe(true)
  await (await next.snapshot()).commit()
  await next.close()
  expect([next.wantsSnapshot, (await readdir(directory)).sort()]).toEqual([false, ['config.json', 'history', 'sessions']])
})

test('one that version 0.1 has written since counts more than the files', async () => {
  const { files } = await begin('x')
  await files.close()
  await cp(join(state, 'sessions.json'), join(directory, 'sessions.json'))
  const later = new Date(Date.now() + 60_000)
  await utimes(join(directory, 'sessions.json'), later, later)
  expect((await bytesOf(new SessionFiles(directory))).startsWith('x')).toBe(true)
})

test.each(['', '{', '{}', '[{"key":1}]'])('a sessions.json that is %j rejects the reading', async text => {
  await mkdir(join(directory, 'sessions'))
  await writeFile(join(directory, 'sessions.json'), text)
  await expect(bytesOf(new SessionFiles(directory))).rejects.toMatchObject({
    code: 'storage-failed',
    message: expect.stringContaining(`cannot read ${join(directory, 'sessions.json')}`) as string
  })
})
