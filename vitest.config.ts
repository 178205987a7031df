import { availableParallelism, loadavg } from 'node:os'
import { configDefaults, defineConfig } from 'vitest/config'
import { chooseTransport } from '@weirlb/link'

// What an engine does must not depend on what moves its bytes: these run again on io_uring, where that can be used.
const onBothTransports = [
  'engine/verdicts', 'engine/ends', 'engine/backpressure', 'engine/choosing', 'engine/changes', 'engine/leaks',
  'engine/last-bytes', 'engine/deadlines', 'engine/resend', 'engine/per-message-pipelines', 'engine/per-message-split',
  'engine/faults', 'engine/start-tls', 'engine/server-tls', 'weir/resets', 'mqtt/tls', 'mqtt/killed-worker'
].map(name => `test/${name}.test.ts`)
const { name: best, reason } = chooseTransport('auto')
if (best !== 'uring') process.stderr.write(`the engine's tests run on Node's sockets only: ${reason}\n`)

const cores = availableParallelism()
// Most tests wait for processes, sockets and timers.
const maxWorkers = cores + 2
/** Processes that want each core: those that run already, or those of the tests. */
const wanted = Math.max(maxWorkers, loadavg()[0]!) / cores
/** How much longer than usual things may take: what WEIR_TEST_TIMEOUT_SCALE says, or as many times as processes want each core. */
const timeScale = process.env['WEIR_TEST_TIMEOUT_SCALE'] ?? String(Math.min(20, Math.ceil(wanted)))
const uring = {
  extends: true as const,
  test: { name: 'io_uring', include: onBothTransports, env: { WEIR_TRANSPORT: 'uring', WEIR_TEST_TIMEOUT_SCALE: timeScale } }
}

export default defineConfig({
  test: {
    env: { WEIR_TEST_TIMEOUT_SCALE: timeScale },
    globalSetup: ['test/support/compile-cache.ts'],
    setupFiles: ['test/support/leave-nothing.ts'],
    // Run by `weir extension test`, in test/author/tutorial.test.ts.
    exclude: [...configDefaults.exclude, 'examples/first-protocol/tracker/**'],
    pool: 'forks',
    maxWorkers,
    // isolated-vm refuses to run in a process that started from Node's snapshot.
    execArgv: ['--no-node-snapshot'],
    testTimeout: 60_000 * Number(timeScale),
    hookTimeout: 60_000 * Number(timeScale),
    projects: [
      {
        extends: true,
        test: { name: 'weir', include: ['packages', 'extensions', 'test', 'examples', 'bench', 'scripts'].map(folder => `${folder}/**/*.test.ts`) }
      },
      ...(best === 'uring' ? [uring] : [])
    ]
  }
})
