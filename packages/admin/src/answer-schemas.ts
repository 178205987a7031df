import { errorCodes, eventNames, eventTypes, type ErrorCode } from '@weirlb/model'
import { statFields } from '@weirlb/core'
import { z } from 'zod'
import { tableSchema } from './table-schema.ts'

// What the API answers beside the entities of the model. Kept equal to the library's types by a test that checks real answers.

const count = z.int().min(0)
const bytes = z.int().min(0)

export const problem = z.object({
  type: z.string().describe('Path of the page about the code.'),
  title: z.string().describe('What the code means.'),
  status: z.int().min(400).max(599),
  detail: z.string().describe('What went wrong this time: the field, the value and the choices.'),
  code: z.enum(Object.keys(errorCodes) as ErrorCode[]),
  source: z.enum(['client', 'server', 'extension', 'config', 'internal']).describe('Whose fault it is.'),
  retry: z.boolean().describe('The same request may succeed later without a change.'),
  issues: z.array(z.object({
    path: z.string().describe('Where, as in `userVservers[2].port`.'),
    message: z.string()
  })).describe('Each thing that is wrong with the input.')
}).describe('An error (RFC 9457).')

export const errorPage = z.object({
  code: z.enum(Object.keys(errorCodes) as ErrorCode[]),
  status: z.int(),
  source: z.string().describe('Whose fault it is.'),
  doc: z.string()
}).describe('What an error code means.')
export const errorPages = z.object({ items: z.array(errorPage) })

const byte = z.int().min(0).max(255)

const scalarParams = [
  z.object({ type: z.literal('int'), default: z.number(), min: z.number().optional(), max: z.number().optional() }),
  z.object({ type: z.literal('string'), default: z.string(), oneOf: z.array(z.string()).optional() }),
  z.object({ type: z.literal('boolean'), default: z.boolean() })
] as const
const param = z.union([
  ...scalarParams,
  z.object({ type: z.literal('list'), of: z.record(z.string(), z.union(scalarParams)).describe('Fields of an entry.'), max: count.describe('Most entries.'), default: z.array(z.never()) })
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
]).describe('How messages are cut from the stream.') as z.ZodType

const messageSide = z.object({
  kind: z.literal('messages'),
  framing,
  only: z.object({ at: count, mask: z.int(), in: z.array(z.int()) }).optional().describe('Frames that enter the sandbox; all others pass by it.'),
  peek: z.union([bytes, z.object({
    cases: z.array(z.object({ from: count, to: count, bytes, field: z.literal([1, 2]).optional() })),
    otherwise: bytes
  })]).optional().describe('Bytes of a frame that the handler sees, or how many by its first byte; the rest streams past.'),
  handler: z.boolean().describe('False: frames never enter the sandbox.')
})
const side = z.discriminatedUnion('kind', [messageSide, z.object({ kind: z.literal('stream').describe('The extension cuts these bytes itself.') })])

export const declaration = z.object({
  name: z.string(),
  api: z.literal(1),
  balance: z.enum(['per-connection', 'per-message']),
  replies: z.enum(['none', 'as-they-come', 'in-order']).describe('How servers answer a client whose messages are balanced one by one.'),
  resend: z.enum(['first-message']).optional().describe('What another service may be sent when a server closes before its first byte.'),
  params: z.record(z.string(), param).describe('Parameters that a user vserver may set.'),
  fields: z.array(z.object({ name: z.string(), type: z.string() })).describe('Fields that the extension publishes about a connection.'),
  client: side,
  server: side.optional(),
  hooks: z.object({ state: z.boolean(), connect: z.boolean(), goodbye: z.boolean(), close: z.boolean(), params: z.boolean() }),
  probe: z.object({ framing: framing.describe('How an answer is cut.') }).optional().describe('It can probe servers: monitors of type `extension` may name it.')
}).describe('The declarative half of an extension.')

