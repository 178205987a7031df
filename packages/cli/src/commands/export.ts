import { parseConfig } from '@weirlb/model'
import { exportCommands } from '@weirlb/netscaler'
import { optionNames } from '../command-line/command-table.ts'
import { readArguments } from '../extension/arguments.ts'
import { apiOf, ask } from '../extension/rest.ts'
import { UsageError } from '../usage-error.ts'

/**
 * `weir export [--format ns|json] [--api URL]`: prints the configuration of a running Weir, as commands or as a
 * document. Private keys are not in it.
 */
export const exportConfig = async (args: readonly string[]): Promise<void> => {
  const { value, options } = readArguments(args, 'option', optionNames('export'))
  const format = options.format ?? 'ns'
  if (value !== undefined)
    throw new UsageError(
      `weir export takes options only, got '${value}'; there are: --format ns|json, --api URL, --socket PATH`
    )
  if (format !== 'ns' && format !== 'json') throw new UsageError(`--format: expected one of ns, json; got '${format}'`)
  const { body } = await ask(apiOf(options.api, options.socket), 'getConfig', {})
  process.stdout.write(format === 'json' ? `${JSON.stringify(body, null, 2)}\n` : exportCommands(parseConfig(body)))
}
