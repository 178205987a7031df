// Makes few files of the `weir` command and of its worker, with what they import, for tests: Node needs half a second
// of CPU to find and link the 700 modules of a start from sources, and as much again for a worker.
import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { bundleSources, root } from './bundle-sources.ts'

/** Sources that start a program beside themselves which is in the bundle. */
const besides = ['packages/weir/src/create-weir.ts', 'packages/sandbox/src/types/type-checker.ts'].map(file =>
  join(root, file)
)
const HOUR_MS = 3_600_000

/** Programs by their place in the bundle; those that another one starts are where it looks for them. */
const commands: Readonly<Record<string, string>> = {
  weir: 'packages/cli/bin/weir.js',
  'check-process': 'packages/sandbox/src/types/check-process.ts'
}
/** The same for workers, which share nothing with commands: each has what it needs, and no more. */
const workers: Readonly<Record<string, string>> = { 'worker/worker-main': 'packages/weir/src/worker/worker-main.ts' }

/** Further programs of tests. */
export interface OwnPrograms { readonly commands: readonly string[], readonly workers: readonly string[] }

const entries = (files: readonly string[]): Record<string, string> =>
  Object.fromEntries(files.map(file => [file.replace(/\.ts$/, ''), file]))

/**
 * Writes the bundle of the sources as they are now below a folder, if it is not there. Returns its folder, which has
 * `weir.js`, `worker/worker-main.js`, and further programs, without `.ts`, at their paths.
 */
export const bundleWeir = async (
  folder: string,
  programs: OwnPrograms = { commands: [], workers: [] }
): Promise<string> => {
  const parts = [{ ...commands, ...entries(programs.commands) }, { ...workers, ...entries(programs.workers) }]
  const places = {
    pinned: true,
    urlOf: (file: string) => besides.includes(file) ? undefined : JSON.stringify(pathToFileURL(file).href)
  }
  const made = await Promise.all(
    parts.map(async entryPoints => await bundleSources(places, { entryPoints, outdir: folder, write: false }))
  )
  const outputFiles = made.flatMap(part => part.outputFiles ?? [])
  const hash = createHash('sha256')
  for (const { path, hash: content } of outputFiles) hash.update(`${path} ${content}\n`)
  const name = hash.digest('hex').slice(0, 16)
  const to = join(folder, name)
  if (!existsSync(to)) {
    const partial = join(folder, `${name}.${process.pid}`)
    for (const { path, contents } of outputFiles) {
      const file = join(partial, path.slice(folder.length))
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, contents)
    }
    writeFileSync(join(partial, 'package.json'), '{"type":"module"}\n')
    try { renameSync(partial, to) } catch { rmSync(partial, { recursive: true }) }
  }
  removeOld(folder, name)
  return to
}

/** Bundles of earlier sources; a run of tests that goes on may still use one. */
const removeOld = (folder: string, current: string): void => {
  for (const name of globSync('*', { cwd: folder })) {
    if (name !== current && Date.now() - statSync(join(folder, name)).mtimeMs > HOUR_MS)
      rmSync(join(folder, name), { recursive: true, force: true })
  }
}
