import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { checkBoundaries } from './check-boundaries.ts'

let root = ''
beforeEach(() => { root = mkdtempSync(join(tmpdir(), 'weir-boundaries-')) })
afterEach(() => { rmSync(root, { recursive: true }) })

const put = (file: string, text: string): void => {
  mkdirSync(dirname(join(root, file)), { recursive: true })
  writeFileSync(join(root, file), text)
}
const workspace = (files: Record<string, string>): void => {
  const manifest = (name: string, dependencies: readonly string[], doors: readonly string[] = ['.']): string =>
    JSON.stringify({
      name,
      exports: Object.fromEntries(doors.map(door => [door, './x.ts'])),
      dependencies: Object.fromEntries(dependencies.map(d => [d, '*']))
    })
  put('packages/model/package.json', manifest('@weirlb/model', ['zod']))
  put('packages/sdk/package.json', manifest('@weirlb/sdk', [], ['.', './abi', './guest']))
  put('packages/engine/package.json', manifest('@weirlb/engine', ['@weirlb/model', '@weirlb/sdk']))
  put('packages/sandbox/package.json', manifest('@weirlb/sandbox', ['@weirlb/sdk', 'isolated-vm']))
  put('extensions/mqtt/package.json', manifest('@weirlb/mqtt', ['@weirlb/sdk']))
  for (const [file, text] of Object.entries(files)) put(file, text)
}

test('the workspace itself is in order', () => {
  expect(checkBoundaries(fileURLToPath(new URL('..', import.meta.url)))).toEqual([])
})

test('the declared arrows pass', () => {
  workspace({
    'packages/engine/src/a.ts': "import { net } from 'node:net'\nimport type { Config } from '@weirlb/model'\nimport { Op } from '@weirlb/sdk/abi'\nimport { b } from './b.ts'",
    'packages/engine/src/b.ts': 'export const b = 1',
    'packages/engine/src/b.test.ts': "import { test } from 'vitest'\nimport '@weirlb/sdk/guest'",
    'packages/sandbox/src/a.ts': "import ivm from 'isolated-vm'",
    'extensions/mqtt/src/a.ts': "export * from '@weirlb/sdk'"
  })
  expect(checkBoundaries(root)).toEqual([])
})

describe('injected violations are named', () => {
  const cases: readonly [what: string, file: string, text: string, problem: RegExp][] = [
    ['an arrow that does not exist', 'packages/engine/src/a.ts', "import { x } from '@weirlb/sandbox'", /import '@weirlb\/sandbox': not an arrow/],
    ['a type-only import', 'packages/sdk/src/a.ts', "import type { x } from '@weirlb/model'", /not an arrow; @weirlb\/sdk may import: nothing/],
    ['a type query', 'packages/engine/src/a.ts', "export type X = import('@weirlb/sandbox').X", /not an arrow/],
    ['a re-export', 'extensions/mqtt/src/a.ts', "export { x } from '@weirlb/engine'", /not an arrow/],
    ['a dynamic import', 'packages/engine/src/a.ts', "export const x = () => import('@weirlb/sandbox')", /not an arrow/],
    ['a door that may not be used', 'packages/engine/src/a.ts', "import '@weirlb/sdk/guest'", /not an arrow/],
    ['a way round the door', 'packages/engine/src/a.ts', "import '@weirlb/model/src/name.ts'", /has no door '.\/src\/name.ts'; there are: \./],
    ['a relative way out', 'packages/engine/src/a.ts', "import '../../model/src/name.ts'", /leaves its package/],
    ['isolated-vm elsewhere, even in a test', 'packages/engine/src/a.test.ts', "import 'isolated-vm'", /only @weirlb\/sandbox may import isolated-vm/],
    ['a package from npm', 'packages/model/src/a.ts', "import 'lodash'", /may import from npm: zod/],
    ['an undeclared dependency', 'packages/sandbox/src/a.ts', "import 'esbuild'", /not among the dependencies/],
    ['Node in the SDK', 'packages/sdk/src/a.ts', "import 'node:fs'", /has no Node/],
    ['a bare builtin', 'packages/engine/src/a.ts', "import 'net'", /write node:net/]
  ]
  test.each(cases)('%s', (_, file, text, problem) => {
    workspace({ [file]: text })
    expect(checkBoundaries(root)).toEqual([expect.stringMatching(problem)])
  })

  test('a cycle', () => {
    workspace({ 'packages/model/src/a.ts': "import '@weirlb/engine'" })
    expect(checkBoundaries(root)).toContainEqual(expect.stringMatching(/^cycle between packages: .*@weirlb\/model → @weirlb\/engine/))
  })

  test('a package without a rule', () => {
    workspace({ 'packages/extra/package.json': '{"name":"@weirlb/extra"}' })
    expect(() => checkBoundaries(root)).toThrow('no rule for @weirlb/extra')
  })
})
