import { verbs, type Command, type ObjectWords } from '../grammar/command.ts'
import type { Grammar } from '../grammar/find-command.ts'
import { lbBindings } from '../table/lb-bindings.ts'
import { sslBindings, sslSettings, sslVserver } from '../table/ssl-vserver.ts'
import { certkeyRow } from '../table/certkey.ts'
import { csCommands, csObjects } from '../table/cs.ts'
import { entityCommands } from '../table/entity-commands.ts'
import { ownRows } from '../table/own-rows.ts'
import { extensionCommands, extensionRow } from '../table/extension.ts'
import { lbVserverRow } from '../table/lb-vserver.ts'
import { monitorBindings } from '../table/monitor-bindings.ts'
import { monitorRow } from '../table/monitor.ts'
import { outside } from '../table/outside.ts'
import { runtimeCommands, runtimeObjects } from '../table/runtime.ts'
import { server, serverCommands } from '../table/server.ts'
import { withTrace } from '../table/trace-extension.ts'
import { memberBindings, serviceGroupRow } from '../table/service-group.ts'
import { withDelay } from '../table/disable-service.ts'
import { serviceRow } from '../table/service.ts'
import { userProtocolRow, userVserverRow } from '../table/user.ts'
import { begins, isExactly } from '../words/match-word.ts'
import { diffCommand } from './diff-config.ts'
import { nsCommands, nsObjects } from './ns.ts'
import { revision, revisionCommands } from './revision.ts'

const objects: readonly ObjectWords[] = [
  extensionRow,
  userProtocolRow,
  userVserverRow,
  lbVserverRow,
  serviceRow,
  serviceGroupRow,
  server,
  monitorRow,
  certkeyRow,
  sslVserver,
  ...csObjects,
  ...ownRows,
  ...runtimeObjects,
  ...nsObjects,
  revision
]

const commands: readonly Command[] = [
  ...extensionCommands().map(withTrace),
  ...entityCommands(userProtocolRow),
  ...entityCommands(serviceRow).map(withDelay), ...monitorBindings, ...serverCommands,
  ...entityCommands(serviceGroupRow), ...memberBindings,
  ...entityCommands(monitorRow),
  ...entityCommands(lbVserverRow), ...lbBindings,
  ...entityCommands(userVserverRow),
  ...entityCommands(certkeyRow), ...sslBindings, ...sslSettings,
  ...csCommands,
  ...ownRows.flatMap(entityCommands),
  ...runtimeCommands,
  ...nsCommands, ...revisionCommands, diffCommand
]

const byVerb = new Map(
  verbs.map(verb => [
    verb as string,
    objects.filter(({ object }) =>
      commands.some(command => command.verb === verb && command.object === object)
    )
  ])
)

/** True when the words name an object that has a command of this verb. */
const isOurs = (verb: string, [first, second]: readonly string[]): boolean =>
  (byVerb.get(verb) ?? []).some(({ object, aliases = [] }) => {
    const [group, noun] = object.includes(' ') ? object.split(' ') as [string, string] : [undefined, object]
    const last = { name: noun, aliases }
    const isLast = (word: string | undefined): boolean =>
      word !== undefined && (isExactly(word, last) || begins(word, last))
    return group !== undefined && begins(first!, { name: group }) && isLast(second) || isExactly(first!, last)
  })

/** NetScaler's commands, as far as Weir has them. */
export const grammar: Grammar = {
  objects,
  commands,
  outside: (verb, words) => outside(verb, words, given => isOurs(verb, given))
}
