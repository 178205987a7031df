import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { WeirProcess } from '../../../test/support/weir-process.ts'
import { cpuUs, memoryKb, treeOf } from '../process-tree.ts'
import { LB, services, type BookReport } from './entries.ts'
import type { LongestTurn } from './turn-watch.ts'

const run = promisify(execFile)
const fileOf = (name: string): string => fileURLToPath(new URL(`./${name}`, import.meta.url))

/** More logs than the files may have without a snapshot: the next start writes one. */
const LOGS = 9

const bookProcess = async (mode: 'fill' | 'read', state: string, entries: number): Promise<BookReport> => {
  const { stdout } = await run(process.execPath, ['--expose-gc', fileOf('book-process.ts'), mode, state, String(entries)])
  return JSON.parse(stdout) as BookReport
}

const wantSnapshot = async (state: string): Promise<void> => {
  const folder = join(state, 'sessions')
  const last = Math.max(...(await readdir(folder)).map(name => Number.parseInt(name, 10)))
  for (let i = 1; i <= LOGS; i++)
    await writeFile(join(folder, `${String(last + i).padStart(10, '0')}.log`), '', { mode: 0o600 })
}

/** Longest turns of the event loop of a process before a time and from then on. */
const turnsOf = async (file: string, from: number): Promise<readonly [LongestTurn, LongestTurn]> => {
  const lines = (await readFile(file, 'utf8')).trim().split('\n').map(line =>
    JSON.parse(line) as LongestTurn & { readonly at: number }
  )
  const longest = (some: readonly LongestTurn[]): LongestTurn => ({
    delayMs: Math.max(0, ...some.map(({ delayMs }) => delayMs)),
    cpuMs: Math.max(0, ...some.map(({ cpuMs }) => cpuMs))
  })
  return [longest(lines.filter(({ at }) => at <= from)), longest(lines.filter(({ at }) => at > from))]
}

const text = ({ delayMs, cpuMs }: LongestTurn): string =>
  `${delayMs.toFixed(1)} ms (${cpuMs.toFixed(1)} ms of processor time)`

/** `weir serve` on this state: its start, then a while with a snapshot. */
const serve = async (
  directory: string,
  state: string,
  entries: number,
  print: (line: string) => void
): Promise<void> => {
  const config = join(directory, 'weir.json')
  await writeFile(
    config,
    JSON.stringify({
      extensions: [{ name: 'mqtt', builtin: 'mqtt' }],
      userProtocols: [{ name: 'MQTT', transport: 'tcp', extension: 'mqtt' }],
      services: services.map((name, i) => ({ name, address: '127.0.0.1', port: 9 + i, monitors: [] })),
      lbVservers: [{
        name: LB,
        persistence: { type: 'user-session', timeoutSeconds: 3600 },
        services: services.map(name => ({ name }))
      }],
      userVservers: [{ name: 'mqtt', protocol: 'MQTT', address: '127.0.0.1', port: 0, defaultLb: LB }]
    })
  )
  const memory: number[][] = []
  for (const from of [join(directory, 'empty'), state]) {
    const began = performance.now()
    const weir = await WeirProcess.start({
      workers: 1,
      state: from,
      config,
      logLevel: 'warn',
      env: { STALL_DIRECTORY: directory, NODE_OPTIONS: `--import ${fileOf('stall-probe.ts')}` }
    })
    const readyMs = performance.now() - began
    const readyAt = Date.now()
    // Node's watchers and the like are no part of it.
    const pids = treeOf(weir.pid).slice(0, 2)
    const cpu = pids.map(pid => (cpuUs([pid]) / 1000).toFixed(0)).join(' and ')
    // The snapshot, and the two seconds after it.
    while (from === state && (await readdir(join(state, 'sessions'))).length > 2) await wait(100)
    await wait(2000)
    memory.push(pids.map(pid => memoryKb([pid])))
    const kept = (await weir.api.call('getStats')).body.sessions!.entries
    const turns = await Promise.all(pids.map(pid => turnsOf(join(directory, String(pid)), readyAt + 300)))
    await weir.stop()
    print(
      `weir serve --workers 1, with ${kept} entries: ready after ${
        readyMs.toFixed(0)
      } ms (${cpu} ms of processor time, control process and worker)`
    )
    for (const [i, [starting, running]] of turns.entries()) {
      const bytes = memory.length === 1
        ? ''
        : ` ${((memory[1]![i]! - memory[0]![i]!) * 1024 / entries).toFixed(0)} bytes an entry;`
      print(
        `  ${['control process', 'worker'][i]!}:${bytes} longest turn ${text(starting)} while it starts, ${
          text(running)
        } from then on, with a snapshot`
      )
    }
  }
}

/** Measure the session table and its files with so many entries of 64-byte keys; prints as it goes. */
export const measureSessions = async (entries: number, print: (line: string) => void): Promise<void> => {
  const directory = await mkdtemp(join(tmpdir(), 'weir-bench-sessions-'))
  const state = join(directory, 'state')
  try {
    print(`${entries} entries, keys of 64 bytes, Node ${process.version}`)
    for (const mode of ['fill', 'read'] as const) {
      if (mode === 'read') await wantSnapshot(state)
      const { beganMs, beganCpuMs, bytesPerEntry, turns } = await bookProcess(mode, state, entries)
      print(
        `${mode === 'fill' ? 'filled' : 'read'} in ${beganMs.toFixed(0)} ms (${
          beganCpuMs.toFixed(0)
        } ms of processor time); ${
          bytesPerEntry.toFixed(0)
        } bytes an entry, 64 of them the key; longest turn of the event loop`
      )
      for (const [name, turn] of Object.entries(turns)) print(`  ${name}: ${text(turn)}`)
      if (mode === 'fill') {
        for (const name of (await readdir(join(state, 'sessions'))).sort())
          print(`  ${((await stat(join(state, 'sessions', name))).size / 1e6).toFixed(0).padStart(6)} MB  ${name}`)
        await run('cp', ['-r', state, join(directory, 'again')])
      }
    }
    await wantSnapshot(join(directory, 'again'))
    await serve(directory, join(directory, 'again'), entries, print)
  } finally {
    if (existsSync(directory)) await rm(directory, { recursive: true })
  }
}
