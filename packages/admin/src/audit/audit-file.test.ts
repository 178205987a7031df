import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { AuditFile } from './audit-file.ts'
import { AuditTrail } from './audit-trail.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-audit-'))
  path = join(folder, 'audit.jsonl')
})
afterEach(() => { rmSync(folder, { recursive: true }) })

const modeOf = (path: string): number => statSync(path).mode & 0o777
const linesOf = (path: string): string[] => readFileSync(path, 'utf8').split('\n').slice(0, -1)
const entry = (action: string) => ({ who: 'token:a', from: '192.0.2.1', action, code: 'ok' })

test('lines come one after the other, and only the owner reads them', async () => {
  writeFileSync(path, 'before\n')
  chmodSync(path, 0o644)
  const file = new AuditFile(path)
  await Promise.all(['a', 'b', 'c'].map(async line => { await file.append(line) }))
  expect(linesOf(path)).toEqual(['before', 'a', 'b', 'c'])
  expect(modeOf(path)).toBe(0o600)
})

test('a full file is put aside, and so many are kept', async () => {
  const file = new AuditFile(path, { maxBytes: 20, kept: 2 })
  for (let i = 0; i < 9; i++) await file.append(`line-${i}-567`)
  expect([path, `${path}.1`, `${path}.2`, `${path}.3`].map(each => existsSync(each) ? linesOf(each) : undefined))
    .toEqual([['line-8-567'], ['line-7-567'], ['line-6-567'], undefined])
  expect([modeOf(path), modeOf(`${path}.2`)]).toEqual([0o600, 0o600])
  expect(await file.tail(25)).toEqual(['line-7-567', 'line-8-567'])
})

test('a program that moves the file away needs to tell nobody', async () => {
  const file = new AuditFile(path)
  await file.append('a')
  renameSync(path, `${path}-of-yesterday`)
  await file.append('b')
  expect([linesOf(`${path}-of-yesterday`), linesOf(path)]).toEqual([['a'], ['b']])
})

test('a line that a crash cut off stands alone, and is passed over', async () => {
  const first = new AuditTrail({ file: new AuditFile(path) })
  await first.record(entry('one'))
  await first.record(entry('two'))
  appendFileSync(path, '{"id":3,"time":"2030-01-01T0')
  const trail = new AuditTrail({ file: new AuditFile(path) })
  await trail.restore()
  await trail.record(entry('three'))
  expect(linesOf(path)).toHaveLength(4)
  expect(trail.query({ limit: 10 }).items.map(({ id, action }) => [id, action])).toEqual([[3, 'three'], [2, 'two'], [1, 'one']])
})

test('two processes that share the file for a while give no number twice, and the one that stays has the entries of both', async () => {
  const first = new AuditTrail({ file: new AuditFile(path) })
  await first.record(entry('one'))
  const successor = new AuditTrail({ file: new AuditFile(path) })
  await successor.restore({ apart: true })
  await Promise.all([first.record(entry('refused')), successor.record(entry('two'))])
  await first.catchUp()
  await first.record(entry('three'))
  await first.catchUp()
  const seen = first.query({ limit: 10 }).items
  expect(seen.map(({ action }) => action)).toEqual(['three', 'two', 'refused', 'one'])
  expect(new Set(linesOf(path).map(line => (JSON.parse(line) as { id: number }).id)).size).toBe(4)
  expect(seen.map(({ id }) => id)).toEqual(seen.map(({ id }) => id).toSorted((a, b) => b - a))
})

test('neither a link nor a pipe is written to, and the entry is in memory all the same', async () => {
  const failed: string[] = []
  writeFileSync(join(folder, 'elsewhere'), '')
  symlinkSync(join(folder, 'elsewhere'), path)
  execFileSync('mkfifo', [join(folder, 'pipe')])
  for (const target of [path, join(folder, 'pipe'), join(folder, 'no', 'such', 'folder')]) {
    const trail = new AuditTrail({
      file: new AuditFile(target),
      onWriteFailed: ({ message }) => {
        failed.push(message)
      }
    })
    await trail.record(entry('x'))
    expect(trail.query({ limit: 1 }).items).toHaveLength(1)
  }
  expect(failed).toEqual([
    expect.stringContaining('ELOOP'),
    expect.stringMatching(/not a regular file/),
    expect.stringContaining('ENOENT')
  ])
  expect(readFileSync(join(folder, 'elsewhere'), 'utf8')).toBe('')
})
