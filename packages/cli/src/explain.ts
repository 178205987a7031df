import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { readArguments } from './extension/arguments.ts'
import { apiOf, ask } from './extension/rest.ts'
import { UsageError } from './usage-error.ts'

/** `weir explain VSERVER --bytes HEX|FILE [--side client|server] [--api URL]`: what would become of a client, as JSON. A FILE holds hex as well. */
export const explain = async (args: readonly string[]): Promise<void> => {
  const { value: vserver, options } = readArguments(args, 'user vserver', ['bytes', 'side', 'api'])
  if (vserver === undefined) throw new UsageError('weir explain needs the VSERVER, a user vserver in Weir')
  if (options.bytes === undefined) throw new UsageError('weir explain needs --bytes HEX or --bytes FILE: what the client sends')
  const bytes = existsSync(options.bytes) ? await readFile(options.bytes, 'utf8') : options.bytes
  const { body } = await ask(apiOf(options.api), 'explain', { path: { name: vserver }, body: { bytes, side: options.side as 'client' | 'server' | undefined } })
  process.stdout.write(`${JSON.stringify(body, null, 2)}\n`)
}
