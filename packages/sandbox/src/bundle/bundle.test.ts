import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { bundle } from './bundle.ts'
import { withSourceName } from '../source-comments.ts'
import { StackMapper } from './stack-mapper.ts'

const declaration = "{ name: 'x', api: 1, balance: 'per-connection', client: { framing: frame.lines({ max: 99 }) } }"
const directories: string[] = []
afterEach(async () => { for (const directory of directories.splice(0)) await rm(directory, { recursive: true }) })

const directory = async (files: Readonly<Record<string, string>>): Promise<string> => {
  const root = await mkdtemp(join(tmpdir(), 'bundle-'))
  directories.push(root)
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(root, name, '..'), { recursive: true })
    await writeFile(join(root, name), text)
  }
  return root
}
const sourcesOf = (map: string): string[] => (JSON.parse(map) as { sources: string[] }).sources

test('TypeScript becomes one script that needs nothing', async () => {
  const made = await bundle(`import { defineProtocol, frame } from '@weirlb/sdk'\ninterface A { a: number }\nexport default defineProtocol(${declaration})`, { name: 'x' })
  expect(made.name).toBe('x')
  expect(made.code).toContain('globalThis.__weirProgram =')
  expect(made.code).not.toMatch(/^\s*(import|export) /m)
  expect(sourcesOf(made.map)).toContain('x.ts')
})

test('no path of this machine is in the source map', async () => {
  const root = await directory({ 'src/main.ts': "import { part } from './part.ts'\nexport default part", 'src/part.ts': 'export const part = { a: 1 }' })
  const sources = sourcesOf((await bundle('', { name: 'x', file: join(root, 'src/main.ts') })).map)
  expect(sources).toEqual(expect.arrayContaining(['main.ts', 'part.ts', '@weirlb/sdk/src/guest/loop.ts']))
  for (const source of sources) expect(source).not.toMatch(/^\/|\.\.|node_modules/)
})

test.each([
  ['const x = ;\n', 'x.ts:1:11: Unexpected ";"', 1, 11],
  ['export default 1\n\n  let 5', 'x.ts:3:7: Expected ";" but found "5"', 3, 7]
])('what does not compile: %j', async (source, message, line, column) => {
  await expect(bundle(source, { name: 'x' })).rejects.toMatchObject({
    code: 'extension-compile',
    message,
    line,
    column,
    issues: [{ path: 'source', message }]
  })
})

test.each([
  ['export const a = 1', 'extension-no-default', 'no default export'],
  ["import './x.ts'\nexport default 1", 'extension-import', "x.ts:1:8: import './x.ts': an extension given as text is one module"],
  ["import x from '/etc/hosts'\nexport default x", 'extension-import', 'an extension given as text is one module'],
  ["import x from 'node:fs'\nexport default x", 'extension-import', "import 'node:fs': the sandbox has ECMAScript built-ins only"],
  ["import x from 'fs/promises'\nexport default x", 'extension-import', 'the sandbox has ECMAScript built-ins only'],
  ["export default require('fs')", 'extension-import', 'the sandbox has ECMAScript built-ins only'],
  ["export default import('./x.ts')", 'extension-import', 'an extension given as text is one module'],
  ["import x from 'https://127.0.0.1/x.js'\nexport default x", 'extension-import', 'only packages and @weirlb/sdk can be imported'],
  ["import x from 'left'\nexport default x", 'extension-import', 'packages cannot be resolved here; there is: @weirlb/sdk']
])('refused: %j', async (source, code, message) => {
  const error: unknown = await bundle(source, { name: 'x' }).catch((e: unknown) => e)
  expect(error).toMatchObject({ name: 'ExtensionError', code })
  expect((error as Error).message).toContain(message)
})

test('buffer is there, by both of its names', async () => {
  for (const name of ['buffer', 'node:buffer'])
    expect((await bundle(`import { Buffer } from '${name}'\nexport default Buffer`, { name: 'x' })).code).toContain(
      'readUInt32BE'
    )
})

