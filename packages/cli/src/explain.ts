import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { optionNames } from './command-line/command-table.ts'
import { readArguments } from './extension/arguments.ts'
import { apiOf, ask } from './extension/rest.ts'
import { UsageError } from './usage-error.ts'

/** An argument, or what is in the file of that name. */
const textOf = async (argument: string): Promise<string> =>
  existsSync(argument) ? await readFile(argument, 'utf8') : argument

/** The client as `--client` describes it, which the API checks. */
const clientOf = (text: string): object => {
  try {
    return JSON.parse(text) as object
  } catch (error) {
    throw new UsageError(
      `--client takes JSON, as {"serverName":"a.example","http":{"path":"/mqtt"}}: ${(error as Error).message}`
    )
  }
}

/**
 * `weir explain VSERVER --bytes HEX|FILE [--client JSON|FILE] [--side client|server|request] [--api URL]`: what would
 * become of a client, as JSON. A FILE holds hex, or JSON, as well.
 */
export const explain = async (args: readonly string[]): Promise<void> => {
  const { value: vserver, options } = readArguments(args, 'user vserver', optionNames('explain'))
  if (vserver === undefined) throw new UsageError('weir explain needs the VSERVER, a user vserver in Weir')
  if (options.bytes === undefined && options.side !== 'request')
    throw new UsageError('weir explain needs --bytes HEX or --bytes FILE: what the client sends')
  const bytes = options.bytes === undefined ? '' : await textOf(options.bytes)
  const client = options.client === undefined ? undefined : clientOf(await textOf(options.client))
  const { body } = await ask(apiOf(options.api, options.socket), 'explain', {
    path: { name: vserver },
    body: { bytes, client, side: options.side as 'client' | 'server' | 'request' | undefined }
  })
  process.stdout.write(`${JSON.stringify(body, null, 2)}\n`)
}
