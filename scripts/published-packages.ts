import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

export interface PublishedPackage {
  readonly folder: string
  readonly name: string
  readonly version: string
  /** Specifiers that others may import. */
  readonly doors: readonly string[]
}

/** Every package of the workspace that goes to the registry. */
export const publishedPackages = (root: string): PublishedPackage[] => {
  const found: PublishedPackage[] = []
  for (const group of ['packages', 'extensions']) {
    for (const entry of readdirSync(join(root, group))) {
      const folder = join(root, group, entry)
      if (!existsSync(join(folder, 'package.json'))) continue
      const { name, version, exports = {}, private: notPublished } = JSON.parse(
        readFileSync(join(folder, 'package.json'), 'utf8')
      ) as { name: string, version: string, exports?: Record<string, unknown>, private?: boolean }
      if (notPublished === true) continue
      const doors = Object.keys(exports).filter(door => door !== './package.json').map(door => name + door.slice(1))
      found.push({ folder, name, version, doors })
    }
  }
  return found
}
