// The lines in the READMEs of the extensions that say how each is measured, run as they stand.
import { execFile } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { weirBin } from '../support/bundled.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const weir = `exec ${process.execPath} ${weirBin}`

const sh = async (line: string): Promise<{ status: number, out: string, err: string }> =>
  await new Promise(resolve => {
    execFile('sh', ['-c', line], { cwd: root }, (error, out, err) => {
      resolve({ status: error === null ? 0 : Number(error.code), out, err })
    })
  })

/**
 * Messages, most of which share their crossings with others of the same connection. Of TLS only the first is
 * inspected.
 */
const row = (runtime: string, name: string): string =>
  expect.stringMatching(
    new RegExp(`^${runtime} +[1-9]\\d* +\\d+ +${name === 'sni' ? '1\\.000' : '0\\.\\d+'} +(?:\\d+\\.\\d|-)$`)
  ) as string

describe.each(readdirSync(join(root, 'extensions')))('%s', name => {
  test('is measured with its capture, to the end of every connection', async () => {
    const [, line] =
      /`npx weir (extension bench [^`]+)`/.exec(readFileSync(join(root, 'extensions', name, 'README.md'), 'utf8')) ?? []
    const { status, out, err } = await sh(`${weir} ${line} --seconds 0.05`)
    expect({ status, err }).toEqual({ status: 0, err: '' })
    expect(out.split('\n').slice(1)).toEqual([
      row('in-process', name),
      row('sandbox', name),
      row('sandbox, trusted', name),
      expect.stringMatching(/^Connections ended as: client-closed \d+$/) as string,
      ''
    ])
  })
})

test('parameters that the extension does not know are refused by name', async () => {
  const { status, err } = await sh(
    `${weir} extension bench extensions/mqtt/src/index.ts --params '{"inspects":"messages"}'`
  )
  expect(status).toBe(1)
  expect(err).toContain('unknown parameter; there are: inspect, ')
  expect(err).toContain('[params-invalid]')
})
