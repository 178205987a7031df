import { errorCodes, eventNames, eventTypes, extensionCheck, floodControlIds, job, monitorTypes, persistenceTypes, rulePhases, type ErrorCode, revisionInfo } from '@weirlb/model'
import { statFields, type Weir } from '@weirlb/core'
import { z } from 'zod'
import { closeReason } from './close-reason-schema.ts'
import { managedStatus } from './rule-schemas.ts'
import { tableSchema } from './table-schema.ts'

// The API's responses apart from the entities of the model. A test of real responses keeps them equal to the
// library's types.

/** A field that a declaration gains and that is not described here does not type-check. */
type Declared = Awaited<ReturnType<Weir['extensions']['validate']>>
type Side<K> = Extract<Declared['client'], { readonly kind: K }>

const count = z.int().min(0)
const bytes = z.int().min(0)

export const problem = z.object({
  type: z.string().describe('Path of the page about the code.'),
  title: z.string().describe('Meaning of the code.'),
  status: z.int().min(400).max(599),
  detail: z.string().describe('The specific fault: the field, the value and the choices.'),
  code: z.enum(Object.keys(errorCodes) as ErrorCode[]),
  source: z.enum(['client', 'server', 'extension', 'config', 'internal']).describe('Origin of the fault.'),
  retry: z.boolean().describe('True if the same request may succeed later without a change.'),
  issues: z.array(z.object({
    path: z.string().describe('Path of the fault, such as `userVservers[2].port`.'),
    message: z.string(),
    file: z.string().optional().describe('For a fault in code: the file of the author.'),
    line: z.int().min(1).optional(),
    column: z.int().min(1).optional()
  })).describe('The faults of the input.')
}).describe('An error (RFC 9457).')

export const errorPage = z.object({
  code: z.enum(Object.keys(errorCodes) as ErrorCode[]),
  status: z.int(),
  source: z.string().describe('Origin of the fault.'),
  doc: z.string()
}).describe('Meaning of an error code.')
export const errorPages = z.object({ items: z.array(errorPage) })

const byte = z.int().min(0).max(255)

const scalarParams = [
  z.object({ type: z.literal('int'), default: z.number(), min: z.number().optional(), max: z.number().optional() }),
  z.object({ type: z.literal('string'), default: z.string(), oneOf: z.array(z.string()).optional() }),
  z.object({ type: z.literal('boolean'), default: z.boolean() })
] as const
const param = z.union([
  ...scalarParams,
  z.object({ type: z.literal('list'), of: z.record(z.string(), z.union(scalarParams)).describe('Fields of an entry.'), max: count.describe('Maximum entries.'), default: z.array(z.never()) })
])

export const framing = z.union([
  z.object({ kind: z.literal('varint'), at: count, max: bytes }),
  z.object({ kind: z.literal('length'), at: count, size: z.literal([1, 2, 4]), plus: z.int(), littleEndian: z.boolean(), max: bytes }),
  z.object({ kind: z.literal('fixed'), size: bytes }),
  z.object({ kind: z.literal('delimiter'), bytes: z.array(byte), never: z.array(byte), max: bytes, atEnd: z.enum(['message', 'drop']) }),
  z.object({ kind: z.literal('counted'), max: bytes }),
  z.object({
    kind: z.literal('elements'),
    lines: z.array(byte),
    bodies: z.array(byte),
    groups: z.array(z.object({ first: byte, times: count, plus: count })),
    otherwise: z.enum(['line', 'refuse']),
    within: bytes,
    max: bytes
  }),
  z.object({
    kind: z.literal('byFirstByte'),
    get cases () { return z.array(z.object({ from: count, to: count, use: framing })) },
    get otherwise () { return framing }
  })
]).describe('How messages are framed.') as z.ZodType

