import { parseArgs } from 'node:util'
import { UsageError } from '../usage-error.ts'

/** The arguments of `weir check`. */
export interface CheckOptions {
  readonly file: string | undefined
  readonly api: string | undefined
  readonly json: boolean
  /** Ask no running Weir. */
  readonly alone: boolean
}

const choices = '--api URL, --alone, --json'

/** Read the arguments of `weir check`. Throws a UsageError that names the choices. */
export const parseCheckOptions = (args: readonly string[]): CheckOptions => {
  const { tokens } = parseArgs({
    args: [...args],
    options: { api: { type: 'string' }, json: { type: 'boolean' }, alone: { type: 'boolean' } },
    strict: false,
    allowPositionals: true,
    tokens: true
  })
  let file: string | undefined
  let api: string | undefined
  let json = false
  let alone = false
  for (const token of tokens) {
    if (token.kind === 'positional') {
      if (file !== undefined) throw new UsageError(`one file is enough: '${file}', and what is '${token.value}'?`)
      file = token.value
    } else if (token.kind === 'option') {
      if (token.name === 'json' && token.value === undefined) json = true
      else if (token.name === 'alone' && token.value === undefined) alone = true
      else if (token.name !== 'api') throw new UsageError(`unknown option '${token.rawName}'; there are: ${choices}`)
      else if (token.value === undefined || token.value === '') throw new UsageError('option \'--api\' needs a value')
      else if (api !== undefined) throw new UsageError(`option '--api' is given twice: ${api} and ${token.value}`)
      else api = token.value
    }
  }
  if (alone && api !== undefined) throw new UsageError('--alone asks no Weir, and --api names one: give one of them')
  return { file, api, json, alone }
}
