// `weir extension dev`: an author at work, beside a Weir that runs what is good.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '@weirlb/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { atEnd } from '../support/at-end.ts'
import { freePort } from '../support/free-port.ts'
import { weirBin } from '../support/bundled.ts'
import { weirCommand } from '../support/weir-command.ts'
import { WeirProcess } from '../support/weir-process.ts'
import { Client, Farm } from '../weir/farm.ts'

let farm: Farm
let folder: string
let state: string
let admin: string
let weir: WeirProcess
beforeAll(async () => {
  farm = await Farm.start('red')
  folder = mkdtempSync(join(tmpdir(), 'weir-dev-'))
  state = join(folder, 'state')
  admin = `127.0.0.1:${await freePort()}`
  weir = await WeirProcess.start({ workers: 1, state, admin })
  await weir.api.call('replaceConfig', { body: farm.config() })
})
afterAll(async () => {
  await weir.stop()
  farm.close()
  rmSync(folder, { recursive: true })
})

/** An extension of two files, which greets strangers with a word. */
const protocol = (verdict: string): string =>
  `import { defineProtocol, encodeUtf8, forward, frame, reject } from '@weirlb/sdk'
import { word } from './lib/word.ts'

export default defineProtocol({
  name: 'hello',
  api: 1,
  balance: 'per-connection',
  client: {
    framing: frame.lines({ max: 1024 }),
    onMessage (line) {
      const name = line.text()
      return ${verdict}
    }
  }
})
`
const rejecting = "reject('no', encodeUtf8(word + name))"

const dev = (file: string, ...args: string[]): { child: ChildProcess, said: () => string } => {
  const child = spawn(process.execPath, [weirBin, 'extension', 'dev', file, '--api', weir.api.base, ...args], {
    stdio: ['ignore', 'pipe', 'pipe']
  })
  atEnd(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGINT')
    await once(child, 'close')
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { said += chunk.toString() })
  return { child, said: () => said }
}
const greeted = async (): Promise<string | undefined> => {
  const client = await Client.connect(await weir.api.port('v'), 'ann').catch(() => undefined)
  client?.close()
  return client?.server
}

test('each good version runs at once, and a bad one is told with its line', async () => {
  const file = join(folder, 'protocol.ts')
  const word = join(folder, 'lib', 'word.ts')
  mkdirSync(join(folder, 'lib'))
  writeFileSync(file, protocol(rejecting))
  writeFileSync(word, "export const word = 'one '\n")
  const { said } = dev(file, '--vserver', 'v')
  await until(() => said().includes("replaced extension 'hello' in"), 'the first version')
  expect(await greeted()).toBe('one HELLO ann')

  // A file that the extension imports, as an editor writes it.
  writeFileSync(`${word}~`, "export const word = 'two '\n")
  renameSync(`${word}~`, word)
  await until(async () => await greeted() === 'two HELLO ann', 'the second version')

  writeFileSync(file, protocol("forward({ sesion: name })"))
  await until(() => said().includes('sesion'), 'the wrong type')
  expect(said()).toMatch(/not pushed; the version before stays\nprotocol\.ts:12:24: .*sesion.*\n {8}return forward\(\{ sesion: name \}\)\n {25}\^\n/)
  writeFileSync(file, protocol('forward({'))
  await until(
    () => /protocol\.ts:1[2-6]:\d+: \w+ .*\n.*\n *\^\n$/.test(said()) && said().split('not pushed').length === 3,
    'the missing brace'
  )
  expect(await greeted()).toBe('two HELLO ann')

  // A Weir that is away gets the version when it is back.
  await weir.stop()
  writeFileSync(word, "export const word = 'three '\n")
  writeFileSync(file, protocol(rejecting))
  await until(() => said().includes('it is tried again'), 'that Weir is away')
  weir = await WeirProcess.start({ workers: 1, state, admin })
  await until(async () => await greeted() === 'three HELLO ann', 'the third version')
})

test.each([
  [
    ['--name', 'a', '--protocol', 'b'],
    2,
    'weir extension dev needs one of --name NAME, --protocol PROTOCOL, or --vserver VSERVER'
  ],
  [[], 2, 'weir extension dev needs one of'],
  [['--vserver', 'w'], 1, "no user vserver 'w'; there are: v"],
  [['--protocol', 'TELNET'], 1, "no user protocol 'TELNET'; there are: HELLO"],
  [['--name', 'x', '--check', 'maybe'], 2, "--check: unknown value 'maybe'; there are: types, off"]
])('refuses %j', async (args, status, message) => {
  const file = join(folder, 'any.ts')
  writeFileSync(file, '')
  expect(await weirCommand(['extension', 'dev', file, '--api', weir.api.base, ...args])).toMatchObject({
    status,
    err: expect.stringContaining(message) as string
  })
})