const byteRange = z.object({ from: byte, to: byte })
const begins = z.array(byteRange).optional().describe('First bytes that a connection may begin with; others are refused at once.')
const messageSide = z.object({
  kind: z.literal('messages'),
  framing,
  begins,
  closes: z.array(byteRange.extend({ where: byteRange.extend({ at: count }).optional() })).optional().describe('Frames after which their sender sends nothing more.'),
  unasked: z.array(byteRange).optional().describe('First bytes of messages that answer no request.'),
  only: z.object({ at: count, mask: z.int(), in: z.array(z.int()) }).optional().describe('Frames that enter the sandbox; all others bypass it.'),
  peek: z.union([bytes, z.object({
    cases: z.array(z.object({ from: count, to: count, bytes, field: z.literal([1, 2]).optional(), wide: bytes.optional().describe('In place of `bytes` while a rule reads one of `wideFor`.') })),
    otherwise: bytes,
    wideFor: z.array(z.string()).optional()
  })]).optional().describe('Bytes of a frame that the handler sees, or their number by its first byte; the rest is streamed.'),
  keys: z.object({
    commands: z.array(z.object({ names: z.array(z.string()), key: z.object({ element: count }), elements: count.optional().describe('Messages with another number are inspected.') })),
    hashTag: z.string().optional().describe('Characters around the part of a key that counts.'),
    count: z.string().optional().describe('Counter of the extension for these messages.')
  }).optional().describe('Messages that are forwarded by their key without entering the sandbox.'),
  handler: z.boolean().describe('False if frames never enter the sandbox.')
} satisfies Record<keyof Side<'messages'>, z.ZodType>)
const side = z.discriminatedUnion('kind', [messageSide, z.object({ kind: z.literal('stream').describe('The extension frames these bytes itself.'), begins } satisfies Record<keyof Side<'stream'>, z.ZodType>)])

export const declaration = z.object({
  name: z.string(),
  api: z.literal(1),
  balance: z.enum(['per-connection', 'per-message']),
  replies: z.enum(['none', 'as-they-come', 'in-order', 'matched']).describe('Order of the servers\' replies with `per-message` balancing.'),
  resend: z.enum(['first-message']).optional().describe('What may be sent to another service when a server closes before its first byte.'),
  params: z.record(z.string(), param).describe('Parameters that a user vserver may set.'),
  fields: z.array(z.object({ name: z.string(), type: z.string(), message: z.boolean().describe('Its value belongs to one message.'), hidden: z.literal(true).optional().describe('Security events do not show its value.'), role: z.enum(['client-id', 'topic']).optional().describe('What security events take it for.') })).describe('Fields that the extension publishes about a connection or a message.'),
  client: side,
  server: side.optional(),
  startTls: z.boolean().describe('TLS with clients may begin inside the protocol.'),
  serverTls: z.array(z.object({ send: z.array(z.int()), accepts: z.string(), line: z.boolean(), skips: z.string().optional() })).optional().describe('How TLS is started with servers.'),
  hooks: z.object({ state: z.boolean(), connect: z.boolean(), goodbye: z.boolean(), close: z.boolean(), params: z.boolean(), unanswered: z.boolean() }),
  websocket: z.object({
    subprotocols: z.array(z.string()).describe('In order of preference.'),
    messages: z.enum(['binary', 'text', 'both'])
  }).describe('What the protocol is on WebSockets.'),
  probe: z.object({ framing: framing.describe('Framing of the reply.') }).optional().describe('The extension can probe servers: monitors of type `extension` may name it.')
} satisfies Record<keyof Declared, z.ZodType>).describe('The declarative half of an extension.')

const certificate = z.object({
  names: z.array(z.string()).describe('Host names, then IP addresses.'),
  subject: z.string(),
  keyType: z.string().describe('`RSA 2048`, `EC P-256`, `Ed25519`.'),
  notAfter: z.string().describe('Expiry (ISO 8601, UTC).')
})

