import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { weirBin } from '../support/bundled.ts'
import { WeirProcess } from '../support/weir-process.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
let home = ''
let folder = ''

const weir = async (...args: readonly string[]): Promise<Done> => await weirIn(home, ...args)
interface Done { readonly status: number, readonly out: string, readonly err: string }
const weirIn = async (cwd: string, ...args: readonly string[]): Promise<Done> => await new Promise(resolve => {
  execFile(process.execPath, [weirBin, 'extension', ...args], { cwd }, (error, out, err) => {
    resolve({ status: error === null ? 0 : Number(error.code), out, err })
  })
})

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'weir-author-'))
  folder = join(home, 'my-proto')
  // What `npm install` in the folder would bring.
  await mkdir(join(home, 'node_modules/@weirlb'), { recursive: true })
  await mkdir(join(home, 'node_modules/@types'))
  for (const name of ['@weirlb/sdk', '@weirlb/testing', 'typescript', '@types/node'])
    await symlink(join(root, 'node_modules', name), join(home, 'node_modules', name))
  expect(await weir('new', 'my-proto')).toMatchObject({ status: 0, err: '' })
})
afterAll(async () => { await rm(home, { recursive: true }) })

test('a new extension passes its tests as it stands', async () => {
  const { status, out } = await weir('test', 'my-proto')
  expect(out).toMatch(/pass 6/)
  expect(status).toBe(0)
})

test('it passes where nothing is installed, too', async () => {
  const bare = await mkdtemp(join(tmpdir(), 'weir-bare-'))
  expect(await weirIn(bare, 'new', 'my-proto')).toEqual({
    status: 0,
    err: '',
    out: 'made my-proto\nNext: weir extension test my-proto\n'
  })
  const { status, out, err } = await weirIn(bare, 'test', 'my-proto')
  expect(out).toMatch(/pass 6/)
  expect(err).toBe('typescript is not installed here: types of tests are not checked\n')
  expect(status).toBe(0)
  await rm(bare, { recursive: true })
})

test('a failing test and a wrong type fail the command', async () => {
  const file = join(folder, 'test/broken.test.ts')
  await writeFile(file, "import { test } from 'node:test'\ntest('no', () => { throw new Error('asked for') })\n")
  expect((await weir('test', 'my-proto')).status).toBe(1)
  await writeFile(file, "const x: number = 'text'\nexport { x }\n")
  const { status, out } = await weir('test', 'my-proto')
  expect(status).not.toBe(0)
  expect(out).toContain('broken.test.ts')
  await rm(file)
})

test('bench says what a message costs in both runtimes', async () => {
  const { status, out } = await weir('bench', 'my-proto/src/index.ts', '--seconds', '0.1')
  expect(out.split('\n')).toEqual([
    expect.stringMatching(/^runtime +messages\/s +ns\/message +crossings\/message +messages\/crossing$/) as string,
    ...['in-process', 'sandbox', 'sandbox, trusted'].map(name =>
      expect.stringMatching(new RegExp(`^${name} +\\d+ +\\d+ +1\\.000 +64\\.0$`)) as string
    ),
    expect.stringMatching(/^Connections ended as: client-closed \d+$/) as string,
    ''
  ])
  expect(status).toBe(0)
})

test('bench has figures for an extension that nothing enters, too', async () => {
  const plain = fileURLToPath(new URL('../../extensions/syslog/src/plain.ts', import.meta.url))
  const capture = join(home, 'line.hex')
  await writeFile(capture, Buffer.from('<13>1 - host app - - - hello\n').toString('hex'))
  const { status, out, err } = await weir('bench', plain, '--capture', capture, '--seconds', '0.1')
  expect({ status, err }).toEqual({ status: 0, err: '' })
  for (const row of out.split('\n').slice(1, 4)) expect(row).toMatch(/ [1-9]\d* +\d+ +0\.000 +-$/)
})

test('what build makes loads through REST, and push replaces it without touching its limits', async () => {
  const server = await WeirProcess.start({ workers: 1 })
  try {
    // Two files, so that there is something to bundle.
    await writeFile(join(folder, 'src/words.ts'), "export const refusal = 'ERR say it again\\n'\n")
    const main = join(folder, 'src/index.ts')
    await writeFile(main, `import { refusal } from './words.ts'\n${(await readFile(main, 'utf8')).replace("'ERR say HELLO <name> first\\n'", 'refusal')}`)
    expect(await weir('build', main, '--out', 'dist')).toMatchObject({ status: 0, err: '' })
    const source = await readFile(join(home, 'dist/index.js'), 'utf8')
    const map = /ERR say it again[^]*\n\/\/# sourceMappingURL=data:application\/json;base64,(\S+)\n$/.exec(source)![1]!
    expect(JSON.parse(Buffer.from(map, 'base64').toString())).toMatchObject({
      version: 3,
      sources: ['words.ts', 'index.ts']
    })
    await server.api.call('createExtension', { body: { name: 'my-proto', source, limits: { heapMb: 32 } } })

    expect(await weir('push', main, '--name', 'my-proto', '--api', server.api.base)).toEqual({
      status: 0,
      err: '',
      out: `replaced extension 'my-proto' on ${server.api.base}\n`
    })
    expect((await server.api.call('getExtension', { path: { name: 'my-proto' } })).body).toMatchObject({
      limits: { heapMb: 32 }
    })
    expect(await weir('push', main, '--name', 'other', '--api', server.api.base)).toMatchObject({
      status: 0,
      out: `created extension 'other' on ${server.api.base}\n`
    })

    const refused = await weir('push', main, '--name', 'no name', '--api', server.api.base)
    expect(refused.status).toBe(1)
    expect(refused.err).toContain('[config-invalid]')
    expect(refused.err).not.toContain('    at ')
  } finally {
    await server.stop()
  }
  const alone = await weir('push', join(folder, 'src/index.ts'), '--name', 'x', '--api', server.api.base)
  expect(alone.status).toBe(1)
  expect(alone.err).toContain(`no Weir answers on ${server.api.base} (ECONNREFUSED)`)
})
