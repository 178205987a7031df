import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { faultPlace, readConfigFile } from './config-file.ts'

test.each([
  ['', 'it is empty'],
  [' \n', 'it is empty'],
  ['{', 'it ends too early'],
  ['{"a": [1, tr', 'it ends too early'],
  ['{"a": "\\u00', 'it ends too early'],
  ['{"services":[}', 'line 1, column 14'],
  ['{\n  "a": 1,\n  "b" 2\n}', 'line 3, column 7'],
  ['{"a": 1,}', 'line 1, column 9'],
  ["{'a': 1}", 'line 1, column 2'],
  ['{} x', 'line 1, column 4'],
  ['[01]', 'line 1, column 3'],
  ['[-]', 'line 1, column 3'],
  ['["\\x"]', 'line 1, column 4'],
  ['["a\nb"]', 'line 1, column 4']
])('%j: %s', (text, place) => { expect(faultPlace(text)).toBe(place) })

test('every beginning of JSON ends too early, or is JSON', () => {
  fc.assert(fc.property(fc.json({ maxDepth: 3 }), fc.nat(), (json, cut) => {
    const text = `[${json}]`
    const beginning = text.slice(0, 1 + cut % (text.length - 1))
    expect(faultPlace(beginning)).toBe('it ends too early')
  }))
})

test('a file is named, and nothing of it is shown', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'weir-config-'))
  const file = join(directory, 'weir.json')
  await writeFile(file, '{"certkeys":[{"key":"SECRET" x]}')
  const error = await readConfigFile(file).catch((e: unknown) => e as Error)
  expect(error).toMatchObject({ code: 'config-invalid', message: `'${file}' is not JSON: line 1, column 30` })
  expect((error as Error).cause).toBeUndefined()
  await rm(directory, { recursive: true })
  await expect(readConfigFile(file)).rejects.toMatchObject({ code: 'config-invalid', message: `cannot read the configuration file '${file}' (ENOENT)` })
})

test('certkeys may name files, beside the configuration file or anywhere', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'weir-config-'))
  const at = (name: string): string => join(directory, name)
  const certkeys = [{ name: 'c', certFile: 'cert.pem', keyFile: '/etc/key.pem' }, { name: 'ca', caFile: './ca.pem', crlFile: '../crl.pem' }, { name: 'text', cert: 'TEXT', certFile: 7, keyFile: '' }, 'no object']
  await writeFile(at('weir.json'), JSON.stringify({ certkeys }))
  expect(await readConfigFile(at('weir.json'))).toEqual({
    certkeys: [{ name: 'c', certFile: at('cert.pem'), keyFile: '/etc/key.pem' }, { name: 'ca', caFile: at('ca.pem'), crlFile: join(tmpdir(), 'crl.pem') }, { name: 'text', cert: 'TEXT', certFile: 7, keyFile: '' }, 'no object']
  })
  await rm(directory, { recursive: true })
})