export const entityStatus = z.object({
  value: z.string().describe('`up`, `down`, `sessions-only`, `draining`, `disabled`, `rebuilding`, `extension-down`, `stale` or `expired`; `unknown` for a service before the first verdict of its monitors, and when no worker could answer.'),
  reason: z.string().optional().describe('The reason if it is not up.'),
  since: z.string().optional().describe('Time of the last change of `value` in this process (ISO 8601). Not for certkeys and monitors.'),
  members: z.array(z.object({
    name: z.string().describe('As in statistics, connections and sessions: `GROUP@127.0.0.1:1883`.'),
    value: z.string().describe('As of a service; `leaving`: the name has the address no longer, and clients stay for a while.'),
    reason: z.string().optional(),
    weight: count,
    connections: count.describe('Open connections, over all workers.')
  })).optional().describe('Services with `resolve: all`, and service groups: their servers.'),
  names: z.array(z.object({
    name: z.string(),
    state: z.enum(['waiting', 'resolved', 'stale', 'absent', 'failing']).describe('`waiting`: no answer yet. `resolved`: the last answer is in use. `stale`: the last known addresses are. `absent`: the name has no addresses. `failing`: look-ups fail, and no addresses are known.'),
    reason: z.string().optional().describe('Why the last look-up, or a part of it, failed.'),
    addresses: count.describe('Addresses in use.'),
    ignored: count.describe('Addresses of the answer beyond the maximum of 256.'),
    checkedAt: z.string().optional().describe('End of the last look-up (ISO 8601).'),
    nextAt: z.string().optional().describe('Time of the next look-up (ISO 8601); omitted while one is under way.')
  })).optional().describe('Services and service groups: the state of their host names.'),
  listening: z.object({ address: z.string(), port: z.int() }).optional().describe('User vservers: the listening address.'),
  declaration: declaration.optional().describe('Extensions: the declaration of the running version.'),
  versions: z.array(z.object({
    version: z.int().min(1),
    status: z.enum(['current', 'canary', 'retired']).describe('`current` and `canary` get new connections; `retired` serves existing ones.'),
    code: z.string().optional().describe('`builtin NAME`, or the hash of the source.'),
    since: z.string().optional().describe('Time of its first upload (ISO 8601).'),
    connections: count.describe('Open connections.'),
    accepted: count,
    errors: count.describe('Errors that a canary is judged by: connections that ended as `extension-error` or `extension-down` or were tunnelled instead, goodbyes that threw, strikes.'),
    up: count.describe('Workers with this version loaded.'),
    down: count.describe('Workers that took it out of service.')
  })).optional().describe('Extensions: every loaded version, newest first.'),
  version: z.int().min(1).optional().describe('Edge functions: the version that runs.'),
  previous: z.array(z.int()).optional().describe('Extensions and edge functions: the versions for rollbacks, in order.'),
  canary: z.object({
    version: z.int(),
    status: z.enum(['running', 'reverted', 'promoted', 'ended']),
    reason: z.string().optional(),
    at: z.string().optional().describe('Time of its end (ISO 8601).')
  }).optional().describe('Extensions: the canary, or the end of the last one.'),
  phase: z.enum(rulePhases).optional().describe('Rules and rate limits: when it is looked at.'),
  userVservers: z.array(z.string()).optional().describe('Rules, rate limits and managed checks: user vservers where it is looked at.'),
  ...managedStatus,
  knows: z.array(z.enum(['countries', 'autonomous-systems'])).optional().describe('Geo databases: what they know.'),
  builtAt: z.string().optional().describe('Geo databases: when their data were made (ISO 8601).'),
  hasKey: z.boolean().optional().describe('Certkeys: true if there is a private key.'),
  certificate: certificate.optional().describe('Certkeys: the leaf of `cert`.'),
  authorities: z.array(certificate).optional().describe('Certkeys: the certificates of `ca`.'),
  acme: z.object({
    state: z.enum(['waiting', 'ordering', 'issued', 'failing']).describe('`waiting`: no user vserver listens that could answer the authority; `failing`: the last order failed.'),
    nextOrder: z.string().optional().describe('Time of the next order, which is the renewal of an issued certificate (ISO 8601, UTC).'),
    failures: count.describe('Orders that failed since the last certificate.'),
    reason: z.string().optional().describe('Why the last of them failed, or what is waited for.')
  }).optional().describe('Certkeys with `acme`: the order.')
}).describe('Status of the entity. Read-only: writes ignore it, and the ETag does not cover it.')

