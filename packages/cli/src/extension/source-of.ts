import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { buildModule, withSourceName, type BuiltModule } from '@weirlb/sandbox/bundle'
import { tellAuthor } from './author-error.ts'
import { moduleWithMap } from './module-with-map.ts'

/** Returns the text of an extension as Weir takes it: the file itself, or with what it imports as one module. Throws extension-*. */
export const sourceOf = async (file: string): Promise<string> => {
  const built: BuiltModule = await tellAuthor(async () => await buildModule(file))
  return built.selfContained ? withSourceName(await readFile(file, 'utf8'), basename(file)) : moduleWithMap(built)
}
