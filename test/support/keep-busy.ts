import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** Keep the machine busy until the test ends, for so many ms at most. */
export const keepBusy = (processes: number, ms: number): void => {
  const busy = Array.from({ length: processes }, () => {
    const child = fork(fileURLToPath(new URL('busy-child.ts', import.meta.url)), [String(ms)])
    return { child, ended: once(child, 'exit') }
  })
  onTestFinished(async () => {
    for (const { child } of busy) child.kill('SIGKILL')
    await Promise.all(busy.map(({ ended }) => ended))
  })
}
