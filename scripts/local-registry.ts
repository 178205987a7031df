import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { spawnSync } from 'node:child_process'
import type { AddressInfo } from 'node:net'
import { basename } from 'node:path'

/** A registry that npm installs packed packages from. */
export interface LocalRegistry {
  /** Options that make npm take the scope's packages from here, and the others from its own registry. */
  readonly options: readonly string[]
  close (): void
}

/**
 * Serve tarballs, by the names of their packages, as a registry on loopback. Programs that block this process cannot
 * use it.
 */
export const serveRegistry = async (tarballs: ReadonlyMap<string, string>): Promise<LocalRegistry> => {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '').slice(1)
    const tarball = [...tarballs.values()].find(file => `-/${basename(file)}` === path)
    const named = tarballs.get(path)
    if (tarball === undefined && named === undefined) {
      response.writeHead(404).end('{}')
      return
    }
    const { port } = server.address() as AddressInfo
    response.writeHead(200, { 'content-type': tarball === undefined ? 'application/json' : 'application/octet-stream' })
    response.end(tarball === undefined ? packument(named!, `http://127.0.0.1:${port}`) : readFileSync(tarball))
  })
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  const { port } = server.address() as AddressInfo
  return {
    options: [`--@weirlb:registry=http://127.0.0.1:${port}`],
    close: () => {
      server.close().closeAllConnections()
    }
  }
}

/** What a registry says of a package. */
const packument = (tarball: string, base: string): string => {
  const manifest = JSON.parse(
    spawnSync('tar', ['-xzOf', tarball, 'package/package.json'], { encoding: 'utf8' }).stdout
  ) as { readonly name: string, readonly version: string }
  const { name, version } = manifest
  const integrity = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`
  return JSON.stringify({
    name,
    'dist-tags': { latest: version },
    versions: { [version]: { ...manifest, dist: { tarball: `${base}/-/${basename(tarball)}`, integrity } } }
  })
}