const certificate = z.object({
  names: z.array(z.string()).describe('Host names, then IP addresses.'),
  subject: z.string(),
  keyType: z.string().describe('`RSA 2048`, `EC P-256`, `Ed25519`.'),
  notAfter: z.string().describe('When it ends (ISO 8601, UTC).')
})

export const entityStatus = z.object({
  value: z.string().describe('`up`, `down`, `draining`, `disabled`, `rebuilding`, `extension-down` or `expired`; `unknown` for a service before the first verdict of its monitors, and when no worker could say.'),
  reason: z.string().optional().describe('Why it is not up.'),
  listening: z.object({ address: z.string(), port: z.int() }).optional().describe('User vservers: where it listens.'),
  declaration: declaration.optional().describe('Extensions: the declaration of the running version.'),
  versions: z.array(z.object({
    version: z.int().min(1),
    status: z.enum(['current', 'canary', 'retired']).describe('`current` and `canary` get new connections; `retired` serves those it has.'),
    code: z.string().optional().describe('`builtin NAME`, or the hash of the source.'),
    since: z.string().optional().describe('When it was first given (ISO 8601).'),
    connections: count.describe('Open now.'),
    accepted: count,
    errors: count.describe('What a canary is judged by: connections that ended as `extension-error` or `extension-down` or were tunnelled in place of that, goodbyes that threw, strikes.'),
    up: count.describe('Workers in which it is loaded.'),
    down: count.describe('Workers that gave up on it.')
  })).optional().describe('Extensions: every version that serves connections or will, newest first.'),
  previous: z.array(z.int()).optional().describe('Extensions: the versions that rollbacks return to, one after the other.'),
  canary: z.object({
    version: z.int(),
    status: z.enum(['running', 'reverted', 'promoted', 'ended']),
    reason: z.string().optional(),
    at: z.string().optional().describe('When it ended (ISO 8601).')
  }).optional().describe('Extensions: the canary, or how the last one ended.'),
  hasKey: z.boolean().optional().describe('Certkeys: whether a private key is held.'),
  certificate: certificate.optional().describe('Certkeys: what the leaf of `cert` says of itself.'),
  authorities: z.array(certificate).optional().describe('Certkeys: what each certificate of `ca` says of itself.')
}).describe('How the entity is doing. Read-only: writes ignore it, and the ETag does not cover it.')

export const session = z.object({
  lbVserver: z.string(),
  key: z.string().describe('UTF-8 text where the key is valid UTF-8, else `hex:…`; keys over 128 bytes show as `sha256:…`.'),
  service: z.string().describe('Service that the key is pinned to.'),
  connections: count.describe('Connections that hold the entry.'),
  expiresInSeconds: z.number().min(0).optional().describe('Left out while a connection holds the entry.')
})
export const sessions = z.object({ items: z.array(session), truncated: z.boolean().describe('There are more than `limit`.') })
export const deletedSessions = z.object({ deleted: count })

export const connection = z.object({
  id: z.string().describe('Unique over all workers and time: `worker-number`.'),
  userVserver: z.string(),
  version: z.int().min(1).describe('Version of the extension that serves it.'),
  failedOpen: z.boolean().describe('It is tunnelled because the extension could not be asked (`failOpen`).'),
  client: z.string().describe('Address and port of the client: `127.0.0.1:50123`, `[::1]:50123`.'),
  phase: z.enum(['first-message', 'choosing', 'dialling', 'open', 'tunnel', 'closing']),
  lbVserver: z.string().optional(),
  service: z.string().optional().describe('Several where messages are balanced one by one, joined by `, `.'),
  session: z.string().optional().describe('Session key as text: UTF-8 where valid, else hex.'),
  fields: z.record(z.string(), z.string()).describe('Fields that the extension published; secret ones are left out.'),
  since: z.number().describe('Milliseconds since 1970 (UTC).'),
  bytesIn: bytes.describe('Bytes read from the client.'),
  bytesOut: bytes.describe('Bytes written to the client.')
})
export const connections = z.object({ items: z.array(connection), truncated: z.boolean().describe('There are more than `limit`.') })

