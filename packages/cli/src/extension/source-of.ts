import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { buildModule, withSourceName, type BuiltModule } from '@weirlb/sandbox/bundle'
import { tellAuthor } from './author-error.ts'
import { moduleWithMap } from './module-with-map.ts'

/** An extension as Weir takes it, and the author's files that it was made of. */
export interface Source { readonly text: string, readonly files: readonly string[] }

/** Returns the text of an extension: the file itself, or with what it imports as one module. Throws extension-*. */
export const sourceOf = async (file: string): Promise<Source> => {
  const built: BuiltModule = await tellAuthor(async () => await buildModule(file))
  return {
    text: built.selfContained ? withSourceName(await readFile(file, 'utf8'), basename(file)) : moduleWithMap(built),
    files: built.files
  }
}
