import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { cpuWaitMs } from '@weirlb/link'
import { until } from '@weirlb/testing'
import { expect, onTestFinished, test } from 'vitest'
import { Patience, whenLate } from './patience.ts'

const beats = { everyMs: 1000, missed: 5, startMs: 10 }

test('a worker is asked at each beat, and hangs when five in a row had no answer', () => {
  const patience = new Patience(beats, () => 0)
  for (let n = 0; n < 10; n++) {
    expect(patience.beat()).toBe('ask')
    patience.answered()
  }
  expect(Array.from({ length: 6 }, () => patience.beat())).toEqual(['ask', 'wait', 'wait', 'wait', 'wait', 'hangs'])
})

test('beats during which it waited for a core do not count', () => {
  let waited = 70_000
  const patience = new Patience(beats, () => waited)
  expect([patience.beat(), patience.beat()]).toEqual(['ask', 'wait'])
  // Of each second it gets the tenth part.
  const told: string[] = []
  while (told.at(-1) !== 'hangs') {
    waited += 900
    told.push(patience.beat())
  }
  expect(told.length).toBeGreaterThan(30)
  patience.answered()
  expect(patience.beat()).toBe('ask')
})

test('a start is late when its time is over, without that in which it waited for a core', async () => {
  let [asked, late] = [0, false]
  // It waited all the time, three times.
  whenLate(beats.startMs, () => Math.min(asked++, 3) * 20, () => { late = true })
  await until(() => late, 'the end of its time')
  expect(asked).toBe(5)
  const stop = whenLate(0, () => 0, () => { throw new Error('it was stopped') })
  stop()
})

test.skipIf(!existsSync('/proc/self/schedstat'))(
  'the system tells how long a process has waited for a core',
  async () => {
    const busy = Array.from({ length: availableParallelism() + 1 }, () =>
      spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }))
    onTestFinished(() => {
      for (const child of busy)
        child.kill('SIGKILL')
    })
    await until(() => busy.every(({ pid }) => cpuWaitMs(pid!) > 20), 'each of them to have waited')
    expect(cpuWaitMs(0)).toBe(0)
  }
)
