import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { WeirError } from '@weirlb/model'
import type { ExecDone } from '@weirlb/admin/client'
import { ask } from '../extension/rest.ts'
import { UsageError } from '../usage-error.ts'
import { filesOf } from './command-files.ts'
import { parseExecOptions } from './exec-options.ts'
import { columnsOf, errorJson, print, repeat } from './print.ts'
import { refusalText } from './refusal-text.ts'

/**
 * `weir exec "COMMAND" …` or `weir exec -f FILE`: runs NetScaler's commands on a running Weir. Prints what they show;
 * lists skipped commands on standard error. Exits with 1, and nothing is changed, when one is refused; also when a
 * command on the command line is skipped. With `--json` a refusal is JSON as well, on standard output.
 */
export const exec = async (args: readonly string[]): Promise<void> => {
  const { commands: given, file, api, json } = parseExecOptions(args)
  const source = file === undefined ? undefined : file === '-' ? 'standard input' : file
  const commands = file === undefined ? given.join('\n') : await readCommands(file)
  const folder = file === undefined || file === '-' ? process.cwd() : dirname(resolve(file))
  try {
    const files = await filesOf(commands, folder)
    const run = async (): Promise<ExecDone> =>
      (await ask(api, 'execCommands', { body: { commands, files, folder, columns: columnsOf(process.stdout) } })).body
    const body = await run()
    print(body, { source, json })
    // Changes are not made twice.
    if (body.changes === 0) await repeat(body, run, done => { print(done, { source, json }) })
    if (file === undefined && body.skipped.length > 0) process.exitCode = 1
  } catch (error) {
    if (json && error instanceof WeirError) {
      process.stdout.write(errorJson(error))
      process.exitCode = 1
      return
    }
    const refused = error instanceof WeirError ? refusalText(error, commands, source) : undefined
    if (refused === undefined) throw error
    process.stderr.write(refused)
    process.exitCode = 1
  }
}

const readCommands = async (file: string): Promise<string> => {
  if (file === '-') return await textOf(process.stdin)
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new UsageError(`-f: cannot read '${file}' (${(error as NodeJS.ErrnoException).code})`)
  }
}
