import { serviceType } from '@weirlb/model'
import { keywords, number, text } from '../grammar/kind.ts'
import type { EntityRow } from './entity-row.ts'
import { foreignOfServices } from './foreign.ts'

/** `USER_TCP`, … as an argument. */
export const serviceTypeKind = keywords(Object.fromEntries(serviceType.options.map(type => [type, type])))

/** `add service <name> <IP> USER_TCP 1883`. */
export const serviceRow: EntityRow = {
  object: 'service',
  doc: 'One server: address, type and port.',
  collection: 'services',
  component: 'Service',
  arguments: [
    { name: 'IP', kind: text('IP'), field: ['address'], doc: 'IP address or host name of the server.' },
    { name: 'serviceType', kind: serviceTypeKind, field: ['type'], doc: 'Transport to the server.' },
    { name: 'port', kind: number('port'), field: ['port'], doc: 'Port of the server.' }
  ],
  options: { maxClient: 'maxClients', state: 'state', comment: 'comment' },
  foreign: foreignOfServices
}
