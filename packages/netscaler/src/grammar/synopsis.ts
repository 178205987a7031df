import type { Command } from './command.ts'
import type { Parameter } from './option.ts'
import { titleOf } from './read-call.ts'

/** `-timeout <minutes>`, or `-overwrite` for a flag. */
export const optionSynopsis = ({ name, kind, flag }: Parameter): string =>
  flag === undefined ? `-${name} ${kind.synopsis}` : `-${name}`

/**
 * `add lb vserver <name> [<serviceType>] [-lbMethod …] …`: arguments and NetScaler's options; Weir's own are listed
 * apart.
 */
export const synopsis = (command: Command): string => {
  const { arguments: positional, options } = command.parameters
  const args = positional.map(({ kind, optional }) => optional === true ? `[${kind.synopsis}]` : kind.synopsis)
  return [
    titleOf(command),
    ...args,
    ...options.filter(({ own }) => own !== true).map(option => `[${optionSynopsis(option)}]`)
  ].join(' ')
}
