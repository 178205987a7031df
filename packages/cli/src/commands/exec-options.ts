import { commandTable } from '../command-line/command-table.ts'
import { optionText } from '../command-line/usage.ts'
import { apiOf } from '../extension/rest.ts'
import { UsageError } from '../usage-error.ts'

/** The arguments of `weir exec`. */
export interface ExecOptions {
  /** Commands on the command line. */
  readonly commands: readonly string[]
  readonly file: string | undefined
  readonly api: string
  readonly json: boolean
}

const choices = commandTable.exec.options.map(optionText).join(', ')

/** Read the arguments of `weir exec`. Throws a UsageError that names the choices. */
export const parseExecOptions = (args: readonly string[]): ExecOptions => {
  const commands: string[] = []
  let file: string | undefined
  let api: string | undefined
  let socket: string | undefined
  let json = false
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!
    const value = (): string => {
      const next = args[++at]
      if (next === undefined || next === '') throw new UsageError(`option '${arg}' needs a value`)
      return next
    }
    if (arg === '-f' || arg === '--file') file = once('-f', file, value())
    else if (arg === '--api') api = once('--api', api, value())
    else if (arg === '--socket') socket = once('--socket', socket, value())
    else if (arg === '--json') json = true
    else if (arg.startsWith('-'))
      throw new UsageError(
        `unknown option '${arg}'; there are: ${choices}. A command is one argument: weir exec "show lb vserver"`
      )
    else commands.push(arg)
  }
  if (file === undefined && commands.length === 0)
    throw new UsageError('weir exec needs commands, as weir exec "show lb vserver", or a file of them: -f FILE')
  if (file !== undefined && commands.length > 0)
    throw new UsageError(`weir exec takes commands or -f FILE, and not both: '${commands[0]}' and '${file}'`)
  return { commands, file, api: apiOf(api, socket), json }
}

const once = (option: string, present: string | undefined, value: string): string => {
  if (present !== undefined) throw new UsageError(`option '${option}' is given twice: ${present} and ${value}`)
  return value
}
