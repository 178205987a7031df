import { configDefaults, defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['packages/**/*.test.ts', 'extensions/**/*.test.ts', 'test/**/*.test.ts', 'examples/**/*.test.ts', 'bench/**/*.test.ts', 'scripts/**/*.test.ts'],
    // Run by `weir extension test`, in test/author/tutorial.test.ts.
    exclude: [...configDefaults.exclude, 'examples/first-protocol/tracker/**'],
    pool: 'forks',
    // isolated-vm refuses to run in a process that started from Node's snapshot.
    execArgv: ['--no-node-snapshot'],
    testTimeout: 30_000,
    hookTimeout: 30_000
  }
})
