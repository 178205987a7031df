import { existsSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { publishedPackages } from './published-packages.ts'

/**
 * Returns a README with its relative links pointing at npm, where the repository is not. Links to another package's
 * README lead to its page; links to other files lead to the packed one, which unpkg.com serves. `top` ships files
 * that belong to no package. Throws for a broken link.
 */
export const packedLinks = (
  root: string,
  readme: string,
  text: string,
  { top, version }: { readonly top: string, readonly version: string }
): string => {
  const packages = publishedPackages(root)
  return text.replaceAll(/\]\((?!https?:|#)([^)#\s]+)(#[^)\s]*)?\)/g, (_, target: string, anchor = '') => {
    const file = join(dirname(readme), target)
    if (!existsSync(file)) throw new Error(`${relative(root, readme)} links to ${target}, which is not there`)
    const owner = packages.find(({ folder }) => !relative(folder, file).startsWith('..'))
    if (owner !== undefined && relative(owner.folder, file) === 'README.md')
      return `](https://www.npmjs.com/package/${owner.name}${anchor})`
    return `](https://unpkg.com/${owner?.name ?? top}@${owner?.version ?? version}/${
      relative(owner?.folder ?? root, file)
    }${anchor})`
  })
}
