import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname, join, resolve } from 'node:path'
import { optionNames } from '../command-line/command-table.ts'
import { UsageError } from '../usage-error.ts'
import { readArguments } from './arguments.ts'
import { checkTypes } from './check-types.ts'

/** Sources run as they are (.ts), a build beside its own output (.js). */
const providePackages = new URL(`./provide-packages${extname(import.meta.url)}`, import.meta.url).href

/**
 * `weir extension test [DIR]`: checks the extension's types against the SDK, and those of its tests where TypeScript is
 * installed; then runs the tests under `test/` with node:test; its exit status is ours. Packages of Weir that are not
 * installed there are this command's own.
 */
export const testExtension = async (args: readonly string[]): Promise<void> => {
  const directory = resolve(readArguments(args, 'folder', optionNames('extension test')).value ?? '.')
  if (!existsSync(join(directory, 'package.json')))
    throw new UsageError(`'${directory}' is no extension: it has no package.json; weir extension new NAME makes one`)
  const tests = globSync('{src,test}/**/*.test.{ts,js}', { cwd: directory }).sort()
  if (tests.length === 0) throw new UsageError(`'${directory}' has no tests; they are files like test/index.test.ts`)

  for (const entry of globSync('src/index.{ts,js}', { cwd: directory }))
    await checkTypes(join(directory, entry), undefined)
  const compiler = typeScript(directory)
  if (compiler === undefined) process.stderr.write('typescript is not installed here: types of tests are not checked\n')
  else if (existsSync(join(directory, 'tsconfig.json'))) {
    const status = await run(directory, [compiler, '-p', 'tsconfig.json', '--noEmit'])
    if (status !== 0) process.exit(status)
  }
  // The sandbox runs in the tests' own process, which must not come from Node's snapshot.
  const status = await run(directory, ['--no-node-snapshot', '--import', providePackages, '--test', ...tests])
  if (status !== 0) process.exit(status)
}

/** The compiler's script, if one is installed where the extension is. */
const typeScript = (directory: string): string | undefined => {
  try {
    const manifest = createRequire(join(directory, 'package.json')).resolve('typescript/package.json')
    return join(dirname(manifest), 'bin', 'tsc')
  } catch {
    return undefined
  }
}

const run = async (cwd: string, args: readonly string[]): Promise<number> => {
  // A test runner in which this one is run would take its reports for its own.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const [code] = await once(spawn(process.execPath, args, { cwd, env, stdio: 'inherit' }), 'exit') as [number | null]
  return code ?? 1
}