export const session = z.object({
  lbVserver: z.string().describe('LB vserver; `glb/` and the name of a GLB for its affinity.'),
  type: z.enum(persistenceTypes).describe('What the key is of.'),
  key: z.string().describe('UTF-8 text where the key is valid UTF-8, else `hex:…`; keys over 128 bytes show as `sha256:…`.'),
  service: z.string().describe('Service that the key is pinned to.'),
  connections: count.describe('Connections that hold the entry.'),
  expiresInSeconds: z.number().min(0).optional().describe('Omitted while a connection holds the entry.')
})
export const sessions = z.object({ items: z.array(session), truncated: z.boolean().describe('True if there are more than `limit`.') })
export const jobs = z.object({ items: z.array(job) })
export const revisions = z.object({ items: z.array(revisionInfo) })
export const revisionDocument = revisionInfo.extend({ config: z.record(z.string(), z.unknown()).describe('The whole configuration, as GET /v1/config shows it.') })
export const sessionInput = z.strictObject({
  lbVserver: z.string().min(1).describe('LB vserver; `glb/` and the name of a GLB for its affinity.'),
  type: z.enum(persistenceTypes).optional().describe('Default: the first type of persistence there.'),
  key: z.string().min(1).max(4096).describe('In the notation of the list. `source-ip`: an address, or its network. `ssl-session`, `cookie`, and `rule` with a header: `hex:…`; of a header, its SHA-256.'),
  service: z.string().min(1).describe('Service that is bound to the LB vserver, or pool of the GLB.'),
  connections: z.unknown().optional().describe('Not read. What was exported can be imported.'),
  expiresInSeconds: z.unknown().optional().describe('Not read. The entry lives for `timeoutSeconds`.')
})
export const setSessions = z.object({ set: count.describe('Number of entries that were set.') })
export const deletedSessions = z.object({ deleted: count })

export const connection = z.object({
  id: z.string().describe('Unique over all workers and time: `worker-number`.'),
  userVserver: z.string(),
  version: z.int().min(0).describe('Version of the extension that serves it; 0 for TLS that passes unopened.'),
  failedOpen: z.boolean().describe('True if it is tunnelled because the extension was unavailable (`failOpen`).'),
  client: z.string().describe('Address and port of the client: `127.0.0.1:50123`, `[::1]:50123`.'),
  serverName: z.string().optional().describe('Name that the client asked for in its TLS handshake.'),
  certificate: z.string().optional().describe('Subject of the client\'s verified certificate: `O=Farm,CN=meter-7`.'),
  psk: z.string().optional().describe('Identity of the client\'s pre-shared key.'),
  via: z.string().optional().describe('Address and port of the balancer in front that has told the address of the client (PROXY protocol).'),
  protocol: z.string().optional().describe('User protocol that was chosen for the client, where several share the port.'),
  phase: z.enum(['first-message', 'choosing', 'dialling', 'open', 'tunnel', 'closing']),
  lbVserver: z.string().optional(),
  service: z.string().optional().describe('With `per-message` balancing there may be several, joined by `, `.'),
  session: z.string().optional().describe('Session key as text: UTF-8 where valid, else hex.'),
  fields: z.record(z.string(), z.string()).describe('Fields that the extension published; secret ones are omitted.'),
  since: z.number().describe('Milliseconds since 1970 (UTC).'),
  idleSeconds: z.int().min(0).describe('Silence of both sides, in whole seconds.'),
  bytesIn: bytes.describe('Bytes read from the client.'),
  bytesOut: bytes.describe('Bytes written to the client.')
})
export const connections = z.object({ items: z.array(connection), truncated: z.boolean().describe('True if there are more than `limit`.') })

