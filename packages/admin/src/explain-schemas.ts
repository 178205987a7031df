import {
  accessActions,
  closeReasons,
  edgeFunctionFailures,
  floodControlIds,
  limitActions,
  persistenceTypes,
  rulePhases,
  type CloseReason
} from '@weirlb/model'
import { z } from 'zod'
import { lookedRule } from './rule-schemas.ts'
import { values } from './security-schemas.ts'

/** Maximum bytes of one request. */
const MAX_BYTES = 1024 * 1024

const length = z.int().min(0)
const hex = z.string().describe('In hex, truncated at 4096 bytes.')

/** Returns the fault of a text that should be hex, or nothing. */
const notHex = (text: string): string | undefined => {
  const wrong = /[^0-9a-fA-F\s]/.exec(text)
  if (wrong !== null) return `expected hex digits, got '${wrong[0]}' at position ${wrong.index}`
  const digits = text.replace(/\s+/g, '').length
  if (digits % 2 === 1) return `expected two hex digits for each byte, got ${digits} digits`
  return digits > 2 * MAX_BYTES ? `expected at most ${MAX_BYTES} bytes, got ${digits / 2}` : undefined
}

const text = z.string().max(1024).optional()
const attributes = z.array(z.strictObject({ type: z.string().max(64), value: z.string().max(1024) })).max(64).optional()
const address = z.union([z.ipv4(), z.ipv6()])
const port = z.int().min(1).max(65535)
const names = z.array(z.string().max(1024)).max(64).optional()

export const explainInput = z.strictObject({
  bytes: z.string().superRefine((text, context) => {
    const message = notHex(text)
    if (message !== undefined) context.addIssue({ code: 'custom', message })
  }).describe(`Bytes of the client, in hex; white space between digits is ignored. At most ${MAX_BYTES} bytes.`),
  side: z.enum(['client', 'server', 'request']).default('client').describe('The sender of the bytes; a server\'s bytes are taken as a reply to a forwarded client. `request`: an HTTP request, whose bytes do not count, with the path and Host header of `client.http`.'),
  client: z.strictObject({
    address: address.default('127.0.0.1'),
    port: port.default(49152),
    serverName: z.string().min(1).max(255).optional().describe('Name requested in the TLS handshake (SNI).'),
    alpn: z.string().min(1).max(255).optional().describe(
      'Application protocol that was agreed on in the TLS handshake.'
    ),
    certificate: z.strictObject({
      commonNames: names, dns: names, uris: names, emails: names, addresses: names,
      subject: attributes.describe('Default: the common names.'),
      issuer: attributes,
      fingerprint: z.string().max(64).optional(),
      serial: z.string().max(64).optional(),
      notBefore: text, notAfter: text
    }).optional().describe('Names in the client\'s verified certificate.'),
    psk: z.string().min(1).max(256).optional().describe('Identity of the client\'s pre-shared key.'),
    tlsVersion: z.enum(['TLSv1.2', 'TLSv1.3']).optional().describe('Version of TLS with Weir.'),
    tlsSession: z.string().min(1).max(256).optional().describe(
      'Identity of the TLS session, in the notation of the list of sessions.'
    ),
    proxied: z.strictObject({
      by: z.strictObject({ address, port }).optional(),
      version: z.union([z.literal(1), z.literal(2)]).optional(),
      alpn: text, authority: text, uniqueId: text,
      tls: z.strictObject({
        certificate: z.boolean().optional(), verified: z.boolean().optional(),
        version: text, commonName: text, cipher: text, signatureAlgorithm: text, keyAlgorithm: text
      }).optional()
    }).optional().describe('Facts from a balancer in front (PROXY protocol).'),
    http: z.strictObject({
      path: z.string().min(1).max(8192).optional().describe('Path and query; default `/`.'),
      headers: z.record(z.string().min(1).max(256), z.string().max(8192)).optional(),
      subprotocol: z.string().min(1).max(256).optional().describe('Sub-protocol that was agreed on.')
    }).optional().describe('The request that opened the client\'s WebSocket, or that is explained.')
  }).prefault({}).describe('The client as the extension sees it.')
})

