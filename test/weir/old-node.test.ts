// The command on a Node that cannot run it: it says so, in place of the first thing that this Node does not know.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const bin = fileURLToPath(new URL('../../packages/cli/bin/weir.js', import.meta.url))

interface Ended { readonly code: number, readonly out: string, readonly err: string }

const run = async (file: string, args: readonly string[]): Promise<Ended> =>
  await new Promise(resolve => {
    execFile(file, [...args], (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err })
    })
  })

const versionOf = async (node: string): Promise<string> => (await run(node, ['--version'])).out.trim()

const nodes = [...new Set((process.env['PATH'] ?? '').split(delimiter).map(folder => join(folder, 'node')))].filter(
  node => existsSync(node)
)
const versions = await Promise.all(nodes.map(async node => ({ node, version: await versionOf(node) })))
const old = versions.find(({ version }) => /^v\d+\./.test(version) && Number.parseInt(version.slice(1)) < 24)

test.skipIf(old === undefined)(`on ${old?.version ?? 'an older Node, of which there is none here'}`, async () => {
  const { code, out, err } = await run(old!.node, [bin, '--version'])
  expect({ code, out }).toEqual({ code: 1, out: '' })
  expect(err).toBe(`weir needs Node 24 or later; this is ${old!.version}\n`)
})

test('on one that says it is 20', async () => {
  const pretend = "data:text/javascript,Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.19.0' } }); Object.defineProperty(process, 'version', { value: 'v20.19.0' })"
  expect(await run(process.execPath, ['--import', pretend, bin, '--version'])).toEqual({ code: 1, out: '', err: 'weir needs Node 24 or later; this is v20.19.0\n' })
})

test('on this one it runs', async () => {
  expect(await run(process.execPath, [bin, '--version'])).toMatchObject({ code: 0, err: '' })
})