const clientFacts = connection.pick({ userVserver: true, client: true, serverName: true, certificate: true, psk: true, via: true, protocol: true })
const time = z.number().describe('Milliseconds since 1970 (UTC).')
const begin = z.object({ type: z.literal('begin'), time, ...clientFacts.shape, connection: z.string().describe('Id of the connection.') })
const end = z.object({
  type: z.literal('end'),
  time,
  kind: z.enum(['connection', 'request', 'refused']).describe('`request`: an HTTP request; `refused`: a client that a rule or a failed handshake kept out.'),
  ...clientFacts.shape,
  ...connection.pick({ lbVserver: true, service: true, session: true }).shape,
  connection: z.string().optional().describe('Id of the connection.'),
  version: z.int().min(0).optional().describe('Version of the extension.'),
  failedOpen: z.literal(true).optional().describe('It was tunnelled because the extension was unavailable.'),
  method: z.string().optional().describe('HTTP method.'),
  path: z.string().optional().describe('Path of the request, without its query.'),
  status: z.int().optional().describe('HTTP status.'),
  reason: closeReason.optional().describe('Close reason; omitted for a request that a server answered.'),
  detail: z.string().optional().describe('More about the reason.'),
  bytesIn: bytes.optional().describe('Bytes from the client.'),
  bytesOut: bytes.optional().describe('Bytes to the client.'),
  durationMs: z.number().optional().describe('From the accept, or from the request, to the end.'),
  fields: z.record(z.string(), z.string()).optional().describe('Fields that the extension published; secret ones are omitted.')
})
export const connectionLife = z.discriminatedUnion('type', [begin, end]).describe('What happened to a connection or an HTTP request.')

const use = { limit: z.number(), peak: z.number().min(0) }
const budget = z.object({
  batchMs: z.object(use).describe('Wall-clock time from the hand-over of a batch to its answer, sampled from one in 64, and CPU time of stopped messages.'),
  heapBytes: z.object(use).describe('Heap of one isolate, sampled.'),
  originatedBytes: z.object(use).describe('Bytes that one message originated.'),
  heldBytes: z.object({ ...use, total: bytes.describe('Current sum over all connections.') }).describe('Bytes of one direction of a connection that waited for verdicts.'),
  strikes: z.object({ limit: count, windowSeconds: z.number(), now: count.describe('In the worker with the most.') }),
  status: z.enum(['up', 'rebuilding', 'down']),
  downUntil: z.string().optional().describe('Time of the next attempt of a worker that took it out of service (ISO 8601).')
}).describe('Limits and usage of the extension, in the worker with the highest usage.')

const transport = z.object({
  name: z.enum(['node', 'uring']).describe('`node`: the sockets of Node; `uring`: io_uring of Linux.'),
  reason: z.string().describe('Reason for the choice.')
})

