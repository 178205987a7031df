// Set up before the first test file: tests start hundreds of Node processes with the same modules, and half of the
// time of such a process before its first line goes into stripping their types and compiling them. Node keeps the
// results for the next one; it looks at a module's content, so that they are never those of another version.
import { globSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Modules of packages that tests install in folders of their own stay behind. */
const MAX_BYTES = 200e6

const directory = fileURLToPath(new URL('../../node_modules/.cache/compiled', import.meta.url))

/** Called by vitest before all tests. */
export const setup = (): void => {
  const bytes = globSync('*/*', { cwd: directory }).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0)
  if (bytes > MAX_BYTES) rmSync(directory, { recursive: true, force: true })
  process.env['NODE_COMPILE_CACHE'] ??= directory
}
