import { fork } from 'node:child_process'
import { once } from 'node:events'
import { loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/**
 * Keep the machine busy until the test ends, for so many ms at most: `processes` want to run, those of others
 * included. A machine that others use gets fewer, or its load would be of no size that anything is promised for.
 */
export const keepBusy = (processes: number, ms: number): void => {
  const missing = Math.max(1, Math.round(processes - loadavg()[0]!))
  const busy = Array.from({ length: missing }, () => {
    const child = fork(fileURLToPath(new URL('busy-child.ts', import.meta.url)), [String(ms)])
    return { child, ended: once(child, 'exit') }
  })
  onTestFinished(async () => {
    for (const { child } of busy) child.kill('SIGKILL')
    await Promise.all(busy.map(({ ended }) => ended))
  })
}
