import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Running } from './path.ts'

const START_MS = 10_000

/** What a program says of itself, standard error included; undefined where it is not installed. */
export const sayVersion = (program: string, ...args: string[]): string | undefined => {
  const { error, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  return error === undefined ? stdout + stderr : undefined
}

const accepts = async (port: number): Promise<boolean> => await new Promise(resolve => {
  const socket = connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true) })
  socket.on('error', () => { resolve(false) })
})

/** Run a program in a folder of its own that holds `files`; resolves when it accepts connections. */
export const runProgram = async (
  program: string,
  port: number,
  files: Readonly<Record<string, string>>,
  args: (folder: string) => string[]
): Promise<Running> => {
  const from = performance.now()
  const folder = mkdtempSync(join(tmpdir(), 'weir-bench-'))
  for (const [name, text] of Object.entries(files))
    writeFileSync(join(folder, name), text.replaceAll('@FOLDER@', folder))
  const child = spawn(program, args(folder), { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => { if (said.length < 4000) said += text })
  const exited = once(child, 'exit')
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
    await exited
    rmSync(folder, { recursive: true })
  }
  const until = performance.now() + START_MS
  while (!await accepts(port)) {
    if (child.exitCode !== null || performance.now() > until) {
      await stop()
      throw new Error(`${program} does not accept connections: ${said}`)
    }
    await new Promise(resolve => { setTimeout(resolve, 5) })
  }
  return { port, pid: child.pid!, configuredMs: performance.now() - from, stop }
}
