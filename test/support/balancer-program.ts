import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until, WAIT_MS } from '@weirlb/testing'
import { atEnd } from './at-end.ts'

/** True when somebody accepts on a port of loopback. */
const answers = async (port: number): Promise<boolean> => {
  const socket = net.connect({ port, host: '127.0.0.1' })
  const open = await new Promise<boolean>(resolve => {
    socket.once('connect', () => {
      resolve(true)
    }).once('error', () => {
      resolve(false)
    })
  })
  socket.destroy()
  return open
}

/**
 * Run another balancer or server until the test ends, or what `ends` waits for. `files`: by name, in a folder of its
 * own, whose path is put in for `DIR` in files and arguments. It is there when it accepts on `port`, or with `said`
 * when it has written that.
 */
export const runProgram = async (
  program: string,
  args: readonly string[],
  files: Readonly<Record<string, string>>,
  ready: { readonly port: number } | { readonly said: string },
  env: Readonly<Record<string, string>> = {},
  ends = atEnd
): Promise<{ output: () => string, stop: () => Promise<void> }> => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-balancer-'))
  const within = (text: string): string => text.replaceAll('DIR', folder)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), within(text))
  const child = spawn(program, args.map(within), {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      HOME: folder,
      ...Object.fromEntries(Object.entries(env).map(([name, value]) => [name, within(value)]))
    }
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes: Buffer) => {
      output += bytes.toString()
    })
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGTERM')
    await exited
  }
  ends(async () => {
    await stop()
    rmSync(folder, { recursive: true, force: true })
  })
  // One in Erlang takes ten seconds of CPU, of which a busy machine gives it little.
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`${program} ended with status ${child.exitCode}: ${output}`)
    return 'said' in ready ? output.includes(ready.said) : await answers(ready.port)
  }, `${program} to be there`, 3 * WAIT_MS)
  return { output: () => output, stop }
}
