import { includesRole, WeirError, type Role } from '@weirlb/model'
import type { AskedCommand } from '@weirlb/netscaler'
import type { Principal } from './access/principal.ts'
import { checkNames } from './access/scopes.ts'

/** Returns the least role of an operation of the API. */
export type RoleOf = (operation: string) => Role

/** Commands that the audit log names one by one. */
const MAX_NAMED = 20

/**
 * Throws role-insufficient or outside-scope for the first command that the principal may not run. What commands change
 * in the configuration is compared with the scope when it is known.
 */
export const checkCommands = (principal: Principal, commands: readonly AskedCommand[], roleOf: RoleOf): void => {
  for (const { line, command, operation, reads, edits, name } of commands) {
    const needed = roleOf(operation)
    if (!includesRole(principal.role, needed)) {
      throw new WeirError('role-insufficient', `line ${line}: '${command}' needs the role ${needed}; ${principal.who} has ${principal.role}. No command was run`, { issues: [{ path: 'commands', message: `'${command}' needs the role ${needed}; ${principal.who} has ${principal.role}`, line }] })
    }
    if (!reads && !edits) checkNames(principal, [name])
  }
}

/** Returns the verbs and objects of commands that change something. Their values may be secrets. */
export const commandsText = (commands: readonly AskedCommand[]): string => {
  const writing = commands.filter(({ reads }) => !reads).map(({ command }) => command)
  const rest = writing.length - MAX_NAMED
  return `${writing.slice(0, MAX_NAMED).join('; ')}${rest > 0 ? `; and ${rest} more` : ''}`
}
