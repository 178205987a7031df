// What is published of the programs that Weir runs by itself: few files each, in place of a module a file. The library
// that others import stays as it is.
import { readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import type { BuildOptions, BuildResult } from 'esbuild'
import { bundleSources, root } from './bundle-sources.ts'
import { publishedPackages } from './published-packages.ts'

/** Programs of a package. */
interface Published {
  /** Folder of the package. */
  readonly home: string
  /** Folder in `dist`, and entries by their place there. */
  readonly to: string
  readonly entryPoints: Readonly<Record<string, string>>
}

const worker: Published = {
  home: 'packages/weir',
  to: 'worker',
  entryPoints: { 'worker-main': 'packages/weir/src/worker/worker-main.ts' }
}
const command: Published = { home: 'packages/cli', to: '', entryPoints: { run: 'packages/cli/src/run.ts' } }
export const published = { worker, command }

const dependenciesOf = (folder: string): string[] => {
  const { dependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    readonly dependencies?: Readonly<Record<string, string>>
  }
  return Object.keys(dependencies)
}

/**
 * Names of packages that lead from the folder of one to that of another, each a dependency of the one before. A package
 * leads to itself by its own name.
 */
const wayTo = (from: string, to: string): readonly string[] => {
  const packages = publishedPackages(root)
  const target = packages.find(({ folder }) => folder === to)!.name
  const ways: (readonly string[])[] = packages.filter(({ folder }) => folder === from).map(({ name }) => [name])
  for (const way of ways) {
    const last = packages.find(({ name }) => name === way.at(-1))!
    if (last.name === target) return way.length === 1 ? way : way.slice(1)
    for (const next of dependenciesOf(last.folder))
      if (packages.some(({ name }) => name === next)) ways.push([...way, next])
  }
  throw new Error(`${target} is no dependency of ${from}`)
}

/**
 * Bundles the programs of a package. Unless `write` is false, they are written beside what the compiler has made, over
 * what it made of the same programs.
 */
export const bundlePublished = async (
  { home, to, entryPoints }: Published,
  options: BuildOptions = {}
): Promise<BuildResult> => {
  const urlOf = (file: string): string => {
    const [group, folder, , ...rest] = relative(root, file).split(sep)
    return `weirFile(${
      [rest.join('/').replace(/ts$/, 'js'), ...wayTo(join(root, home), join(root, group!, folder!))].map(part =>
        JSON.stringify(part)
      ).join(', ')
    })`
  }
  return await bundleSources({ pinned: false, urlOf }, {
    entryPoints: { ...entryPoints },
    outdir: join(root, home, 'dist', to),
    chunkNames: 'chunks/[name]-[hash]',
    sourcemap: 'linked',
    sourcesContent: false,
    ...options
  })
}
