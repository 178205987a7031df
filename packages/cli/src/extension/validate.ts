import { readFile } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { placeIssues } from '@weirlb/sandbox/bundle'
import type { load } from '@weirlb/testing'
import { optionNames } from '../command-line/command-table.ts'
import { ensureSandboxFlag } from '../sandbox-flag.ts'
import { readArguments, required } from './arguments.ts'
import { requireFile, tellAuthor } from './author-error.ts'
import { checkOf, checkTypes } from './check-types.ts'

/**
 * `weir extension validate FILE [--check types|off]`: bundles and loads an extension as a running Weir would, checks
 * its types, and prints what it declares.
 */
export const validateExtension = async (args: readonly string[]): Promise<void> => {
  const { value, options } = readArguments(args, 'file', optionNames('extension validate'))
  const file = required(value, 'validate', 'the FILE of an extension')
  const check = checkOf(options.check)
  await requireFile(file)
  ensureSandboxFlag(0)
  const { load } = await import('@weirlb/testing')
  const { guest } = await tellAuthor(async () => {
    try {
      return await load(file)
    } catch (error) {
      throw await placeIssues(error, await readFile(file, 'utf8'), basename(file, extname(file)))
    }
  })
  const { name, balance, client, server } = guest.declaration
  guest.dispose()
  await checkTypes(file, check)
  const sides = [`client ${sideOf(client)}`, ...(server === undefined ? [] : [`server ${sideOf(server)}`])]
  process.stdout.write(
    `valid: '${name}', balance '${balance}', ${sides.join(', ')}${check === 'off' ? '; types were not checked' : ''}\n`
  )
}

type Side = Awaited<ReturnType<typeof load>>['guest']['declaration']['client']
const sideOf = (side: Side): string => side.kind === 'stream' ? 'stream' : `frames (${side.framing.kind})`
