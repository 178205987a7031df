import { fork } from 'node:child_process'
import { once } from 'node:events'
import { extname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What a configuration that is a program has made. */
export interface ModuleDocument {
  readonly value: unknown
  /** Its modules, apart from packages. */
  readonly files: readonly string[]
}

/** Why it has made nothing. */
export interface ModuleFault {
  readonly fault: string
  readonly line: number | undefined
  readonly column: number | undefined
  readonly files: readonly string[]
}

interface Sent {
  readonly text?: string
  readonly error?: string
  readonly line?: number
  readonly column?: number
  readonly files?: readonly string[]
}

const child = fileURLToPath(new URL(`./module-child${extname(import.meta.url)}`, import.meta.url))

/** Time for a program to make its configuration, in milliseconds. */
const MAX_MS = 30_000

/**
 * Run a module whose default export is a configuration, or a function that returns one. It runs in a process of its
 * own: each time anew, with all that it imports, and without harm to Weir.
 */
export const readModule = async (path: string): Promise<ModuleDocument | ModuleFault> => {
  const file = resolve(path)
  // Its output is no part of this one's, whose first line programs read.
  const running = fork(child, [file], {
    execArgv: ['--no-warnings'],
    stdio: ['ignore', 2, 2, 'ipc'],
    timeout: MAX_MS,
    killSignal: 'SIGKILL'
  })
  let sent: Sent | undefined
  running.on('message', message => {
    sent = message as Sent
    // It may have left something open.
    running.kill('SIGKILL')
  })
  // A message may come after the exit, and not after the end of the channel.
  const [[code, signal]] = await Promise.all([once(running, 'exit'), once(running, 'disconnect')]) as [
    [number | null, NodeJS.Signals | null],
    unknown
  ]
  if (sent?.text !== undefined) return { value: JSON.parse(sent.text) as unknown, files: sent.files ?? [file] }
  const fault = sent?.error ??
    (signal === 'SIGKILL'
      ? `it took more than ${MAX_MS / 1000} seconds`
      : `it ended with ${signal ?? `status ${code}`} and made no configuration`)
  return { fault, line: sent?.line, column: sent?.column, files: sent?.files ?? [file] }
}
