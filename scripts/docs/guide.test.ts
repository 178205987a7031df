// The guides' commands, run as they stand in one shell: only the ports are others, so that nobody's are taken.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { TIME_SCALE } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { describeWithMosquitto } from '../../test/support/describe-with.ts'
import { freePort } from '../../test/support/free-port.ts'
import { commandBlocks } from './command-blocks.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
/** The README's `Run it` comes first: getting started goes on where it ends. */
const guides = ['../../README.md', 'getting-started.md', 'mqtt-client-certificates.md', 'operating.md', 'persistence.md', 'writing-an-extension.md', 'replacing-an-extension.md', 'explain-and-trace.md']
const blocks = guides.flatMap(guide => commandBlocks(readFileSync(join(root, 'docs/guide', guide), 'utf8')))
const mark = (n: number): string => `---- block ${n} ----\n`

/** Bash that waits, for a bounded time, until something listens. */
const waitFor = (port: string): string => `for try in $(seq 300); do (exec 3<>/dev/tcp/127.0.0.1/${port}) 2>/dev/null && break; sleep 0.1; done\n`

describeWithMosquitto('the commands of the guides', mosquitto => {
  test('work, and answer what the guides say', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'weir-guide-'))
    symlinkSync(join(root, 'examples'), join(directory, 'examples'))
    const ports = new Map<string, string>()
    for (const port of ['8080', '11881', '11882', '11883', '11884', '11885']) ports.set(port, String(await freePort()))
    const own = (script: string): string => script
      .replaceAll(/\b(8080|1188[1-5])\b/g, port => ports.get(port)!)
      .replaceAll('npx weir', `exec ${process.execPath} ${join(root, 'packages/cli/bin/weir.js')}`)
      .replaceAll(/^mosquitto /gm, `exec ${mosquitto} `)
    const script = blocks.map(({ background, script }, n) => background
      ? `( ${own(script).replace(/ *# keep running\s*$/, '')} ) > background-${n}.log 2>&1 &\n${waitFor(/(?:-p |127\.0\.0\.1:)(\d+)/.exec(own(script))![1]!)}`
      : `printf %s '${mark(n)}'\n${own(script)}`).join('\n')
    // What runs in the background ends with the shell, which waits for it.
    const shell = spawn('bash', ['-c', `set -euo pipefail\ntrap 'kill $(jobs -p); wait' EXIT\n${script}`], { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] })
    const [out, error, [code]] = await Promise.all([text(shell.stdout), text(shell.stderr), once(shell, 'exit')])
    expect(error).toBe('')
    expect(code).toBe(0)
    for (const [n, { output }] of blocks.entries()) {
      if (output !== undefined) expect(out.split(mark(n))[1]?.split('---- block')[0]!.trimEnd()).toBe(output.trimEnd())
    }
    rmSync(directory, { recursive: true })
    // The whole shell, on whatever machine this is.
  }, 120_000 * TIME_SCALE)
})
