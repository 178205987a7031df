import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { checkRooms } from './check-rooms.ts'
import { roomExceptions, rooms, type Rooms } from './rooms.ts'

let root = ''
beforeEach(() => { root = mkdtempSync(join(tmpdir(), 'weir-rooms-')) })
afterEach(() => { rmSync(root, { recursive: true }) })

const table: Rooms = { 'log.ts': [], low: ['log.ts'], 'low/deep': [], high: ['low'] }
/** A package with a file in every room, and these in place of its own. */
const check = (files: Record<string, string>, exceptions: readonly string[] = [], tables: Readonly<Record<string, Rooms>> = { 'packages/p': table }): string[] => {
  for (const [file, text] of Object.entries({ 'index.ts': '', 'log.ts': '', 'low/a.ts': '', 'low/deep/a.ts': '', 'high/a.ts': '', ...files })) {
    const path = join(root, 'packages/p/src', file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  return checkRooms(root, ['packages/p'], tables, exceptions)
}

test('the workspace itself is in order', () => {
  const workspace = fileURLToPath(new URL('..', import.meta.url))
  const folders = ['packages', 'extensions'].flatMap(group =>
    readdirSync(join(workspace, group)).map(name => `${group}/${name}`)
  )
  expect(checkRooms(workspace, folders, rooms, roomExceptions)).toEqual([])
})

test('what is below may be imported, and what is in the same room', () => {
  expect(check({
    'index.ts': "export * from './high/a.ts'\nexport * from './low/deep/a.ts'",
    'high/a.ts': "import type { A } from '../low/a.ts'\nimport { b } from './b.ts'",
    'high/more/c.ts': "import '../b.ts'",
    'low/a.ts': "import '../log.ts'\nimport 'node:fs'\nimport '@weirlb/model'",
    'low/a.test.ts': "import '../high/a.ts'",
    'low/test/helper.ts': "import '../../high/a.ts'"
  })).toEqual([])
})

test.each([
  ['an arrow that runs up', 'low/a.ts', "import { a } from '../high/a.ts'", "packages/p/src/low/a.ts: import '../high/a.ts': high is not below low, which may import: log.ts"],
  ['one of types only', 'low/a.ts', "import type { A } from '../high/a.ts'", "packages/p/src/low/a.ts: import '../high/a.ts': high is not below low, which may import: log.ts"],
  ['one that its row does not have', 'high/a.ts', "export * from '../log.ts'", "packages/p/src/high/a.ts: import '../log.ts': log.ts is not below high, which may import: low"],
  ['a folder with a row of its own', 'low/a.ts', "import './deep/a.ts'", "packages/p/src/low/a.ts: import './deep/a.ts': low/deep is not below low, which may import: log.ts"],
  ['from a file that is a room', 'log.ts', "import './low/a.ts'", "packages/p/src/log.ts: import './low/a.ts': low is not below log.ts, which may import: nothing"],
  ['to what is on top', 'high/a.ts', "import '../index.ts'", "packages/p/src/high/a.ts: import '../index.ts': . is not below high, which may import: low"],
  ['a room without a row', 'new/a.ts', '', 'packages/p/src/new/a.ts: the room new of packages/p has no row in scripts/rooms.ts']
])('named: %s', (_, file, text, problem) => {
  expect(check({ [file]: text })).toEqual([problem])
})

test('a package whose files import folders, without a table', () => {
  expect(check({}, [], {})).toContain(
    'packages/p/src/high/a.ts: the room high of packages/p has no row in scripts/rooms.ts'
  )
})

test('the files of src as the lowest room', () => {
  const lowest: Rooms = { '.': [], low: ['.'], 'low/deep': [], high: ['.'] }
  expect(check({ 'index.ts': "import './high/a.ts'", 'low/a.ts': "import '../log.ts'" }, [], { 'packages/p': lowest }))
    .toEqual(["packages/p/src/index.ts: import './high/a.ts': high is not below ., which may import: nothing"])
})

test('an exception lets one file import one room', () => {
  const up = "import '../high/a.ts'"
  const arrow = 'packages/p/src/low/a.ts → high'
  expect(check({ 'low/a.ts': up }, [arrow])).toEqual([])
  expect(check({ 'low/a.ts': up, 'low/b.ts': up }, [arrow])).toEqual([
    expect.stringContaining('packages/p/src/low/b.ts')
  ])
})

test('an exception that nothing needs', () => {
  expect(check({}, ['packages/p/src/low/a.ts → high'])).toEqual(["the exception 'packages/p/src/low/a.ts → high' is no longer needed: take it out of scripts/rooms.ts"])
})

test('a table that goes round, and a row for nothing', () => {
  expect(check({}, [], { 'packages/p': { ...table, low: ['high'] } })).toContain(
    'packages/p: the table of its rooms goes round: low → high → low'
  )
  expect(check({}, [], { 'packages/p': { ...table, gone: [] } })).toContain(
    'packages/p: the room gone of scripts/rooms.ts has no file'
  )
})
