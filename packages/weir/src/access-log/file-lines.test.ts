import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { until } from '@weirlb/testing'
import { afterEach, expect, test } from 'vitest'
import { FileLines } from './file-lines.ts'

const folder = mkdtempSync(join(tmpdir(), 'weir-lines-'))
const open: FileLines[] = []
const heard: string[] = []
afterEach(async () => {
  for (const lines of open.splice(0)) await lines.close(5000)
  rmSync(folder, { recursive: true, force: true })
  heard.length = 0
})

const make = (name: string, maxBytes?: number): { path: string, lines: FileLines } => {
  const path = name.startsWith('/') ? name : join(mkdtempSync(join(tmpdir(), 'weir-lines-')), name)
  const lines = new FileLines(path, {
    onTrouble: ({ code }) => {
      heard.push(`trouble ${code}`)
    },
    onDropped: count => {
      heard.push(`dropped ${count}`)
    }
  }, maxBytes)
  open.push(lines)
  return { path, lines }
}
const textOf = (path: string): string => existsSync(path) ? readFileSync(path, 'utf8') : ''

test('lines are appended, to a file that others may not read', async () => {
  const { path, lines } = make('a.log')
  lines.write('one\n')
  lines.write('zwölf\n')
  await lines.close(5000)
  expect(textOf(path)).toBe('one\nzwölf\n')
  expect(statSync(path).mode & 0o007).toBe(0)
  expect(lines.waitingBytes).toBe(0)
})

test('several writers of one file write whole lines', async () => {
  const { path, lines } = make('a.log')
  const others = [lines, make(path).lines, make(path).lines]
  const count = 2000
  for (let i = 0; i < count; i++)
    for (const [writer, one] of others.entries()) one.write(`${writer} ${i} ${'x'.repeat(i % 700)}.\n`)
  for (const one of others) await one.close(20_000)
  const written = textOf(path).trimEnd().split('\n')
  expect(written).toHaveLength(count * others.length)
  for (const line of written) expect(line).toMatch(/^[012] \d+ x*\.$/)
})

test('a renamed file is opened again under its name, at once when asked', async () => {
  const { path, lines } = make('a.log')
  lines.write('one\n')
  await until(() => textOf(path) === 'one\n', 'the first line')
  renameSync(path, `${path}.1`)
  lines.reopen()
  lines.write('two\n')
  await until(() => textOf(path) === 'two\n', 'the second line')
  expect(textOf(`${path}.1`)).toBe('one\n')
  // And by itself.
  renameSync(path, `${path}.2`)
  await until(() => {
    lines.write('three\n')
    return textOf(path).startsWith('three\n')
  }, 'the new file')
  expect(textOf(`${path}.2`)).toMatch(/^two\n(three\n)*$/)
})

test('a file whose folder is gone is reported once, and its lines go where it is', async () => {
  const { path, lines } = make('a.log')
  lines.write('one\n')
  await until(() => textOf(path) === 'one\n', 'the first line')
  const moved = mkdtempSync(join(tmpdir(), 'weir-lines-'))
  renameSync(path, join(moved, 'a.log'))
  rmSync(dirname(path), { recursive: true })
  for (let i = 0; i < 3; i++) {
    lines.reopen()
    lines.write(`line ${i}\n`)
    await until(() => textOf(join(moved, 'a.log')).endsWith(`line ${i}\n`), 'the next line')
  }
  expect(heard).toEqual(['trouble ENOENT'])
  mkdirSync(dirname(path))
  lines.reopen()
  lines.write('again\n')
  await until(() => textOf(path) === 'again\n', 'the new file')
})

test('a truncated file goes on at its beginning', async () => {
  const { path, lines } = make('a.log')
  lines.write('one\n')
  await until(() => textOf(path) === 'one\n', 'the first line')
  truncateSync(path)
  lines.write('two\n')
  await until(() => textOf(path) === 'two\n', 'the second line')
})

test('beyond the maximum lines are dropped and counted, and reported once there is room', async () => {
  const { path, lines } = make('a.log', 100)
  for (let i = 0; i < 12; i++) lines.write(`line ${i} .\n`)
  expect(lines.dropped).toBe(1)
  await until(() => heard.length > 0, 'the report')
  expect(heard).toEqual(['dropped 1'])
  lines.write('again\n')
  await lines.close(5000)
  expect(textOf(path).split('\n')).toHaveLength(13)
  expect(lines.dropped).toBe(1)
})

test.skipIf(!existsSync('/dev/full'))('a full disk is reported once, and lines wait', async () => {
  const { lines } = make('/dev/full', 100)
  lines.write('one\n')
  await until(() => heard.length > 0, 'the report')
  for (let i = 0; i < 100; i++) lines.write('more\n')
  expect(heard).toEqual(['trouble ENOSPC'])
  expect(lines.waitingBytes).toBeLessThanOrEqual(100)
  expect(lines.dropped).toBe(81)
})

test.skipIf(!existsSync('/dev/full'))(
  'lines that the end of a process cannot write are counted, those included that wait for another try',
  async () => {
    const { lines } = make('/dev/full')
    lines.write('one\n')
    await until(() => heard.length > 0, 'the report')
    lines.write('two\n')
    lines.write('three\n')
    await lines.close(1)
    expect([lines.dropped, heard.at(-1)]).toEqual([3, 'dropped 3'])
    await lines.close(1)
    expect(lines.dropped).toBe(3)
  }
)

test('a process that ends while threads are busy loses no line', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'weir-lines-')), 'a.log')
  // Four threads, each with something to do; the file is opened before, and its next line waits behind them.
  const program = `
    const { FileLines } = await import(${JSON.stringify(new URL('file-lines.ts', import.meta.url).href)})
    const { pbkdf2 } = await import('node:crypto')
    const { setImmediate } = await import('node:timers/promises')
    const lines = new FileLines(${JSON.stringify(path)}, { onTrouble () {}, onDropped () {} })
    lines.write('one\\n')
    while (lines.waitingBytes > 0) await setImmediate()
    for (let i = 0; i < 4; i++) pbkdf2('a', 'b', 200_000, 64, 'sha512', () => {})
    lines.write('two\\n')
    await setImmediate()
    await setImmediate()
    lines.write('three\\n')
    process.exit(0)`
  const { status, stderr } = spawnSync(process.execPath, ['--no-warnings', '--input-type=module', '--eval', program], {
    encoding: 'utf8'
  })
  expect([status, stderr]).toEqual([0, ''])
  expect(textOf(path).trimEnd().split('\n').sort()).toEqual(['one', 'three', 'two'])
})
