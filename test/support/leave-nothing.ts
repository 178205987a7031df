// Set up in every test file: what a file has started ends with it, also when a test or a hook ran out of time, and a
// file that leaves a process behind fails.
import { TIME_SCALE } from '@weirlb/link/testing'
import { afterAll, afterEach, expect } from 'vitest'
import { endFile, endTest } from './at-end.ts'
import { endLeft, leftProcesses } from './left-processes.ts'

/** How long a process that was told to end may take. */
const ENDING_MS = 3000 * TIME_SCALE
const POLL_MS = 20

const file = `${process.pid}-${Date.now()}`
process.env['WEIR_TEST_FILE'] = file

// The first hooks of a file are the last that run.
afterAll(async () => {
  const deadline = performance.now() + ENDING_MS
  while (leftProcesses('WEIR_TEST_FILE', file).length > 0 && performance.now() < deadline)
    await new Promise(resolve => {
      setTimeout(resolve, POLL_MS)
    })
  expect(
    endLeft('WEIR_TEST_FILE', file).map(({ pid, command }) => `${pid} ${command}`),
    'processes that this file has left behind'
  ).toEqual([])
}, 4 * ENDING_MS)
afterAll(endFile)
afterEach(endTest)