export const effect = z.union([
  z.object({ kind: z.enum(['reply', 'send', 'prelude', 'startTls']), length, bytes: hex }),
  z.object({
    kind: z.literal('set'),
    field: z.string(),
    value: z.string().optional().describe('Omitted for a secret field.')
  }),
  z.object({
    kind: z.literal('log'),
    level: z.string(),
    text: z.string(),
    at: z.string().optional().describe('Line of the author\'s code.')
  }),
  z.object({ kind: z.literal('pin'), key: z.string() }),
  z.object({ kind: z.literal('serverRefused'), text: z.string() }),
  z.object({ kind: z.literal('idleTimeout'), ms: length }),
  z.object({ kind: z.enum(['pass', 'drop']), count: length, at: z.string().optional() }).describe(
    'For a stream: one of the verdicts about a chunk.'
  )
])

export const verdict = z.object({
  op: z.enum(['forward', 'drop', 'reject', 'malformed', 'threw', 'pass', 'more', 'pipe', 'split']).describe(
    '`pass`, `more` and `pipe` are verdicts about a stream, and so is a `drop` with a count.'
  ),
  count: length.optional().describe(
    'For `pass`, and `drop` of a stream: bytes. For `more`: further bytes needed beyond those shown.'
  ),
  at: z.string().optional().describe('Line of the author\'s code that created the verdict, or threw: `file.ts:12:5`.'),
  then: z.enum(['continue', 'pipe', 'tunnel']).optional(),
  token: z.string().optional().describe(
    'Keys are text where they are valid UTF-8, else `hex:…`; over 128 bytes `sha256:…`.'
  ),
  session: z.string().optional(),
  via: z.string().optional(),
  replacedBy: length.optional().describe('Length of the replacement of the message.'),
  why: z.string().optional().describe('Reason of a reject, or a failure with the author\'s file and line.'),
  reply: hex.optional().describe('Reply of a reject.')
})

const answer = z.object({
  verdict,
  effects: z.array(effect).describe('Effects of the handler beside its verdict, in order.')
})

const triedPersistence = z.object({
  type: z.enum(persistenceTypes),
  key: z.string().optional().describe('Omitted without a key, and for a cookie that names the service itself.'),
  entry: z.string().optional().describe('Service, or pool, of the entry or the cookie; omitted if there is none.'),
  used: z.boolean().describe('True if it decides.'),
  why: z.string().optional().describe('Why it does not decide.')
})

