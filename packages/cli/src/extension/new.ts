import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { version } from '@weirlb/core'
import { optionNames } from '../command-line/command-table.ts'
import { UsageError } from '../usage-error.ts'
import { readArguments, required } from './arguments.ts'
import { template } from './template.ts'

const NAME = /^[a-z][a-z0-9-]{0,62}$/

/** `weir extension new NAME [--dir DIR]`: a folder with a protocol that works, its tests and its manifest. */
export const newExtension = async (args: readonly string[]): Promise<void> => {
  const { value, options } = readArguments(args, 'name', optionNames('extension new'))
  const name = required(value, 'new', 'a NAME, as in: weir extension new my-proto')
  if (!NAME.test(name)) throw new UsageError(`'${name}' is no name for an extension: a small letter, then small letters, digits and '-', at most 63; my-proto, for example`)
  const directory = resolve(options.dir ?? name)
  await mkdir(dirname(directory), { recursive: true })
  try {
    await mkdir(directory)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST')
      throw new UsageError(`'${directory}' exists already: choose another name, or another folder with --dir DIR`)
    throw new UsageError(`cannot make the folder '${directory}' (${code}): choose another with --dir DIR`)
  }
  for (const [path, content] of Object.entries(template(name, version))) {
    const file = join(directory, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, content)
  }
  process.stdout.write(`made ${options.dir ?? name}\nNext: weir extension test ${options.dir ?? name}\n`)
}
