import { mkdir, writeFile } from 'node:fs/promises'
import { basename, extname, join, resolve } from 'node:path'
import { buildModule } from '@weirlb/sandbox/bundle'
import { optionNames } from '../command-line/command-table.ts'
import { UsageError } from '../usage-error.ts'
import { readArguments, required } from './arguments.ts'
import { requireFile, tellAuthor } from './author-error.ts'
import { checkOf, checkTypes } from './check-types.ts'
import { moduleWithMap } from './module-with-map.ts'

/**
 * `weir extension build FILE [--out DIR] [--check types|off]`: one module, as `source` of the REST API takes it, with
 * its source map in it.
 */
export const buildExtension = async (args: readonly string[]): Promise<void> => {
  const { value, options } = readArguments(args, 'file', optionNames('extension build'))
  const file = required(value, 'build', 'the FILE of an extension')
  const check = checkOf(options.check)
  await requireFile(file)
  const built = await tellAuthor(async () => await buildModule(file))
  await checkTypes(file, check)
  const out = resolve(options.out ?? 'dist')
  const target = join(out, `${basename(file, extname(file))}.js`)
  if (target === resolve(file)) throw new UsageError(`--out '${out}' would overwrite '${file}': choose another folder`)
  await mkdir(out, { recursive: true })
  await writeFile(target, moduleWithMap(built))
  process.stdout.write(`${target}\n`)
}
