// npm run pack [-- DIR], after npm run build: every package as it would be published, a tarball each in DIR (default: packed).
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packedLinks } from './packed-links.ts'
import { publishedPackages, type PublishedPackage } from './published-packages.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Files of every package that the repository has once. */
const shared = ['LICENSE']
const sharedByTop = [...shared, 'CHANGELOG.md', 'SECURITY.md', 'docs', 'examples']
/** The package that people install. */
const top = 'weirlb'

/** Throws where a package has no build: its tarball would have doors that lead nowhere. */
export const requireBuild = (packages: readonly PublishedPackage[]): void => {
  const missing = packages.filter(({ folder }) => !existsSync(join(folder, 'dist/index.js'))).map(({ name }) => name)
  if (missing.length > 0) throw new Error(`there is no build of ${missing.join(', ')}; run: npm run build`)
}

/** Copy shared files into a package, and point its README's links at npm. Returns the function that undoes it. */
const dress = ({ folder, name, version }: PublishedPackage): () => void => {
  const brought = name === top ? sharedByTop : shared
  const readme = join(folder, 'README.md')
  const written = readFileSync(readme, 'utf8')
  for (const entry of brought) cpSync(join(root, entry), join(folder, entry), { recursive: true, filter: path => !path.includes('node_modules') })
  writeFileSync(readme, packedLinks(root, readme, written, { top, version }))
  return () => {
    writeFileSync(readme, written)
    for (const entry of brought) rmSync(join(folder, entry), { recursive: true })
  }
}

/** Pack every package into a folder that holds nothing else. Returns the tarballs by the packages' names. */
export const pack = (to: string): Map<string, string> => {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { packageManager: string }
  const packages = publishedPackages(root)
  requireBuild(packages)
  rmSync(to, { recursive: true, force: true })
  mkdirSync(to, { recursive: true })
  const tarballs = new Map<string, string>()
  for (const one of packages) {
    const { folder, name, version } = one
    const undress = dress(one)
    try {
      const { status, stdout, stderr, error } = spawnSync('npx', ['-y', packageManager, 'pack', '--pack-destination', to], { cwd: folder, encoding: 'utf8' })
      if (status !== 0) throw new Error(`pack ${name} failed: ${error?.message ?? `${stdout}${stderr}`}`)
    } finally {
      undress()
    }
    const file = readdirSync(to).find(entry => entry === `${name.replace('@', '').replace('/', '-')}-${version}.tgz`)
    if (file === undefined) throw new Error(`pnpm pack wrote no tarball for ${name}`)
    tarballs.set(name, join(to, file))
  }
  return tarballs
}

if (import.meta.main) {
  try {
    for (const tarball of pack(resolve(process.argv[2] ?? join(root, 'packed'))).values()) console.log(tarball)
  } catch (error) {
    console.error((error as Error).message)
    process.exitCode = 1
  }
}
