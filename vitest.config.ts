import { availableParallelism, loadavg } from 'node:os'
import { configDefaults, defineConfig } from 'vitest/config'
import { chooseTransport } from '@weirlb/link'

// What an engine does must not depend on what moves its bytes: these run again on io_uring, where that can be used.
const onBothTransports = [
  'engine/verdicts', 'engine/ends', 'engine/backpressure', 'engine/choosing', 'engine/changes', 'engine/leaks',
  'engine/last-bytes', 'engine/deadlines', 'engine/resend', 'engine/per-message-pipelines', 'engine/per-message-split',
  'engine/faults', 'engine/full-services', 'engine/start-tls', 'engine/server-tls', 'weir/resets', 'weir/hand-over',
  'mqtt/tls', 'mqtt/killed-worker'
].map(name => `test/${name}.test.ts`)
const { name: best, reason } = chooseTransport('auto')
if (best !== 'uring') process.stderr.write(`the engine's tests run on Node's sockets only: ${reason}\n`)

/**
 * Files that have a process for themselves, because they are about it, measure it or leave threads behind. The others
 * share processes, one file after the other: a process and its imports cost more than most of these files.
 */
const ofTheirOwn = [
  'packages/link/src/node/socket-owner', 'packages/link/src/uring/leaks', 'packages/sandbox/src/snapshot-flag',
  'packages/weir/src/sessions/session-keeper', 'packages/weir/src/stats/process-watch',
  'packages/weir/src/worker/worker-pool', 'test/engine/faults', 'test/engine/guest-failures', 'test/engine/guest-lost',
  'test/engine/leaks', 'test/runner/leave-nothing', 'test/runtime/escape', 'test/runtime/hostile',
  'test/runtime/in-process', 'test/runtime/sandbox', 'test/runtime/starved', 'test/weir/hostile',
  'test/weir/worn-worker'
].map(name => `${name}.test.ts`)
const everywhere = ['packages', 'extensions', 'test', 'examples', 'bench', 'scripts'].map(folder =>
  `${folder}/**/*.test.ts`
)

const cores = availableParallelism()
// Most tests wait for processes, sockets and timers.
const maxWorkers = cores + 2
/** Processes that want each core: those that run already, or those of the tests, which start as many beside them. */
const wanted = Math.max(2 * maxWorkers, loadavg()[0]!) / cores
/**
 * How much longer than usual things may take: what WEIR_TEST_TIMEOUT_SCALE says, or as many times as processes want
 * each core.
 */
const timeScale = process.env['WEIR_TEST_TIMEOUT_SCALE'] ?? String(Math.min(20, Math.ceil(wanted)))
/** Some files, those of their own apart. Projects run one after the other, by their names. */
const projectsOf = (name: string, include: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  const common = { env: { WEIR_TEST_TIMEOUT_SCALE: timeScale, ...env } }
  const own = include === everywhere ? ofTheirOwn : ofTheirOwn.filter(file => include.includes(file))
  return [
    { extends: true as const, test: { ...common, name: `${name} alone`, include: own } },
    { extends: true as const, test: { ...common, name, include: [...include], exclude: own, isolate: false } }
  ]
}

/** Workers of a Weir that runs in the process of a test are those of the bundle, as those of the `weir` command. */
const bundledWorker = {
  name: 'bundled-worker',
  enforce: 'pre' as const,
  transform (code: string, id: string): string | undefined {
    if (!id.endsWith('/packages/weir/src/create-weir.ts')) return undefined
    const bundled = code.replace(/fileURLToPath\(new URL\(`.\/worker\/worker-main.*/, "`${process.env['WEIR_BUNDLE']}/worker/worker-main.js`")
    if (bundled === code) throw new Error(`${id} does not start its workers as vitest.config.ts takes it to`)
    return bundled
  }
}

export default defineConfig({
  plugins: [bundledWorker],
  test: {
    globalSetup: ['test/support/compile-cache.ts', 'test/support/weir-bundle.ts'],
    setupFiles: ['test/support/leave-nothing.ts', 'test/support/property-seed.ts'],
    // Run by `weir extension test`, in test/author/tutorial.test.ts.
    exclude: [...configDefaults.exclude, 'examples/first-protocol/tracker/**'],
    pool: 'forks',
    maxWorkers,
    // isolated-vm refuses to run in a process that started from Node's snapshot.
    execArgv: ['--no-node-snapshot'],
    testTimeout: 60_000 * Number(timeScale),
    hookTimeout: 60_000 * Number(timeScale),
    // As long as `until` waits.
    expect: { poll: { timeout: 15_000 * Number(timeScale) } },
    projects: [
      ...projectsOf('weir', everywhere),
      ...best === 'uring' ? projectsOf('io_uring', onBothTransports, { WEIR_TRANSPORT: 'uring' }) : []
    ]
  }
})
