import { methodNames } from '@weirlb/model'
import { keywords, number, type Kind } from '../grammar/kind.ts'
import type { EntityRow } from './entity-row.ts'
import { capitals } from '../words/capitals.ts'
import { foreignOfLbVservers } from './foreign.ts'
import { serviceTypeKind } from './service.ts'

const known = keywords({ ...Object.fromEntries(methodNames.map(name => [capitals(name), name])), USER_TOKEN: 'token' }, [...methodNames.map(capitals), 'USER_TOKEN'])

/** A program that embeds Weir may have methods of its own, so any name is taken; Weir checks that it exists. */
const method: Kind = {
  ...known,
  read: word => {
    const reading = known.read(word)
    return 'value' in reading ? reading : { value: word }
  },
  write: value => known.write(value) ?? String(value)
}

/** `add lb vserver <name> [USER_TCP]`. */
export const lbVserverRow: EntityRow = {
  object: 'lb vserver',
  aliases: ['vs'],
  doc: 'A balancing method, a persistence type, and bound services.',
  collection: 'lbVservers',
  component: 'LbVserver',
  arguments: [{ name: 'serviceType', kind: serviceTypeKind, field: ['type'], optional: true, doc: 'Type of every bound service.' }],
  options: {
    lbMethod: { field: 'method', kind: method },
    persistenceType: 'persistence.type',
    timeout: { field: 'persistence.timeoutSeconds', kind: number('minutes', 60), doc: 'Lifetime of an entry after its last connection ended, in minutes.' },
    backupVServer: 'backup',
    downStateFlush: { field: 'onDown', kind: keywords({ ENABLED: 'close', DISABLED: 'keep' }), doc: 'Whether clients are closed when the monitors of their service fail.' },
    state: 'state',
    comment: 'comment'
  },
  foreign: foreignOfLbVservers,
  omit: ['services']
}