test('packages come from the directory that is given, and no path leads out of one', async () => {
  const root = await directory({
    'node_modules/pure/package.json': '{"name":"pure","main":"index.js"}',
    'node_modules/pure/index.js': "module.exports = require('./part.js')",
    'node_modules/pure/part.js': 'module.exports = 42',
    'node_modules/needs-fs/package.json': '{"name":"needs-fs","main":"index.js"}',
    'node_modules/needs-fs/index.js': "module.exports = require('fs')",
    'secret.js': 'export default 1'
  })
  const at = { name: 'x', resolveDir: root }
  expect((await bundle("import pure from 'pure'\nexport default pure", at)).code).toContain('42')
  await expect(bundle("import x from 'absent'\nexport default x", at)).rejects.toMatchObject({ code: 'extension-import', message: expect.stringContaining("no package 'absent'") as string })
  await expect(bundle("import x from 'pure/../../secret.js'\nexport default x", at)).rejects.toMatchObject({ code: 'extension-import' })
  const failed: unknown = await bundle("import x from 'needs-fs'\nexport default x", at).catch((e: unknown) => e)
  expect(failed).toMatchObject({ code: 'extension-import', message: expect.stringContaining("import 'fs'") as string })
  expect((failed as Error).message).not.toContain(root)
})

test('the SDK is Weir\'s own, whatever is installed near the author', async () => {
  const root = await directory({ 'node_modules/@weirlb/sdk/package.json': '{"name":"@weirlb/sdk","main":"i.js"}', 'node_modules/@weirlb/sdk/i.js': 'export const defineProtocol = 666', 'tsconfig.json': '{ not json' })
  const { code } = await bundle("import { defineProtocol } from '@weirlb/sdk'\nexport default defineProtocol", { name: 'x', resolveDir: root })
  expect(code).not.toContain('666')
})

const inline = (map: unknown): string =>
  `//# sourceMappingURL=data:application/json;base64,${
    Buffer.from(typeof map === 'string' ? map : JSON.stringify(map)).toString('base64')
  }\n`

test('a text that has its source map in it leads to the files that it was made of', async () => {
  // Names that are the SDK's too are still the author's.
  const map = { version: 3, sources: ['src/guest/loop.ts', 'words.ts'], names: [], mappings: 'AAAA;ACAA' }
  const made = await bundle(`export default () => {\nthrow new Error('x') }\n${inline(map)}`, { name: 'x' })
  const sources = sourcesOf(made.map)
  expect(sources).toEqual(expect.arrayContaining(['src/guest/loop.ts', 'words.ts', '@weirlb/sdk/src/guest/loop.ts']))
  expect(sources).not.toContain('x.ts')
  const lines = made.code.split('\n')
  const row = lines.findIndex(line => line.includes("new Error(\"x\")"))
  const stack = `Error: x\n    at author (weir-extension:x:${row + 1}:${lines[row]!.indexOf('new') + 1})`
  expect(new StackMapper(made).map(stack)).toMatch(/^Error: x\n {4}at author \(words\.ts:1:\d+\)$/)
})

test.each([
  ['no base64', '//# sourceMappingURL=data:application/json;base64,%%%\n'],
  ['no sources', inline({ version: 3 })],
  ['sources that are none', inline({ version: 3, sources: [null, { a: 1 }], mappings: 'AAAA;ACAA', names: 5 })],
  ['mappings that are none', inline({ version: 3, sources: ['a.ts'], mappings: '~', names: [] })],
  ['a file of this machine', '//# sourceMappingURL=/etc/passwd\n'],
  ['a name that is the bundle\'s own', '//# sourceURL=weir-entry\n'],
  ['a name that leads elsewhere', '//# sourceURL=../../etc/x.ts\n']
])('a last line that says nothing is passed over: %s', async (_, line) => {
  const made = await bundle(`export default 1\n${line}`, { name: 'x' })
  expect(made.code).toContain('guestProgram')
  expect(JSON.stringify(sourcesOf(made.map))).not.toMatch(/etc|weir-entry\.|weir-virtual/)
})

test('a map that is no JSON is refused', async () => {
  await expect(bundle(`export default 1\n${inline('no')}`, { name: 'x' })).rejects.toMatchObject({
    code: 'extension-compile',
    message: 'x.ts#sourceMappingURL:1:1: Unexpected "no" in source map'
  })
})

test('a text that says what its file is called is shown by that name', async () => {
  const named = withSourceName("export default (): void => { throw new Error('x') }", 'proto.ts')
  expect(named).toMatch(/\n\/\/# sourceURL=proto\.ts\n$/)
  expect(withSourceName(named, 'other.ts')).toBe(named)
  expect(withSourceName('x', 'my proto.ts')).toBe('x')
  expect(sourcesOf((await bundle(named, { name: 'x' })).map)).toContain('proto.ts')
  await expect(bundle(`const x = ;\n${named}`, { name: 'x' })).rejects.toMatchObject({
    message: 'proto.ts:1:11: Unexpected ";"'
  })
})