export const lbExplanation = z.object({
  lbVserver: z.string(),
  state: z.enum(['enabled', 'disabled']),
  method: z.string(),
  order: z.string().describe('Source of the candidates\' order.'),
  rule: z.object({
    pattern: z.string(),
    path: z.string().optional(),
    field: z.string().optional()
  }).optional().describe('Name, path and field of the GLB that the client matches; omitted where none decided.'),
  glb: z.object({
    glb: z.string(),
    steering: z.string(),
    session: z.object({
      key: z.string(),
      entry: z.string().optional().describe('Pool of the affinity\'s entry; omitted without an entry.'),
      used: z.boolean().describe('True if the entry decides.')
    }).optional().describe('Omitted without a key, or without affinity.'),
    persistence: z.array(triedPersistence).describe('Types of the affinity that were asked, in order.'),
    pools: z.array(z.object({
      pool: z.string(),
      available: length.describe('Services of the pool that can take the client.'),
      minimumUp: length,
      latencyMs: z.number().min(0).optional().describe(
        'Average time in which its services pass their probes; omitted where it is not known.'
      ),
      verdict: z.enum(['chosen', 'out', 'spare']).describe(
        '`out`: it has too few services. `spare`: another pool was chosen.'
      )
    })).describe('Pools, in the order of the configuration.'),
    fallback: z.object({ pool: z.string(), chosen: z.boolean() }).optional().describe('The fallback pool.')
  }).optional().describe('The GLB that led the client to this LB vserver; omitted without one.'),
  candidates: z.array(z.object({
    service: z.string(),
    weight: z.number(),
    priority: z.number().describe('Tier: lower ones come first.'),
    connections: length.describe(
      'Open connections and dials, of all workers; of the others as they were up to 0.25 s ago.'
    ),
    verdict: z.enum(['proposed', 'skipped', 'spare']).describe(
      '`spare`: not considered, because an earlier one can take the client.'
    ),
    why: z.enum([
      'removed',
      'disabled',
      'draining',
      'sessions-only',
      'down',
      'full',
      'tried',
      'suspect',
      'unknown',
      'overfull'
    ]).optional().describe(
      'Reason for skipping it. `sessions-only`: it is about to be disabled, and only clients with a session get it. `suspect`: a dial failed recently. `overfull`: a rebalance gives clients to the others. `unknown`: it is new here, or failing, and its monitors have no verdict yet.'
    )
  })).describe('The bound services, by priority, in the method\'s order.'),
  spillover: z.object({
    connections: length.describe('Connections of its services.'),
    limit: length,
    spilled: z.boolean().describe('True if this client goes to the backup for that.')
  }).optional().describe('Omitted without `spillover`.'),
  queue: z.object({ waiting: length, limit: length }).optional().describe(
    'Clients that wait on this worker; omitted without `queue`. A client that `limit` refuses waits if there is room.'
  ),
  session: z.object({
    key: z.string(),
    entry: z.string().optional().describe('Service of the persistence entry; omitted without an entry.'),
    used: z.boolean().describe('True if the entry decides.')
  }).optional().describe('Omitted without a key, or without persistence.'),
  persistence: z.array(triedPersistence).describe(
    'Types of persistence that were asked, in order: the last one found the service, or `why` says why none did.'
  ),
  service: z.string().optional().describe('The chosen service.'),
  by: z.enum(['session', 'method']).optional(),
  refusal: z.enum(['no-service', 'limit']).optional().describe('Reason for no service and no backup.'),
  get backup () {
    return lbExplanation.optional().describe(
      'Choice of the backup, if this LB vserver has no available service, or spills over.'
    )
  }
}).describe('Choice of an LB vserver.') as z.ZodType

