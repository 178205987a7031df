// Where an author reads of a throw: in explanations, traces and the log of a Weir that was given the extension by `weir
// extension push` or by hand.
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, symlink, mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { until } from '@weirlb/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestClient } from '../support/engine-bench.ts'
import { EventReader } from '../support/event-reader.ts'
import { weirBin } from '../support/bundled.ts'
import { WeirProcess } from '../support/weir-process.ts'

// Lines are counted in the assertions below.
const WORDS = `export interface Refusal { why: string }

export const speak = (word: string): never => {
  const why: string = 'told to ' + word
  throw new Error(why)
}
`
const DECLARATION = `
export default defineProtocol({
  name: 'two',
  api: 1,
  balance: 'per-connection',
  client: {
    framing: frame.lines({ max: 99 }),
    onMessage: line => line.text() === 'throw\\n' ? speak('throw') : forward()
  }
})
`
const TWO = `import { defineProtocol, forward, frame } from '@weirlb/sdk'
import { speak } from './words.ts'
${DECLARATION}`
const ONE = `import { defineProtocol, forward, frame } from '@weirlb/sdk'
interface Refusal { why: string }
const speak = (word: string): never => { throw new Error('told to ' + word) }
${DECLARATION}`

let home = ''
let weir: WeirProcess
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'weir-places-'))
  await mkdir(join(home, 'two'))
  await mkdir(join(home, 'node_modules/@weirlb'), { recursive: true })
  await symlink(
    fileURLToPath(new URL('../../node_modules/@weirlb/sdk', import.meta.url)),
    join(home, 'node_modules/@weirlb/sdk')
  )
  await writeFile(join(home, 'two/words.ts'), WORDS)
  await writeFile(join(home, 'two/index.ts'), TWO)
  await writeFile(join(home, 'single.ts'), ONE)
  weir = await WeirProcess.start({ workers: 1 })
  await weir.api.call('createService', { body: { name: 's', address: '127.0.0.1', port: 1 } })
  await weir.api.call('createLbVserver', { body: { name: 'lb', services: [{ name: 's' }] } })
})
afterAll(async () => {
  await weir.stop()
  await rm(home, { recursive: true })
})

const extension = async (...args: readonly string[]): Promise<string> => await new Promise((resolve, reject) => {
  execFile(process.execPath, [weirBin, 'extension', ...args], { cwd: home }, (error, out, err) => { if (error === null && err === '') resolve(out); else reject(new Error(err)) })
})

/** How the throw of this extension is placed by an explanation, a trace, and the log. */
const places = async (name: string): Promise<readonly unknown[]> => {
  const { api } = weir
  await api.call('createUserProtocol', { body: { name, transport: 'tcp', extension: name } })
  await api.call('createUserVserver', {
    body: { name, protocol: name, address: '127.0.0.1', port: 0, defaultLb: 'lb' }
  })
  const { frames } =
    (await api.call('explain', { path: { name }, body: { bytes: Buffer.from('throw\n').toString('hex') } })).body

  const reader = await EventReader.open(`${api.base}/v1/extensions/${name}/trace`, { accept: 'text/event-stream' })
  await api.call('setTrace', { path: { name }, body: { level: 'calls' } })
  await until(async () => {
    const client = new TestClient(await api.port(name))
    client.socket.write('throw\n')
    await client.closes()
    return reader.of('record').length > 0
  }, 'a record')
  reader.close()
  const thrown = (): Readonly<Record<string, unknown>> | undefined =>
    weir.log.find(line => line.msg === 'extension threw' && line['extension'] === name)
  await until(() => thrown() !== undefined, 'the line of the log')
  return [
    frames[0]!.answer!.verdict.at,
    reader.of('record')[0].verdict.at as unknown,
    /\(?([^\s()]+:\d+:\d+)/.exec(thrown()!['stack'] as string)?.[1]
  ]
}

test('an extension of two files that was pushed', async () => {
  await extension('push', 'two/index.ts', '--name', 'two', '--api', weir.api.base)
  expect(await places('two')).toEqual(['words.ts:5:9', 'words.ts:5:9', 'words.ts:5:9'])
})

test('one of one file has its file\'s name, and its text is what was written', async () => {
  await extension('push', 'single.ts', '--name', 'one', '--api', weir.api.base)
  expect(await places('one')).toEqual(['single.ts:3:48', 'single.ts:3:48', 'single.ts:3:48'])
  expect((await weir.api.call('getExtension', { path: { name: 'one' } })).body).toMatchObject({
    source: `${ONE}//# sourceURL=single.ts\n`
  })
})

test('what build makes has its places with it, wherever it goes', async () => {
  await extension('build', 'two/index.ts', '--out', 'dist')
  const source = await readFile(join(home, 'dist/index.js'), 'utf8')
  await weir.api.call('createExtension', { body: { name: 'by-hand', source } })
  expect(await places('by-hand')).toEqual(['words.ts:5:9', 'words.ts:5:9', 'words.ts:5:9'])
  await extension('push', 'dist/index.js', '--name', 'again', '--api', weir.api.base)
  expect(await places('again')).toEqual(['words.ts:5:9', 'words.ts:5:9', 'words.ts:5:9'])
})
