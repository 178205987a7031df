import { verbs, type Command, type ObjectWords } from '../grammar/command.ts'
import type { Grammar } from '../grammar/find-command.ts'
import { begins, isExactly } from '../words/match-word.ts'
import { lbBindings, sslBindings, sslVserver } from './bindings.ts'
import { certkeyCommands, certkeyRow } from './certkey.ts'
import { entityCommands } from './entity-commands.ts'
import { extensionCommands, extensionRow } from './extension.ts'
import { lbVserverRow } from './lb-vserver.ts'
import { outside } from './outside.ts'
import { runtimeCommands, runtimeObjects } from './runtime.ts'
import { serviceRow } from './service.ts'
import { userProtocolRow, userVserverRow } from './user.ts'

const objects: readonly ObjectWords[] = [extensionRow, userProtocolRow, serviceRow, lbVserverRow, userVserverRow, certkeyRow, sslVserver, ...runtimeObjects]

const commands: readonly Command[] = [
  ...extensionCommands(),
  ...entityCommands(userProtocolRow),
  ...entityCommands(serviceRow),
  ...entityCommands(lbVserverRow), ...lbBindings,
  ...entityCommands(userVserverRow),
  ...certkeyCommands(), ...sslBindings,
  ...runtimeCommands
]

const byVerb = new Map(verbs.map(verb => [verb as string, objects.filter(({ object }) => commands.some(command => command.verb === verb && command.object === object))]))

/** True when the words name an object that has a command of this verb. */
const isOurs = (verb: string, [first, second]: readonly string[]): boolean => (byVerb.get(verb) ?? []).some(({ object, aliases = [] }) => {
  const [group, noun] = object.includes(' ') ? object.split(' ') as [string, string] : [undefined, object]
  const last = { name: noun, aliases }
  const isLast = (word: string | undefined): boolean => word !== undefined && (isExactly(word, last) || begins(word, last))
  return group !== undefined && begins(first!, { name: group }) && isLast(second) || isExactly(first!, last)
})

/** NetScaler's commands, as far as Weir has them. */
export const grammar: Grammar = { objects, commands, outside: (verb, words) => outside(verb, words, given => isOurs(verb, given)) }
