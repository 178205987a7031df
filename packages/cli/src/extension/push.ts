import { optionNames } from '../command-line/command-table.ts'
import { UsageError } from '../usage-error.ts'
import { readArguments, required } from './arguments.ts'
import { requireFile } from './author-error.ts'
import { checkOf, checkTypes } from './check-types.ts'
import { apiOf } from './rest.ts'
import { sourceOf } from './source-of.ts'
import { upload, type Upload } from './upload.ts'

/**
 * `weir extension push FILE --name N [--canary PERCENT [--revert-above SHARE]] [--check types|off] [--api URL]`:
 * uploads an extension to a running Weir. It replaces the one of that name, or runs beside it for a share of new
 * connections.
 */
export const pushExtension = async (args: readonly string[]): Promise<void> => {
  const { value, options } = readArguments(args, 'file', optionNames('extension push'))
  const file = required(value, 'push', 'the FILE of an extension')
  const name = required(options.name, 'push', '--name NAME: what the extension is called in Weir')
  const api = apiOf(options.api)
  const canary = canaryOf(options.canary, options['revert-above'])
  const check = checkOf(options.check)
  await requireFile(file)
  const { text: source } = await sourceOf(file)
  await checkTypes(file, check)
  const end = await upload({ api, name, source, check, canary })
  const done = end === 'replaced' && canary !== undefined
    ? `a canary gets ${canary.percent} % of the new connections of`
    : end
  process.stdout.write(`${done} extension '${name}' on ${api}\n`)
}

const canaryOf = (percent: string | undefined, share: string | undefined): Upload['canary'] => {
  if (percent === undefined) {
    if (share !== undefined) throw new UsageError('--revert-above needs --canary PERCENT')
    return undefined
  }
  const revertOnErrorsAbove = share === undefined ? undefined : numberOf('--revert-above', share, 0, 1)
  return {
    percent: numberOf('--canary', percent, 1, 100),
    ...(revertOnErrorsAbove === undefined ? {} : { revertOnErrorsAbove })
  }
}

const numberOf = (option: string, text: string, least: number, most: number): number => {
  const number = Number(text)
  if (!(number >= least && number <= most))
    throw new UsageError(`${option}: expected a number from ${least} to ${most}, got '${text}'`)
  return number
}
