// A service manager knows the npm that it started: what it sends to that one must reach Weir.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { until } from '@weirlb/testing'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'

const bin = fileURLToPath(new URL('../../packages/cli/bin/weir.js', import.meta.url))

/** A project that has Weir installed. */
let project: string
beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'weir-npx-'))
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({
      name: 'project',
      version: '1.0.0',
      private: true,
      scripts: { balance: 'weir serve --admin 127.0.0.1:0 --workers 1 --grace 1' }
    })
  )
  mkdirSync(join(project, 'node_modules/.bin'), { recursive: true })
  symlinkSync(bin, join(project, 'node_modules/.bin/weir'))
})
afterAll(() => { rmSync(project, { recursive: true }) })

const alive = (pid: number): boolean => { try { return process.kill(pid, 0) } catch { return false } }

interface Line { readonly pid: number, readonly msg: string, readonly signal?: string }
let child: ChildProcess | undefined
let lines: Line[] = []
afterEach(() => {
  for (const pid of new Set(lines.map(line => line.pid))) if (alive(pid)) process.kill(pid, 'SIGKILL')
  child?.kill('SIGKILL')
})

/** Resolves when Weir is ready. */
const start = async (
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {}
): Promise<ChildProcess> => {
  lines = []
  // The program's first line asks for the `node` of the path.
  const PATH = `${dirname(process.execPath)}${delimiter}${process.env['PATH']}`
  child = spawn(command, args, {
    cwd: project,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PATH, ...env }
  })
  createInterface(child.stderr!).on('line', line => {
    if (line.startsWith('{')) lines.push(JSON.parse(line) as Line)
  })
  const printed = createInterface(child.stdout!)
  for (;;) {
    const [line] = await once(printed, 'line') as [string]
    if (line.includes('"ready":true')) return child
  }
}

const weirPid = (): number => lines.find(({ msg }) => msg === 'running')!.pid

const serveArgs = ['serve', '--admin', '127.0.0.1:0', '--workers', '1', '--grace', '1']

test.each([
  ['npx weir serve', 'npx', ['weir', ...serveArgs]],
  ['a script of package.json', 'npm', ['run', 'balance']]
])('SIGTERM to %s stops Weir in order', async (_, command, args) => {
  const npm = await start(command, args)
  await until(() => lines.some(({ msg }) => msg === 'running'), 'its log')
  const pid = weirPid()
  expect(alive(pid)).toBe(true)
  npm.kill('SIGTERM')
  await until(() => !alive(pid), 'Weir to end')
  await until(() => lines.some(({ msg }) => msg === 'stopped'), 'its last line')
})

test('the Ctrl-C that npm passes on to a Weir that had it from the terminal is no second one', async () => {
  const weir = await start(process.execPath, [bin, ...serveArgs], { npm_lifecycle_event: 'npx' })
  const ended = once(weir, 'exit')
  weir.kill('SIGINT')
  await until(() => lines.some(({ msg }) => msg === 'stopping'), 'the first to arrive')
  weir.kill('SIGINT')
  expect(await ended).toEqual([0, null])
})

test('Weir that another program started lives on when that one ends, whatever npm ran that one', async () => {
  const launcher = `const { spawn } = require('node:child_process')
    spawn(process.execPath, process.argv.slice(1), { stdio: ['ignore', 'inherit', 'inherit'], detached: true }).unref()`
  const parent = await start(process.execPath, ['-e', launcher, bin, ...serveArgs], { npm_lifecycle_event: 'balance' })
  await until(() => parent.exitCode === 0, 'the launcher to end')
  await until(() => lines.some(({ msg }) => msg === 'running'), 'its log')
  const pid = weirPid()
  // That nothing happens shows in time only: what would stop it looks four times a second.
  await new Promise(resolve => { setTimeout(resolve, 1000) })
  expect(alive(pid)).toBe(true)
  process.kill(pid, 'SIGTERM')
  await until(() => !alive(pid), 'Weir to end')
})
