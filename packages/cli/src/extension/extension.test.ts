import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { extension } from './commands.ts'
import { template } from './template.ts'

let directory = ''
let broken = ''
let capture = ''
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'weir-author-'))
  broken = join(directory, 'broken.ts')
  capture = join(directory, 'capture.hex')
  writeFileSync(broken, "import fs from 'node:fs'\nexport default fs\n")
  writeFileSync(capture, '10 1g')
  writeFileSync(join(directory, 'package.json'), '{}')
})
afterAll(() => { rmSync(directory, { recursive: true }) })

test.each<[string, () => string[], string]>([
  ['no command', () => [], 'weir extension needs a command; there are: new, validate, test, bench, dev, build, push'],
  ['an unknown command', () => ['run'], "unknown command 'extension run'; there are: new, validate, test, bench, dev, build, push"],
  ['no name', () => ['new'], 'weir extension new needs a NAME'],
  ['a bad name', () => ['new', 'My_Proto'], "'My_Proto' is no name for an extension: a small letter, then small letters, digits and '-'"],
  ['a folder that exists', () => ['new', 'x', '--dir', directory], 'exists already: choose another name, or another folder with --dir DIR'],
  ['an unknown option', () => ['new', 'x', '--out', 'y'], "unknown option '--out'; there are: --dir"],
  ['an option without value', () => ['build', 'x', '--out'], "option '--out' needs a value"],
  ['an option given twice', () => ['push', 'x', '--name', 'a', '--name', 'b'], "option '--name' is given twice: a and b"],
  ['two files', () => ['build', 'x', 'y'], "one file is enough: 'x', and what is 'y'?"],
  ['a file that is not there', () => ['bench', 'nowhere.ts'], "there is no file 'nowhere.ts'"],
  ['a time that is none', () => ['bench', broken, '--seconds', 'long'], "--seconds: expected a number above 0 and up to 3600, got 'long'"],
  ['a number of connections that is none', () => ['bench', broken, '--connections', '0'], "--connections: expected an integer from 1 to 10000, got '0'"],
  ['parameters that are no JSON', () => ['bench', broken, '--params', '{inspect}'], '--params: Expected property name'],
  ['parameters that are no object', () => ['bench', broken, '--params', '["inspect"]'], `--params: expected an object in JSON, got '["inspect"]'`],
  ['a capture that is not hexadecimal', () => ['bench', broken, '--capture', capture], "'g' is not a hexadecimal digit"],
  ['a push without a name', () => ['push', broken], 'weir extension push needs --name NAME'],
  ['a push to something else than HTTP', () => ['push', broken, '--name', 'x', '--api', 'ftp://localhost'], "--api: expected a URL like http://127.0.0.1:8080, got 'ftp://localhost'"],
  ['a folder without tests', () => ['test', directory], 'has no tests; they are files like test/index.test.ts'],
  [
    'a folder without extension',
    () => ['test', join(directory, 'nowhere')],
    'is no extension: it has no package.json; weir extension new NAME makes one'
  ]
])('%s is refused in words', async (_, args, message) => {
  await expect(extension(args())).rejects.toMatchObject({
    name: 'UsageError',
    message: expect.stringContaining(message) as string
  })
})

test('what cannot be bundled has a code and a place', async () => {
  await expect(extension(['build', broken, '--out', directory])).rejects.toMatchObject({ name: 'WeirError', code: 'extension-import', message: expect.stringContaining("broken.ts:1:16: import 'node:fs'") as string })
})

test('a new extension has what it needs', () => {
  const files = template('my-proto', '0.1.0')
  expect(Object.keys(files).sort()).toEqual([
    'README.md',
    'extension.json',
    'package.json',
    'src/index.ts',
    'test/index.test.ts',
    'tsconfig.json'
  ])
  expect(JSON.parse(files['extension.json']!)).toMatchObject({
    name: 'my-proto',
    status: 'experimental',
    securityPosture: 'unknown',
    api: 1
  })
})
