import { methodNames, persistence } from '@weirlb/model'
import { keywords, number, text, withForeign, type Kind } from '../grammar/kind.ts'
import type { EntityRow } from './entity-row.ts'
import { capitals } from '../words/capitals.ts'
import { foreignOfLbVservers } from './foreign.ts'
import { serviceTypeKind } from './service.ts'

const known = withForeign(
  keywords({
    ...Object.fromEntries(methodNames.map(name => [capitals(name), name])),
    USER_TOKEN: 'token',
    LEASTREQUEST: 'least-outstanding'
  }, [...methodNames.map(capitals), 'USER_TOKEN', 'LEASTREQUEST']),
  [
    'LEASTPACKETS',
    'LRTM',
    'CUSTOMLOAD',
    'URLHASH',
    'DOMAINHASH',
    'DESTINATIONIPHASH',
    'SRCIPDESTIPHASH',
    'SRCIPSRCPORTHASH',
    'CALLIDHASH',
    'AUDITLOGHASH',
    'STATICPROXIMITY'
  ].filter(word => !methodNames.some(name => capitals(name) === word)),
  'Weir has no such method; the default is used'
)
/** A rule is a field or a header, which NetScaler's expressions are not. */
const persistenceTypes = persistence.shape.type.unwrap().options.filter(type => type !== 'rule')
const wordOf = (type: string): string => type === 'cookie' ? 'COOKIEINSERT' : capitals(type)
const persistenceKind = withForeign(
  keywords(Object.fromEntries(persistenceTypes.map(type => [wordOf(type), type]))),
  ['RULE', 'URLPASSIVE', 'CUSTOMSERVERID', 'DESTIP', 'SRCIPDESTIP', 'CALLID', 'RTSPSID', 'DIAMETER', 'FIXSESSION'],
  'Weir has no such persistence, or takes its rule over REST; there is none'
)
/** What NetScaler uses for clients without a key of the first type. */
const backupKind = keywords(
  Object.fromEntries(persistenceTypes.filter(type => type !== 'none').map(type => [wordOf(type), type]))
)

/** An LB vserver of Weir has no address; NetScaler writes `0.0.0.0 0` for that. */
const noAddress: Kind = {
  synopsis: '<IPAddress>',
  read: word =>
    ['0.0.0.0', '0', '*', '::'].includes(word)
      ? { value: word }
      : { outside: `an LB vserver of Weir has no address; add user vserver … ${word} listens` },
  write: () => undefined
}

/** A program that embeds Weir may have methods of its own, so any name is taken; Weir checks that it exists. */
const method: Kind = {
  ...known,
  read: word => {
    const reading = known.read(word)
    return 'expected' in reading ? { value: word } : reading
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
  trailing: [{ name: 'IPAddress', kind: noAddress, optional: true, doc: 'None: 0.0.0.0.' }, { name: 'port', kind: text('port'), optional: true, doc: 'None: 0.' }],
  options: {
    lbMethod: { field: 'method', kind: method },
    persistenceType: { field: 'persistence.type', kind: persistenceKind },
    persistenceBackup: {
      field: 'persistence.secondary',
      kind: withForeign(backupKind, ['NONE'], 'the balancing method decides then, as without the option')
    },
    cookieName: { field: 'persistence.cookie.name', kind: text('cookieName') },
    v6persistmasklen: { field: 'persistence.sourceIp.ipv6Prefix', kind: number('bits') },
    timeout: {
      field: 'persistence.timeoutSeconds',
      kind: number('minutes', 60),
      doc: 'Lifetime of an entry after its last connection ended, in minutes.'
    },
    backupVServer: 'backup',
    downStateFlush: {
      field: 'onDown',
      kind: keywords({ ENABLED: 'close', DISABLED: 'keep' }),
      doc: 'Whether clients are closed when the monitors of their service fail.'
    },
    state: 'state',
    comment: 'comment'
  },
  foreign: foreignOfLbVservers,
  omit: ['services']
}
