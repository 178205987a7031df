// npm run tarball [-- DIR], after npm run build: weir-VERSION-linux-x64.tar.gz in DIR (default: packed), what
// `npm install -g weirlb` would install, with the service's units and the completions. It is unpacked into a prefix:
//   bin/weir                               lib/node_modules/weirlb, with what it depends on
//   lib/systemd/system/weir.{service,socket}   share/man/man{1,7}
//   share/bash-completion/completions/weir     share/zsh/site-functions/_weir
// share/fish/vendor_completions.d/weir.fish
import { spawnSync } from 'node:child_process'
import { cpSync, globSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installGlobally } from './install-packed.ts'
import { pack } from './pack.ts'
import { publishedPackages } from './published-packages.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const weirlb = 'lib/node_modules/weirlb'

/** Where files of the package stand beside where a system looks for them. */
const places: readonly (readonly [string, string])[] = [
  ['man/weir.1', 'share/man/man1/weir.1'],
  ['man/weir-commands.7', 'share/man/man7/weir-commands.7'],
  ['completion/weir.bash', 'share/bash-completion/completions/weir'],
  ['completion/_weir', 'share/zsh/site-functions/_weir'],
  ['completion/weir.fish', 'share/fish/vendor_completions.d/weir.fish'],
  ['packaging/systemd/weir.service', 'lib/systemd/system/weir.service'],
  ['packaging/systemd/weir.socket', 'lib/systemd/system/weir.socket']
]

/**
 * What only a reader of sources needs: Weir runs from `dist`. Declarations stay, since extensions are checked against
 * them.
 */
const unneeded = [
  `${weirlb}/src`,
  `${weirlb}/docs`,
  `${weirlb}/examples`,
  `${weirlb}/packaging`,
  `${weirlb}/node_modules/@weirlb/*/src`,
  'lib/node_modules/**/*.map'
]

/** Write the tarball into a folder. Returns its path. `tarballs`: the packed packages, by name. */
export const writeTarball = async (tarballs: ReadonlyMap<string, string>, to: string): Promise<string> => {
  const { version } = publishedPackages(root).find(({ name }) => name === 'weirlb')!
  const name = `weir-${version}-${process.platform}-${process.arch}`
  const folder = mkdtempSync(join(tmpdir(), 'weir-tarball-'))
  const prefix = join(folder, name)
  try {
    await installGlobally(tarballs, prefix)
    for (const [from, place] of places) {
      mkdirSync(dirname(join(prefix, place)), { recursive: true })
      // npm has made links of some.
      rmSync(join(prefix, place), { force: true })
      cpSync(join(prefix, weirlb, from), join(prefix, place))
    }
    const foreign = globSync('lib/node_modules/**/prebuilds/*', { cwd: prefix }).filter(path =>
      basename(path) !== `${process.platform}-${process.arch}`
    )
    for (const path of [...globSync(unneeded, { cwd: prefix }), ...foreign])
      rmSync(join(prefix, path), { recursive: true, force: true })
    for (const file of ['LICENSE', 'CHANGELOG.md']) {
      mkdirSync(join(prefix, 'share/doc/weir'), { recursive: true })
      cpSync(join(root, file), join(prefix, 'share/doc/weir', file))
    }
    const file = join(to, `${name}.tar.gz`)
    mkdirSync(to, { recursive: true })
    const { status, stderr } = spawnSync('tar', ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '-czf', file, '-C', folder, name], { encoding: 'utf8' })
    if (status !== 0) throw new Error(`tar failed: ${stderr}`)
    return file
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (import.meta.main) {
  const to = resolve(process.argv[2] ?? join(root, 'packed'))
  const packages = mkdtempSync(join(tmpdir(), 'weir-packed-'))
  try {
    console.log(await writeTarball(pack(packages), to))
  } catch (error) {
    console.error((error as Error).message)
    process.exitCode = 1
  } finally {
    rmSync(packages, { recursive: true, force: true })
  }
}