export const stats = z.object({
  userVservers: z.record(z.string(), tableSchema(statFields.userVservers)),
  lbVservers: z.record(z.string(), tableSchema(statFields.lbVservers)),
  glbs: z.record(z.string(), tableSchema(statFields.glbs)),
  rules: z.record(z.string(), tableSchema(statFields.rules)),
  edgeFunctions: z.record(z.string(), tableSchema(statFields.edgeFunctions)),
  triggers: z.record(z.string(), tableSchema(statFields.triggers)),
  controls: z.record(z.string(), tableSchema(statFields.controls)).describe('Rules and other controls of the edge by `kind/name`: `rule/no-sys`. Those that have decided nothing yet are left out.'),
  rateLimits: z.record(z.string(), tableSchema(statFields.rateLimits)),
  services: z.record(z.string(), tableSchema(statFields.services)),
  extensions: z.record(z.string(), tableSchema(statFields.extensions).extend({ budget })),
  workers: z.record(z.string(), tableSchema(statFields.workers)).describe('By the `id` of the health; `control` is the control process.'),
  sessions: z.object({
    entries: count.describe('Persistence entries of all LB vservers.'),
    maxEntries: count.describe('`--max-sessions`.'),
    saveFailures: count.describe('Failed attempts to save entries; they are retried.'),
    saveFailing: z.boolean().describe('True while entries are not saved.')
  }).optional().describe('The session table; omitted where the embedding program stores the sessions.'),
  transports: z.array(transport.extend({ worker: z.int().describe('Its `id` in the health.') })).describe('Transport of each started worker.'),
  log: z.object({ dropped: count.describe('Dropped lines, because the reader of standard error was too slow.') }),
  accessLog: z.object({ dropped: count.describe('Dropped lines of the access log, because they could not be written in time.') }),
  securityWebhook: z.object({
    sent: count.describe('Security events that were taken.'),
    dropped: count.describe('Events that were dropped: too many waited, or their delivery failed for good.'),
    failures: count.describe('Failed attempts.'),
    waiting: count.describe('Events that wait.')
  }).optional().describe('The webhook; omitted without `--security-webhook`.')
}).describe('Counters and histograms, summed over the workers, and peaks, the largest of the workers. All start at 0 with Weir.')

export const nodes = z.object({
  items: z.array(z.object({
    name: z.string().describe('`--node` of its `weir serve`.'),
    version: z.string(),
    revision: count.describe('Number of the configuration that it runs.'),
    clients: count.describe('Its open connections, when it was last seen.'),
    uptimeSeconds: z.number().min(0),
    lastSeenSeconds: z.number().min(0).describe('Time since it was last seen, on the store\'s clock.'),
    refused: z.object({ revision: count, reason: z.string() }).optional().describe('A revision of the cluster that it could not run; it keeps the one before.'),
    probes: count.describe('Services that it probes for all nodes.'),
    defending: z.array(z.object({ userVserver: z.string(), worker: z.int(), reason: z.string(), since: z.number().describe('In milliseconds since 1970 (UTC), on its clock.') })).describe('Its user vservers in defence mode, by worker.'),
    self: z.boolean().describe('True for the node that answers.')
  }))
}).describe('The nodes of the cluster, by name.')

export const health = z.object({
  status: z.enum(['ok', 'degraded']).describe('`degraded`: a worker, a service, an extension or the shared store is not up, or a rule or managed check is without effect (`inactive`).'),
  version: z.string(),
  revision: count.describe('Number of the running configuration.'),
  uptimeSeconds: z.number().min(0),
  workers: z.array(z.object({
    id: z.int(),
    pid: z.int(),
    status: z.enum(['up', 'starting', 'restarting']),
    restarts: count,
    transport: transport.optional().describe('Its transport; omitted until it has started.')
  })),
  cluster: z.object({
    node: z.string().describe('Name of this node.'), store: z.string().describe('The shared store, without secrets.'),
    state: z.enum(['up', 'away', 'agreeing']).describe('`away`: the store does not answer, and clients are led by what this node knows. `agreeing`: it is back, and is told what this node holds.'),
    reason: z.string().describe('Why it is away; otherwise empty.'),
    configuration: z.enum(['shared', 'own']).describe('Whether the nodes have one configuration, or each its own.'),
    memoryUsed: z.number().min(0).optional().describe('Part of the memory limit of the store (`maxmemory`) that is used. Omitted where it has no limit.'), nearlyFull: z.boolean().optional().describe('True when so much is used that the log has warned, until there is memory again. Omitted where `memoryUsed` is.')
  }).optional().describe('The cluster; omitted where there is none.'),
  services: z.object({ up: count, down: count, unknown: count.describe('Services without a verdict of their monitors.') }).describe('Enabled services.'),
  defending: z.array(z.object({ userVserver: z.string(), worker: z.int(), reason: z.string(), since: z.number().describe('In milliseconds since 1970 (UTC).'), node: z.string().optional().describe('The other node of the cluster whose worker it is, as it was two seconds ago at most; omitted for this one.') })).describe('User vservers in defence mode, by worker, of all nodes.'),
  inactive: z.array(z.object({ entity: z.string().describe("`access rule 'tor'`."), reason: z.string() })).describe('The first 100 access rules, lockdowns, rules and managed checks that are without effect, in whole or in part: no geo database knows what they need, a library is not installed, or the process that inspects requests has ended.')
})

