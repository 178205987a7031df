import { availableParallelism } from 'node:os'
import { configDefaults, defineConfig } from 'vitest/config'
import { chooseTransport } from '@weirlb/link'

// What an engine does must not depend on what moves its bytes: these run again on io_uring, where that can be used.
const onBothTransports = ['engine/verdicts', 'engine/ends', 'engine/backpressure', 'engine/upstream', 'engine/leaks', 'engine/last-bytes', 'engine/deadlines', 'engine/per-message-pipelines', 'engine/faults', 'mqtt/tls', 'mqtt/killed-worker'].map(name => `test/${name}.test.ts`)
const { name: best, reason } = chooseTransport('auto')
if (best !== 'uring') process.stderr.write(`the engine's tests run on Node's sockets only: ${reason}\n`)
const uring = { extends: true as const, test: { name: 'io_uring', include: onBothTransports, env: { WEIR_TRANSPORT: 'uring' } } }

export default defineConfig({
  test: {
    // Run by `weir extension test`, in test/author/tutorial.test.ts.
    exclude: [...configDefaults.exclude, 'examples/first-protocol/tracker/**'],
    pool: 'forks',
    // Most tests wait for processes and sockets: two at a time, also where there are two cores, take three quarters of the time.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // isolated-vm refuses to run in a process that started from Node's snapshot.
    execArgv: ['--no-node-snapshot'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: { name: 'weir', include: ['packages/**/*.test.ts', 'extensions/**/*.test.ts', 'test/**/*.test.ts', 'examples/**/*.test.ts', 'bench/**/*.test.ts', 'scripts/**/*.test.ts'] }
      },
      ...(best === 'uring' ? [uring] : [])
    ]
  }
})
