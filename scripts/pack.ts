// npm run pack [-- DIR], after npm run build: every package as it would be published, a tarball each in DIR (default: packed).
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { publishedPackages } from './published-packages.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Pack every package into a folder that holds nothing else; answers the tarballs by the packages' names. */
export const pack = (to: string): Map<string, string> => {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { packageManager: string }
  rmSync(to, { recursive: true, force: true })
  mkdirSync(to, { recursive: true })
  const tarballs = new Map<string, string>()
  for (const { folder, name, version } of publishedPackages(root)) {
    // The licence belongs into every package and stands in the repository once.
    cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'))
    try {
      const { status, stdout, stderr, error } = spawnSync('npx', ['-y', packageManager, 'pack', '--pack-destination', to], { cwd: folder, encoding: 'utf8' })
      if (status !== 0) throw new Error(`pack ${name} failed: ${error?.message ?? `${stdout}${stderr}`}`)
    } finally {
      rmSync(join(folder, 'LICENSE'))
    }
    const file = readdirSync(to).find(entry => entry === `${name.replace('@', '').replace('/', '-')}-${version}.tgz`)
    if (file === undefined) throw new Error(`pnpm pack wrote no tarball for ${name}`)
    tarballs.set(name, join(to, file))
  }
  return tarballs
}

if (import.meta.main) {
  for (const tarball of pack(resolve(process.argv[2] ?? join(root, 'packed'))).values()) console.log(tarball)
}