export const explanation = z.object({
  userVserver: z.string(),
  extension: z.string().optional().describe(
    'Omitted for what no extension inspects: HTTP requests, and TLS that passes.'
  ),
  version: z.int().min(1).optional().describe(
    'Version of the extension: the one for new connections, apart from a canary.'
  ),
  canary: z.int().min(1).optional().describe(
    'Canary version that a share of new connections gets; the explanation does not cover it.'
  ),
  worker: length.describe('Worker whose connections and turns the decision uses; 0 is the process itself.'),
  side: z.enum(['client', 'server', 'request']),
  choice: z.object({
    withoutTls: z.string().optional(),
    overTls: z.string().optional()
  }).optional().describe('User protocol that these bytes choose as the first ones of a client without ALPN, where several share the port; omitted where none fits, or more bytes are needed.'),
  connect: answer.optional().describe('Result of `onConnect`; omitted if the extension has none.'),
  frames: z.array(z.object({
    offset: length,
    length: length.describe('Length of the frame; it may exceed the given bytes.'),
    seen: z.boolean().describe('True if the extension inspects it.'),
    why: z.enum(['handler', 'keys', 'no-handler', 'only', 'piped', 'stream']).describe('Reason for `seen`. `keys`: the keys that the extension declares have decided in its place. `stream`: the extension frames this side itself, and the frame is the subject of one verdict.'),
    entered: length.describe('Number of its bytes that enter the sandbox.'),
    answer: answer.optional(),
    decision: lbExplanation.optional().describe(
      'Present for a message that selects the server; each such message is explained as if it came next.'
    )
  })),
  rest: z.object({
    offset: length,
    length,
    why: z.enum(['incomplete', 'malformed', 'too-large', 'piped', 'after-end', 'limit']).describe(
      '`limit`: an explanation ends after 1000 frames or 5 s.'
    )
  }).optional().describe('Bytes after the last frame.'),
  rules: z.array(lookedRule.extend({
    message: length.describe('Number of the message, from 1; 0 for the client or the request itself.'),
    fields: values.optional().describe(
      'Values that it looks at; missing ones are left out. `(hidden)` stands for what could be a secret or a payload. Only of the first 1,000 rules.'
    )
  })).describe(
    'Rules that were looked at, in order. Only the client, its requests and the messages of the explained bytes are.'
  ),
  edge: z.object({
    trigger: z.string().describe('The most specific trigger.'),
    edgeFunction: z.string().optional().describe('Omitted if the trigger names none.'),
    decision: z.enum(['allow', 'respond', 'failed']).optional(),
    status: z.int().optional().describe('Status that the client gets.'),
    failure: z.enum(edgeFunctionFailures).optional(),
    reason: z.string().optional().describe('The message of the failure.')
  }).optional().describe('The edge function of an HTTP request, or of the request for a WebSocket, which decides in an isolate of its own; omitted if no trigger is about it.'),
  access: z.object({
    rule: z.string(),
    action: z.enum(accessActions).describe('`allow`: nothing refuses the client, and no limit counts it.')
  }).optional().describe('The access rule that decides about the address; omitted if none does.'),
  floods: z.object({
    defending: z.boolean().describe('The user vserver is in defence mode, in the worker that explains.'),
    exempt: z.boolean().describe(
      'Nothing refuses or suspects the address: `exemptFrom` has it, or an access rule allows it.'
    ),
    knownGood: z.boolean().describe('The address has had a good session.'),
    threat: z.int().min(0).max(100).describe('Threat score of the address.'),
    control: z.string().optional().describe('What would refuse the connection, or challenge the request: a number, `security-level` or `defence-mode`; omitted if nothing does.'),
    detail: z.string().optional(),
    undecided: z.array(z.enum(floodControlIds)).describe(
      'Controls that are on and depend on times, or on what the connection does later: no capture shows them.'
    )
  }).optional().describe(
    'How the controls against floods take a client that connects now. Nothing is counted. Omitted for bytes of a server.'
  ),
  rateLimits: z.array(z.object({
    message: length.describe('As of rules.'),
    rateLimit: z.string(),
    phase: z.enum(rulePhases),
    action: z.enum(limitActions),
    simulated: z.boolean().describe('It has no effect.'),
    applies: z.boolean().describe('It is about this.'),
    key: z.string().describe('What has the counter: values of `by`. Those that may be private are hashes.'),
    counted: z.number().describe('What it has counted, in the worker that explains.'),
    limit: z.number(),
    over: z.boolean().describe('One more would be over the limit, or its action goes on.')
  })).describe('Rate limits that were looked at, in order. Nothing is counted.'),
  counters: z.record(z.string(), z.number()).describe('Counters of the extension over all messages.'),
  crossings: length.describe('Entries into the sandbox.'),
  outcome: z.object({
    becomes: z.enum(['waiting', 'open', 'pipe', 'tunnel', 'closed']).describe(
      '`waiting`: for a first message; `pipe`: this direction is no longer inspected; `tunnel`: neither direction is.'
    ),
    reason: z.enum(Object.keys(closeReasons) as CloseReason[]).optional(),
    detail: z.string().optional().describe('For a connection that fails open: why the extension is unavailable.'),
    goodbye: hex.optional().describe('The protocol\'s goodbye to the client.'),
    service: z.string().optional().describe('The service of the client.'),
    failedOpen: z.literal(true).optional().describe(
      'Present if the client is tunnelled because the extension is unavailable (`failOpen`).'
    ),
    decision: lbExplanation.optional().describe(
      'Choice of the server for such a connection, if no frame had selected it.'
    )
  })
}).describe('Treatment of the bytes.')
