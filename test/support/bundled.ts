import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const bundle = process.env['WEIR_BUNDLE']
const source = (file: string): string => fileURLToPath(new URL(`../../${file}`, import.meta.url))

/** Programs of tests that are part of the bundle. */
export const ownPrograms = {
  commands: ['test/support/crash-storage.ts', 'test/support/crash-writer.ts'],
  workers: ['packages/weir/src/worker/test/fixture-worker.ts']
} as const

/** Returns the file of a program of tests: under vitest one that loads few files, and starts sooner. */
export const bundled = (file: typeof ownPrograms[keyof typeof ownPrograms][number]): string =>
  bundle === undefined ? source(file) : join(bundle, file.replace(/\.ts$/, '.js'))

/** The `weir` command as the repository has it. */
export const weirSource = source('packages/cli/bin/weir.js')

/** The `weir` command for processes of tests. */
export const weirBin = bundle === undefined ? weirSource : join(bundle, 'weir.js')
