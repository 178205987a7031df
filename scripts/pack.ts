// npm run pack [-- DIR], after npm run build: every package as it would be published, a tarball each in DIR (default:
// packed).
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packedLinks } from './packed-links.ts'
import { publishedPackages, type PublishedPackage } from './published-packages.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Files of every package that the repository has once. */
const shared = ['LICENSE']
const sharedByTop = [...shared, 'CHANGELOG.md', 'SECURITY.md', 'docs', 'examples', 'packaging']
/** The package that people install. */
const top = 'weirlb'

/** Throws where a package has no build: its tarball would have doors that lead nowhere. */
export const requireBuild = (packages: readonly PublishedPackage[]): void => {
  const missing = packages.filter(({ folder, name }) =>
    !existsSync(join(folder, 'dist/index.js')) || name === top && !existsSync(join(folder, 'man/weir.1')) ||
    name === '@weirlb/console' && !existsSync(join(folder, 'site/index.html'))
  ).map(({ name }) => name)
  if (missing.length > 0) throw new Error(`there is no build of ${missing.join(', ')}; run: npm run build`)
}

/** An operator of the compose file keeps a token beside it. */
const isShared = (path: string): boolean => !path.includes('node_modules') && !path.endsWith('packaging/docker/token')

/**
 * Copy the workspace, as far as packing needs it, with the files that a package shares, and READMEs whose links lead to
 * npm.
 */
const stage = (packages: readonly PublishedPackage[], to: string): void => {
  for (const file of ['package.json', 'pnpm-workspace.yaml']) cpSync(join(root, file), join(to, file))
  for (const { folder, name, version } of packages) {
    const copy = join(to, relative(root, folder))
    // Links to other packages of the workspace stay links: pnpm reads their versions there.
    cpSync(folder, copy, { recursive: true, verbatimSymlinks: true })
    for (const entry of name === top ? sharedByTop : shared)
      cpSync(join(root, entry), join(copy, entry), { recursive: true, filter: isShared })
    const readme = join(folder, 'README.md')
    writeFileSync(join(copy, 'README.md'), packedLinks(root, readme, readFileSync(readme, 'utf8'), { top, version }))
  }
}

/** Pack every package into a folder that holds nothing else. Returns the tarballs by the packages' names. */
export const pack = (to: string): Map<string, string> => {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { packageManager: string }
  const packages = publishedPackages(root)
  requireBuild(packages)
  rmSync(to, { recursive: true, force: true })
  mkdirSync(to, { recursive: true })
  const copy = mkdtempSync(join(tmpdir(), 'weir-stage-'))
  try {
    stage(packages, copy)
    const filters = packages.map(({ name }) => `--filter=${name}`)
    const { status, stdout, stderr, error } = spawnSync('npx', ['-y', packageManager, '-r', ...filters, 'pack', '--pack-destination', to], { cwd: copy, encoding: 'utf8' })
    if (status !== 0) throw new Error(`pnpm pack failed: ${error?.message ?? `${stdout}${stderr}`}`)
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
  const written = readdirSync(to)
  return new Map(packages.map(({ name, version }) => {
    const file = written.find(entry => entry === `${name.replace('@', '').replace('/', '-')}-${version}.tgz`)
    if (file === undefined) throw new Error(`pnpm pack wrote no tarball for ${name}`)
    return [name, join(to, file)] as const
  }))
}

if (import.meta.main) {
  try {
    for (const tarball of pack(resolve(process.argv[2] ?? join(root, 'packed'))).values()) console.log(tarball)
  } catch (error) {
    console.error((error as Error).message)
    process.exitCode = 1
  }
}
