import { serviceType } from '@weirlb/model'
import type { Call } from '../grammar/command.ts'
import { keywords, number, text, toggle, withForeign, type Kind } from '../grammar/kind.ts'
import type { EntityRow } from './entity-row.ts'
import { foreignOfServices } from './foreign.ts'

/** `USER_TCP`, … as an argument. */
export const serviceTypeKind = withForeign(
  keywords(Object.fromEntries(serviceType.options.map(type => [type, type]))),
  [
    'TCP',
    'UDP',
    'SSL',
    'SSL_TCP',
    'SSL_BRIDGE',
    'FTP',
    'NNTP',
    'RPCSVR',
    'RPCSVRS',
    'RPCCLNT',
    'DNS',
    'DNS_TCP',
    'ADNS',
    'ADNS_TCP',
    'SNMP',
    'RTSP',
    'DHCPRA',
    'DHCPRELAY',
    'ANY',
    'SIP_UDP',
    'SIP_TCP',
    'SIP_SSL',
    'MYSQL',
    'MSSQL',
    'ORACLE',
    'RADIUS',
    'RDP',
    'DIAMETER',
    'SSL_DIAMETER',
    'TFTP',
    'SMPP',
    'PPTP',
    'GRE',
    'SYSLOGTCP',
    'SYSLOGUDP',
    'FIX',
    'SSL_FIX',
    'MQTT',
    'MQTT_TLS',
    'QUIC',
    'QUIC_BRIDGE',
    'HTTP_QUIC',
    'DTLS',
    'SCTP',
    'USER_SCTP',
    'USER_UDP',
    'MONGO',
    'MONGO_TLS',
    'PROXY',
    'NAT',
    'SERVICE_UNKNOWN',
    'COMP_SVC'
  ],
  'Weir has the types USER_TCP, USER_SSL_TCP, USER_WS, USER_WSS, HTTP and HTTPS'
)

const healthMonitor: Kind = { ...toggle('YES', 'NO'), read: word => {
  const reading = toggle('YES', 'NO').read(word)
  return 'value' in reading ? { value: reading.value === true ? undefined : [] } : reading
}, write: value => Array.isArray(value) && value.length === 0 ? 'NO' : undefined }

/** NetScaler's options of services, and of groups of them. */
export const serviceOptions: EntityRow['options'] = {
  maxClient: 'maxClients',
  healthMonitor: { field: 'monitors', kind: healthMonitor, doc: 'NO: no health probes.' },
  monThreshold: 'monitorThreshold',
  state: 'state',
  comment: 'comment'
}

/** A server that the same file has named stands for its address. */
const withServerAddress = (call: Call): Call => {
  const given = call.given.get('IP')
  const address = given === undefined ? undefined : call.context.servers.get(String(given.value))
  return address === undefined
    ? call
    : { ...call, given: new Map([...call.given, ['IP', { ...given!, value: address }]]) }
}

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
  options: serviceOptions,
  prepare: withServerAddress,
  foreign: foreignOfServices
}
