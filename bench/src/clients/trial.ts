import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Client } from './client.ts'
import type { Outcome } from './outcome.ts'
import { ScriptedServer } from './scripted-server.ts'
import { phases, type PhaseName, type Stimulus, type Version } from './stimuli.ts'

/** How long a client has to come back, in ms: a mosquitto bridge may take 30 s. */
const WINDOW_MS = 40_000
/** How long a client that was served must stay before it counts as back. */
const STAYS_MS = 400
const POLL_MS = 20

/** A client and what is done to it. */
export interface Subject {
  readonly client: Client
  readonly version: Version
  readonly phase: PhaseName
  readonly stimulus: Stimulus
}

/**
 * Run one client against one script until it is served and stays, its process ends, or it has not come for too long.
 */
export const trial = async ({ client, version, phase, stimulus }: Subject, folder: string): Promise<Outcome> => {
  const { acts: actsOf, skip } = phases[phase]
  const acts = actsOf(stimulus)
  const server = await ScriptedServer.start(acts)
  const own = join(folder, `trial-${server.port}`)
  mkdirSync(own)
  const [command, ...args] = client.command({ port: server.port, version, id: 'device-1', folder: own }) as [
    string,
    ...string[]
  ]
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let told = false
  for (const stream of [child.stdout, child.stderr]) stream.on('data', () => { told = true })
  let exit: number | NodeJS.Signals | undefined
  const exited = once(child, 'close').then(([status, signal]) => {
    exit = (status ?? signal) as number | NodeJS.Signals
  })
  try {
    const { visits } = server
    let since = performance.now()
    const end = async (): Promise<Outcome['end']> => {
      for (;;) {
        await new Promise(resolve => { setTimeout(resolve, POLL_MS) })
        const last = visits.at(-1)
        since = Math.max(since, last?.at ?? 0, last?.endedAt ?? 0)
        if (exit !== undefined) return { kind: 'exit', status: exit === stimulus.code ? 'the code' : exit, told }
        if (visits.length > acts.length && last!.subscribed && !last!.closed && performance.now() - last!.at > STAYS_MS)
          return { kind: 'back' }
        if (performance.now() - since > WINDOW_MS) return { kind: 'never', told }
      }
    }
    const outcome = await end()
    const delays = visits.slice(1).map(({ at }, i) => at - (visits[i]!.endedAt ?? at)).slice(skip)
    return { delays, levels: visits.map(({ level }) => level), end: outcome }
  } finally {
    if (exit === undefined) child.kill('SIGKILL')
    await exited
    await server.stop()
    rmSync(own, { recursive: true })
  }
}
