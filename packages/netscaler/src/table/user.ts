import { keywords, nameOf, number, text } from '../grammar/kind.ts'
import type { EntityRow } from './entity-row.ts'
import { foreignOfUserVservers } from './foreign.ts'
import { params } from './params.ts'

/** `add user protocol <name> -transport TCP -extension <name>`. */
export const userProtocolRow: EntityRow = {
  object: 'user protocol',
  doc: 'A name that ties a transport to an extension.',
  collection: 'userProtocols',
  component: 'UserProtocol',
  arguments: [],
  options: {
    transport: {
      field: 'transport',
      kind: keywords({ TCP: 'tcp', SSL: 'ssl', WS: 'ws', WSS: 'wss', HTTP: 'http', HTTPS: 'https' })
    },
    extension: { field: 'extension', kind: nameOf('extensions', 'extension') },
    comment: 'comment'
  },
  foreign: {}
}

/** `add user vserver <name> <userProtocol> <IPAddress> <port> -defaultlb <name>`. */
export const userVserverRow: EntityRow = {
  object: 'user vserver',
  aliases: ['vs'],
  doc: 'The listener for clients.',
  collection: 'userVservers',
  component: 'UserVserver',
  arguments: [
    {
      name: 'userProtocol',
      kind: nameOf('userProtocols', 'userProtocol'),
      field: ['protocol'],
      doc: 'User protocol of the clients.'
    },
    { name: 'IPAddress', kind: text('IPAddress'), field: ['address'], doc: 'IP address to listen on.' },
    { name: 'port', kind: number('port'), field: ['port'], doc: 'Port to listen on.' }
  ],
  options: {
    defaultLB: { field: 'defaultLb', kind: nameOf('lbVservers', 'LB vserver') },
    params: { field: 'params', kind: params },
    state: 'state',
    comment: 'comment'
  },
  foreign: foreignOfUserVservers,
  omit: ['certificates', 'tls.clientCa']
}
