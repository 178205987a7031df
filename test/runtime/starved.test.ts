// A guest that has no processor for longer than its message may take: here its whole process is stopped for a while.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pass } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'

/** Longer than any patience: the message's second, the grid, and one second more. */
const STOPPED_MS = 2500

const start = async (mode: string, batchTimeoutMs: number) => {
  const child = fork(fileURLToPath(new URL('./starved-child.ts', import.meta.url)), [mode, String(batchTimeoutMs)], {
    execArgv: ['--no-node-snapshot']
  })
  const ended = once(child, 'exit')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  await once(child, 'message')
  return child
}

describe.each(['thread', 'loop'])('in mode %s', mode => {
  test('a message that was cut without having had its CPU time is not the extension\'s fault', async () => {
    const child = await start(mode, 1000)
    const end = once(child, 'message')
    child.send('go')
    await pass(100)
    child.kill('SIGSTOP')
    await pass(STOPPED_MS)
    child.kill('SIGCONT')
    const [outcome] = await end as [{ cut: { cpuMs: number, wallMs: number, message: string } }]
    expect(outcome).toMatchObject({ processed: 2, cut: { starved: true }, ops: ['skipped', 'forward'], token: 'four' })
    expect(outcome.cut.cpuMs).toBeLessThan(400)
    expect(outcome.cut.wallMs).toBeGreaterThan(STOPPED_MS)
    expect(outcome.cut.message).toMatch(
      /^the machine was too busy: it ran for \d+ ms and had \d+ ms of CPU time\n +at /
    )
  })

  test('one that had it is', async () => {
    const child = await start(mode, 50)
    // On a busy machine it may not have it at the first try.
    for (let starved = true; starved;) {
      const end = once(child, 'message')
      child.send('go')
      const [outcome] = await end as [{ cut: { starved: boolean, message: string } }]
      starved = outcome.cut.starved
      expect(outcome).toMatchObject({ processed: 2, ops: ['skipped', 'forward'], token: 'four' })
      if (!starved) expect(outcome.cut.message).toMatch(/^it ran longer than its limit \(batchTimeoutMs\)\n +at /)
    }
  })
})
