import { parseEndpoint } from '@weirlb/model'
import type { EndKind, EndRecord } from '@weirlb/engine'
import { secretFields } from '../secret-fields.ts'

/** A record with what every line may have beside it. */
export interface AccessEntry {
  readonly kind: EndKind
  readonly time: string
  readonly worker: number
  readonly record: EndRecord
}

/** A field of the access log. */
export interface AccessField {
  readonly doc: string
  /** Undefined where it does not apply. */
  readonly of: (entry: AccessEntry) => string | number | boolean | undefined
}

const field = (doc: string, of: AccessField['of']): AccessField => ({ doc, of })
const own = <N extends Exclude<keyof EndRecord, 'fields'>>(name: N, doc: string): AccessField =>
  field(doc, ({ record }) => record[name])
const clientOf = ({ record }: AccessEntry): { readonly address: string, readonly port?: number | undefined } =>
  parseEndpoint(record.client) ?? { address: record.client }

/** Every field of the access log by its name, in the order of a line of JSON. */
export const accessFields = {
  time: field('Time of the end (ISO 8601, UTC).', ({ time }) => time),
  kind: field(
    '`connection`, `request` (HTTP), or `refused`: a client that a rule or a failed handshake kept out.',
    ({ kind }) => kind
  ),
  worker: field('Number of the worker process, counted over all that were started.', ({ worker }) => worker),
  userVserver: own('userVserver', 'User vserver.'),
  lbVserver: own('lbVserver', 'LB vserver.'),
  service: own('service', 'Service; several are separated by `, `.'),
  client: own('client', 'Address and port of the client.'),
  address: field('Address of the client.', entry => clientOf(entry).address),
  port: field('Port of the client.', entry => clientOf(entry).port),
  via: own('via', 'Address and port of the balancer in front (PROXY protocol).'),
  serverName: own('serverName', 'Server name of the TLS handshake.'),
  certificate: own('certificate', 'Subject of the client\'s verified certificate.'),
  psk: own('psk', 'Identity of the client\'s pre-shared key.'),
  protocol: own('protocol', 'User protocol, where several share the port.'),
  connection: own('connection', 'Id of the connection, as in `GET /v1/connections`.'),
  session: own('session', 'Session key, such as an MQTT client ID.'),
  version: own('version', 'Version of the extension.'),
  failedOpen: own('failedOpen', '`true` if the connection was tunnelled because the extension was unavailable.'),
  method: own('method', 'HTTP method.'),
  path: own('path', 'Path of the HTTP request, without its query.'),
  status: own('status', 'HTTP status.'),
  reason: own('reason', 'Close reason; none for a request that a server answered.'),
  detail: own('detail', 'More about the reason.'),
  bytesIn: own('bytesIn', 'Bytes from the client.'),
  bytesOut: own('bytesOut', 'Bytes to the client.'),
  durationMs: own('durationMs', 'Milliseconds from the accept, or from the request, to the end.')
} as const satisfies Record<string, AccessField>

/** Fields that every line of JSON would repeat: they are parts of `client`. */
export const partsOfClient: ReadonlySet<string> = new Set(['address', 'port'])

const HIDDEN = '[hidden]'
const secrets: ReadonlySet<string> = new Set(secretFields)

/** A field that the extension has published. Those whose names are of secrets are hidden, as in the log. */
export const publishedField = ({ fields }: EndRecord, name: string): string | undefined => {
  if (fields === undefined || !Object.hasOwn(fields, name)) return undefined
  return secrets.has(name) ? HIDDEN : fields[name]
}
