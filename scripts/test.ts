// npm test [-- vitest arguments]: install the services that tests need, list the tests to be skipped, run vitest,
// leave nothing behind.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { endLeft, leftProcesses } from '../test/support/left-processes.ts'
import { installServices, servicesRequired } from '../test/support/services.ts'

const missing = installServices()
for (const [name, why] of missing)
  console.error(`${name}: ${why}; its tests ${servicesRequired ? 'fail' : 'are skipped'}`)

const run = `${process.pid}-${Date.now()}`
const vitest = new URL('../node_modules/vitest/vitest.mjs', import.meta.url).pathname
const child = spawn(process.execPath, [vitest, 'run', ...process.argv.slice(2)], {
  cwd: new URL('..', import.meta.url),
  stdio: 'inherit',
  env: { ...process.env, WEIR_TEST_RUN: run }
})
// A terminal's Ctrl-C reaches vitest by itself; a SIGTERM is for us alone. Whichever it is, what the tests have started
// ends.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => child.kill('SIGTERM'))
child.on('exit', async (code, signal) => {
  // Its own processes end by themselves, most of the time, but not within the same millisecond.
  for (let wait = 0; wait < 20 && leftProcesses('WEIR_TEST_RUN', run).length > 0; wait++) await setTimeout(50)
  for (const { pid, command } of endLeft('WEIR_TEST_RUN', run))
    console.error(`ended what the tests have left behind: ${pid} ${command}`)
  process.exitCode = code ?? 128 + (constants.signals[signal ?? 'SIGTERM'])
})
