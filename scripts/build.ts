// npm run build: emit dist/ (JavaScript, declarations, source maps) for every package that can be published, bundles of
// the programs that Weir runs by itself, the files of the console, and the manual pages and completions of the weir
// command. Always from nothing: a file that is no longer in src must not be published.
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundlePublished, published } from './bundle-published.ts'
import { publishedPackages } from './published-packages.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const cli = join(root, 'packages/cli')

/** Files of the package `weirlb` that its own command prints. */
const printed: Readonly<Record<string, readonly string[]>> = {
  'man/weir.1': ['manual', 'weir'],
  'man/weir-commands.7': ['manual', 'weir-commands'],
  'completion/weir.bash': ['completion', 'bash'],
  'completion/_weir': ['completion', 'zsh'],
  'completion/weir.fish': ['completion', 'fish']
}

/** Build every package. Returns the status of the compiler, or of the first command that failed. */
export const build = async (): Promise<number> => {
  for (const { folder } of publishedPackages(root)) rmSync(join(folder, 'dist'), { recursive: true, force: true })
  const { status } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
  if (status !== 0) return status ?? 1
  await Promise.all(Object.values(published).map(async programs => await bundlePublished(programs)))
  const console = join(root, 'packages/console')
  const site = spawnSync(process.execPath, [join(console, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn'], { cwd: console, stdio: 'inherit' })
  return site.status === 0 ? print() : site.status ?? 1
}

const print = (): number => {
  for (const [file, args] of Object.entries(printed)) {
    const { status, stdout } = spawnSync(process.execPath, [join(cli, 'bin/weir.js'), ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit']
    })
    if (status !== 0) return status ?? 1
    mkdirSync(dirname(join(cli, file)), { recursive: true })
    writeFileSync(join(cli, file), stdout)
  }
  return 0
}

if (import.meta.main) process.exitCode = await build()