const floodSettingView = z.object({
  path: z.string().describe('Setting of the user vserver: `tls.handshakeTimeoutSeconds`.'),
  value: z.number().optional().describe('Its value, of one user vserver that has it; wide while the control is off.'),
  defending: z.number().optional().describe('The same in defence mode.')
})

export const floodControlList = z.object({
  items: z.array(z.object({
    id: z.enum(floodControlIds).describe('Number of the control.'),
    attack: z.string(),
    bounds: z.string().describe('What it bounds, and what becomes of those beyond.'),
    keeper: z.enum(['vserver', 'always', 'extension', 'kernel']).describe('Who holds it: settings of user vservers; Weir itself, always; the protocol, by parameters, rules and checks; the operating system.'),
    settings: z.array(floodSettingView).describe('Its numbers.'),
    heldBy: z.array(z.string()).describe('Rules, rate limits and managed checks that are part of it: `rate-limit/mqtt-publishes`; at most 100.'),
    offAt: z.array(z.string()).describe('User vservers that have it switched off.'),
    acted: count.describe('How often it has acted since Weir started.')
  }))
}).describe('The controls against floods.')

const knownHealth = z.enum(['unknown', 'up', 'down'])

export const serviceHealth = z.object({
  health: knownHealth,
  reason: z.string().optional().describe('Result of the last failed probe, while the service is not up.'),
  since: z.number().describe('Time of the last change, in milliseconds since 1970 (UTC).'),
  monitors: z.array(z.object({
    name: z.string().optional().describe('Name of the monitor; omitted for one whose settings stand at the service or LB vserver.'),
    type: z.enum(monitorTypes),
    weight: count,
    health: knownHealth,
    reason: z.string().optional().describe('Result of its last probe, if that failed.'),
    last: z.object({ time: z.number().describe('Milliseconds since 1970 (UTC).'), ms: z.number().min(0).describe('Duration of the probe, in milliseconds.') }).optional().describe('End of its last probe; omitted before the first.'),
    by: z.string().optional().describe('The other node of the cluster that has probed, and whose verdict this is; omitted where this Weir probes by itself.')
  })).describe('Its monitors, and those of its LB vservers.'),
  changes: z.array(z.object({
    time: z.number().describe('Milliseconds since 1970 (UTC).'),
    from: knownHealth,
    to: knownHealth,
    lastedMs: count.describe('How long the health before had lasted, in milliseconds.'),
    reason: z.string()
  })).describe('Its last 50 changes, the newest first.')
})

const oneEvent = (type: typeof eventNames[number]): z.ZodObject => z.object({
  type: z.literal(type),
  time: z.number().describe('Milliseconds since 1970 (UTC).'),
  ...eventTypes[type].payload.shape
}).describe(eventTypes[type].doc)

export const event = z.union(eventNames.map(oneEvent)).describe('An event.')

export const logLevel = z.strictObject({
  level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).describe('Lines below this level are not written.')
})

/** Its maximum length is a rule of extensions, which reports it itself. */
export const extensionSource = z.strictObject({
  source: z.string().describe('TypeScript or JavaScript text of the module.'),
  check: extensionCheck.optional().describe('As `check` of an extension; default `types`.')
})

export const openApiDocument = z.looseObject({ openapi: z.string() }).describe('This description of the API (OpenAPI 3.1).')