const use = { limit: z.number(), peak: z.number().min(0) }
const budget = z.object({
  batchMs: z.object(use).describe('Time of one batch by the clock, from handing it over to its answer, of one in 64; and CPU time of messages that were cut.'),
  heapBytes: z.object(use).describe('Heap of one isolate, as far as it was looked at.'),
  originatedBytes: z.object(use).describe('Bytes that one message originated.'),
  heldBytes: z.object({ ...use, total: bytes.describe('Of all connections, now.') }).describe('Bytes of one direction of a connection that waited for verdicts.'),
  strikes: z.object({ limit: count, windowSeconds: z.number(), now: count.describe('In the worker that has most.') }),
  status: z.enum(['up', 'rebuilding', 'down']),
  downUntil: z.string().optional().describe('When a worker that gave up on it tries again (ISO 8601).')
}).describe('What the extension may use beside what it has used, in the worker that used most.')

const transport = z.object({
  name: z.enum(['node', 'uring']).describe('`node`: the sockets of Node; `uring`: io_uring of Linux.'),
  reason: z.string().describe('Why this one.')
})

export const stats = z.object({
  userVservers: z.record(z.string(), tableSchema(statFields.userVservers)),
  lbVservers: z.record(z.string(), tableSchema(statFields.lbVservers)),
  services: z.record(z.string(), tableSchema(statFields.services)),
  extensions: z.record(z.string(), tableSchema(statFields.extensions).extend({ budget })),
  sessions: z.object({
    entries: count.describe('Persistence entries of all LB vservers.'),
    maxEntries: count.describe('`--max-sessions`.'),
    saveFailures: count.describe('Times that entries could not be saved; they are tried again.'),
    saveFailing: z.boolean().describe('Entries that could not be saved still are not.')
  }).optional().describe('The session table; left out where the program around Weir keeps the sessions.'),
  transports: z.array(transport.extend({ worker: z.int().describe('Its `id` in the health.') })).describe('What moves the bytes in each worker that has started.'),
  log: z.object({ dropped: count.describe('Lines that nobody read in time, where the log is Weir\'s own on standard error.') })
}).describe('Counters, summed over the workers, of peaks the largest; all of them start at 0 with the process that counts.')

export const health = z.object({
  status: z.enum(['ok', 'degraded']).describe('`degraded`: a worker, a service or an extension is not up.'),
  version: z.string(),
  revision: count.describe('Number of the running configuration.'),
  uptimeSeconds: z.number().min(0),
  workers: z.array(z.object({
    id: z.int(),
    pid: z.int(),
    status: z.enum(['up', 'starting', 'restarting']),
    restarts: count,
    transport: transport.optional().describe('What moves its bytes; left out until it has started.')
  })),
  services: z.object({ up: count, down: count, unknown: count.describe('No verdict of their monitors yet.') }).describe('Enabled services.')
})

const oneEvent = (type: typeof eventNames[number]): z.ZodObject => z.object({
  type: z.literal(type),
  time: z.number().describe('Milliseconds since 1970 (UTC).'),
  ...eventTypes[type].payload.shape
}).describe(eventTypes[type].doc)

export const event = z.union(eventNames.map(oneEvent)).describe('Something that happened.')

export const logLevel = z.strictObject({
  level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).describe('Lines below this level are not written.')
})

/** How long it may be is a rule of extensions, which answers in its own words. */
export const extensionSource = z.strictObject({
  source: z.string().describe('TypeScript or JavaScript text of the module.')
})

export const openApiDocument = z.looseObject({ openapi: z.string() }).describe('This description of the API (OpenAPI 3.1).')

export const checked = z.object({ ok: z.literal(true) }).describe('The document would be taken.')
