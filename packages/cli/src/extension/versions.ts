import { optionNames } from '../command-line/command-table.ts'
import { readArguments, required } from './arguments.ts'
import { apiOf, ask } from './rest.ts'

/** `weir extension rollback NAME [--api URL]`: make the version before the present one. */
export const rollbackExtension = async (args: readonly string[]): Promise<void> => { await turn(args, 'rollback') }

/** `weir extension promote NAME [--api URL]`: make the canary the version. */
export const promoteExtension = async (args: readonly string[]): Promise<void> => { await turn(args, 'promote') }

const turn = async (args: readonly string[], action: 'rollback' | 'promote'): Promise<void> => {
  const { value, options } = readArguments(args, 'name', optionNames(`extension ${action}`))
  const name = required(value, action, 'the NAME of an extension in Weir')
  const api = apiOf(options.api, options.socket)
  const { body } = await ask(api, `${action}Extension`, { path: { name } })
  const version = body.status?.versions?.find(({ status }) => status === 'current')?.version
  process.stdout.write(`extension '${name}' on ${api} is at version ${version ?? '(unknown)'}\n`)
}
