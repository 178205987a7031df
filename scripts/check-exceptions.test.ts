import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { checkExceptions, MAX_LINES } from './check-exceptions.ts'

let root = ''
beforeEach(() => { root = mkdtempSync(join(tmpdir(), 'weir-exceptions-')) })
afterEach(() => { rmSync(root, { recursive: true }) })

const check = (rule: string, files: Record<string, string>, listed: readonly string[]): string[] => {
  for (const [file, text] of Object.entries(files)) writeFileSync(join(root, file), text)
  writeFileSync(join(root, '.oxlintrc.json'), `{
    // Oxlint's files have comments.
    "rules": { "${rule}": "error" },
    "overrides": [{ "files": ["*.ts"], "rules": { "no-console": "off" } }, { "files": ${
      JSON.stringify(listed)
    }, "rules": { "${rule}": "off" } }]
  }`
  )
  return checkExceptions(root)
}

test('the workspace lists no exception that it does not need', () => {
  expect(checkExceptions(fileURLToPath(new URL('..', import.meta.url)))).toEqual([])
})

test('the length of a file', () => {
  const files = { 'long.ts': 'x\n'.repeat(MAX_LINES + 1), 'short.ts': 'x\n'.repeat(MAX_LINES) }
  expect(check('max-lines', files, ['long.ts'])).toEqual([])
  expect(check('max-lines', files, ['long.ts', 'short.ts', 'gone.ts'])).toEqual([
    'short.ts is no longer an exception from max-lines: take it out of .oxlintrc.json',
    'gone.ts is no longer an exception from max-lines: take it out of .oxlintrc.json'
  ])
})

test('a circle of imports, those of types too', () => {
  const files = { 'a.ts': "import { b } from './b.ts'\nimport 'node:fs'", 'b.ts': "import './c.ts'", 'c.ts': "import type { A } from './a.ts'", 'd.ts': "import './a.ts'" }
  expect(check('import/no-cycle', files, ['a.ts', 'b.ts', 'c.ts'])).toEqual([])
  expect(check('import/no-cycle', files, ['d.ts'])).toEqual([
    'd.ts is no longer an exception from import/no-cycle: take it out of .oxlintrc.json'
  ])
})
