// Runs the command blocks of pages as they stand in one shell: only the ports are others, so that nobody's are taken.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { TIME_SCALE } from '@weirlb/testing'
import { freePort } from '../../test/support/free-port.ts'
import { weirBin } from '../../test/support/bundled.ts'
import type { Block } from './command-blocks.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const mark = (n: number): string => `---- block ${n} ----\n`

/** Bash that waits, for a bounded time, until something listens. */
const waitFor = (port: string): string =>
  `for try in $(seq ${
    300 * TIME_SCALE
  }); do (exec 3<>/dev/tcp/127.0.0.1/${port}) 2>/dev/null && break; sleep 0.1; done\n`

/** The port that the process of a background block listens on: of its command line, or of its configuration's name. */
const portOf = (script: string): string => /(?:-p |--port |127\.0\.0\.1:|-f \w+-)(\d+)/.exec(script)![1]!

/** What the pages take for there. */
export interface Surroundings {
  /** Paths of programs that run in the background, and of others that may be outside of the path. */
  readonly programs: readonly string[]
  /** Ports of servers that run already, by the page's port. */
  readonly ports?: Readonly<Record<string, number>>
}

/** What a shell has done. `outputs`: of each block. */
export interface RunBlocks { readonly code: number, readonly error: string, readonly outputs: readonly string[] }

/** Run blocks in a temporary folder with `examples` of this checkout. All that they start ends with them. */
export const runBlocks = async (
  blocks: readonly Block[],
  { programs, ports: given = {} }: Surroundings
): Promise<RunBlocks> => {
  const directory = mkdtempSync(join(tmpdir(), 'weir-guide-'))
  symlinkSync(join(root, 'examples'), join(directory, 'examples'))
  const ports = new Map(Object.entries(given).map(([port, actual]) => [port, String(actual)]))
  const inPages = /\b(?:8080|1[0-9]{4})\b/g
  for (const { script } of blocks)
    for (const [port] of script.matchAll(inPages)) if (!ports.has(port)) ports.set(port, String(await freePort()))
  const own = (script: string): string =>
    script
      .replaceAll(inPages, port => ports.get(port)!)
      .replaceAll('npx weir', `exec ${process.execPath} ${weirBin}`)
  const inBackground = (script: string): string =>
    programs.reduce(
      (done, path) => done.replace(new RegExp(`^${path.slice(path.lastIndexOf('/') + 1)} `), `exec ${path} `),
      own(script)
    )
  const script = blocks.map(({ background, script }, n) =>
    background
      ? `( ${inBackground(script).replace(/ *# keep running\s*$/, '')} ) > background-${n}.log 2>&1 &\n${
        waitFor(portOf(own(script)))
      }`
      : `printf %s '${mark(n)}'\n${own(script)}`
  ).join('\n')
  // What runs in the background ends with the shell, which waits for it.
  const env = { ...process.env, PATH: [process.env['PATH'], ...programs.map(path => dirname(path))].join(delimiter) }
  const shell = spawn('bash', ['-c', `set -euo pipefail\ntrap 'kill $(jobs -p); wait' EXIT\n${script}`], {
    cwd: directory,
    env,
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const [out, error, [code]] = await Promise.all([
    text(shell.stdout),
    text(shell.stderr),
    once(shell, 'exit') as Promise<[number]>
  ])
  rmSync(directory, { recursive: true, maxRetries: 5 })
  return { code, error, outputs: blocks.map((_, n) => out.split(mark(n))[1]?.split('---- block')[0]!.trimEnd() ?? '') }
}
