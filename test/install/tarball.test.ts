// What an operator installs: the packages as they would be published, installed by npm, packed with units and
// completions, and unpacked into an empty prefix.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connectAsync } from 'mqtt'
import { TIME_SCALE, until } from '@weirlb/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pack } from '../../scripts/pack.ts'
import { startBroker } from '../../scripts/start/brokers.ts'
import { writeTarball } from '../../scripts/tarball.ts'
import { publishedPackages } from '../../scripts/published-packages.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
let folder: string
/** Where it was unpacked: nothing of this repository is near. */
let prefix: string
const weirlb = (): string => join(prefix, 'lib/node_modules/weirlb')
const env = {
  ...process.env,
  PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
  NODE_OPTIONS: '',
  NODE_COMPILE_CACHE: ''
}

/** True when every package was built after its last change. */
const isBuilt = (): boolean =>
  publishedPackages(root).every(({ folder: one }) => {
    const built = join(one, 'dist/.tsbuildinfo')
    if (!existsSync(built)) return false
    const { mtimeMs } = statSync(built)
    return globSync('src/**/*.ts', { cwd: one }).every(file =>
      file.endsWith('.test.ts') || statSync(join(one, file)).mtimeMs < mtimeMs
    )
  }) && existsSync(join(root, 'packages/cli/man/weir.1'))

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weir-install-'))
  prefix = join(folder, 'usr')
  mkdirSync(prefix)
  if (!isBuilt()) {
    const { status, stdout } = spawnSync(process.execPath, [join(root, 'scripts/build.ts')], { encoding: 'utf8' })
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' })
  }
  const tarball = await writeTarball(pack(join(folder, 'packed')), folder)
  const { status, stderr } = spawnSync('tar', ['-xzf', tarball, '-C', prefix, '--strip-components=1'], {
    encoding: 'utf8'
  })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
}, 240_000 * TIME_SCALE)
afterAll(() => { rmSync(folder, { recursive: true, force: true }) })

/** Run the installed command. */
const weir = (
  ...args: readonly string[]
): { readonly status: number | null, readonly stdout: string, readonly stderr: string } => {
  const { status, stdout, stderr } = spawnSync(join(prefix, 'bin/weir'), args, { cwd: folder, env, encoding: 'utf8' })
  return { status, stdout, stderr }
}

test('it has what a system looks for, and nothing that only its makers need', () => {
  const files = [
    'bin/weir',
    'share/man/man1/weir.1',
    'share/man/man7/weir-commands.7',
    'share/bash-completion/completions/weir',
    'share/zsh/site-functions/_weir',
    'share/fish/vendor_completions.d/weir.fish',
    'lib/systemd/system/weir.service',
    'lib/systemd/system/weir.socket',
    'share/doc/weir/LICENSE'
  ]
  expect(files.filter(file => !existsSync(join(prefix, file)))).toEqual([])
  const own = globSync([
    'lib/node_modules/weirlb/{bin,dist,src}/**/*.ts',
    'lib/node_modules/weirlb/node_modules/@weirlb/**/*.ts'
  ], { cwd: prefix })
  expect(own.length).toBeGreaterThan(100)
  expect(own.filter(file => !file.endsWith('.d.ts'))).toEqual([])
  const tools = [
    'vitest',
    'oxlint',
    'fast-check',
    'aedes',
    'mqtt',
    'playwright-core',
    'publint',
    '@arethetypeswrong/cli',
    'selfsigned',
    'ioredis',
    'node'
  ]
  expect(tools.filter(name => existsSync(join(weirlb(), 'node_modules', name)))).toEqual([])
})

test('it prints its version and its manual, and checks an extension', () => {
  const { version } = JSON.parse(readFileSync(join(weirlb(), 'package.json'), 'utf8')) as { readonly version: string }
  expect(weir('--version')).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' })
  expect(weir('manual').stdout).toContain(`"weir ${version}"`)
  writeFileSync(join(folder, 'lines.ts'), `import { defineProtocol, forward, frame } from '@weirlb/sdk'\nexport default defineProtocol({ name: 'lines', api: 1, balance: 'per-connection', client: { framing: frame.lines({ max: 64 }), onMessage: () => forward({ then: 'tunnel' }) } })\n`)
  expect(weir('extension', 'validate', 'lines.ts')).toMatchObject({ status: 0, stdout: expect.stringContaining("'lines'") as string })
})

test('an MQTT client reaches its broker through it', async () => {
  const broker = await startBroker('one')
  writeFileSync(join(folder, 'weir.json'), JSON.stringify({
    extensions: [{ name: 'mqtt', builtin: 'mqtt' }],
    userProtocols: [{ name: 'MQTT', transport: 'tcp', extension: 'mqtt' }],
    services: [{ name: 'broker', address: '127.0.0.1', port: broker.port }],
    lbVservers: [{ name: 'brokers', services: [{ name: 'broker' }] }],
    userVservers: [{ name: 'mqtt', protocol: 'MQTT', address: '127.0.0.1', port: 0, defaultLb: 'brokers' }]
  }))
  const serving = spawn(join(prefix, 'bin/weir'), ['serve', '--config', 'weir.json', '--state', 'state', '--admin', '127.0.0.1:0', '--workers', '1', '--grace', '1'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let [out, log] = ['', '']
  serving.stdout.on('data', (bytes: Buffer) => { out += bytes.toString() })
  serving.stderr.on('data', (bytes: Buffer) => { log += bytes.toString() })
  try {
    await until(
      () => out.includes('\n') || (serving.exitCode !== null && Promise.reject(new Error(log))),
      'the installed Weir'
    )
    const { admin } = JSON.parse(out) as { readonly admin: string }
    const { status } = await (await fetch(`${admin}/v1/user-vservers/mqtt`)).json() as {
      readonly status: { readonly listening: { readonly port: number } }
    }
    const client = await connectAsync(`mqtt://127.0.0.1:${status.listening.port}`, {
      clientId: 'device-1',
      reconnectPeriod: 0
    })
    const received: string[] = []
    client.on('message', (_, payload) => { received.push(payload.toString()) })
    await client.subscribeAsync('greeting', { qos: 1 })
    await client.publishAsync('greeting', 'hello', { qos: 1 })
    await until(() => received.length > 0, 'the message')
    expect({ received, clients: broker.clients }).toEqual({ received: ['hello'], clients: ['device-1'] })
    const shown = spawn(join(prefix, 'bin/weir'), ['exec', 'show ns connectiontable', '--api', admin], {
      env,
      stdio: ['ignore', 'pipe', 'inherit']
    })
    let table = ''
    shown.stdout.on('data', (bytes: Buffer) => { table += bytes.toString() })
    await once(shown, 'close')
    expect(table).toMatch(/ESTABLISHED +broker +device-1/)
    await client.endAsync()
  } finally {
    const ended = once(serving, 'close')
    serving.kill('SIGTERM')
    await ended
    await broker.close()
  }
  expect(serving.exitCode).toBe(0)
  expect(existsSync(join(folder, 'state/config.json'))).toBe(true)
})
