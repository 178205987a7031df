import { z } from 'zod'
import { edgeFunctionFailures } from './edge-function.ts'
import { job } from './job.ts'
import { name } from './name.ts'

/** Members of names and of service groups have an `@` in their name. */
const server = z.string().describe('Name of the service, or of a member: `GROUP@127.0.0.1:1883`.')
const reason = z.string().describe('The reason, as text.')
const worker = z.int().min(0).describe('Number of the worker as in `GET /v1/health`; 0 is the process itself.')

const aboutJob = z.object({
  job: z.string().describe('Identifier of the job, as in `GET /v1/jobs`.'),
  ...job.pick({ kind: true, service: true, lbVserver: true, state: true, reason: true, told: true, remaining: true })
    .shape
})

interface EventKind { readonly doc: string, readonly payload: z.ZodObject }

/** Every event that Weir emits while it runs: its meaning and its payload. */
export const eventTypes = {
  'config-applied': {
    doc: 'A configuration was committed: it runs on every worker that is up.',
    payload: z.object({ revision: z.int().min(0).describe('Number of the revision.') })
  },
  'service-up': {
    doc: 'A service that was down passes its monitors again.',
    payload: z.object({
      service: server,
      reason,
      downForMs: z.int().min(0).describe('How long it was down, in milliseconds.')
    })
  },
  'service-down': {
    doc:
      'The monitors of a service failed: it gets no new clients. Existing ones stay, unless `onDown` of their LB vserver is `close`.',
    payload: z.object({
      service: server,
      reason,
      upForMs: z.int().min(0).describe('How long it was up before, or without a verdict, in milliseconds.')
    })
  },
  'members-changed': {
    doc: 'The members of a service or service group are others: the addresses of a name changed, or the configuration did. Those that left take no new clients, and keep theirs for `drainSeconds`; deleted ones are closed.',
    payload: z.object({
      service: name.describe('The service or service group.'),
      joined: z.array(server).describe('Members that take clients from now on.'),
      left: z.array(server).describe('Members that take no new clients.'),
      members: z.int().min(0).describe('Number of members now.')
    })
  },
  'name-status': {
    doc: 'The look-up of a host name of a service failed, or succeeds again; or its answer has more addresses than are used. One event for each change of the state, not for each look-up.',
    payload: z.object({
      name: z.string().describe('The host name.'),
      state: z.enum(['waiting', 'resolved', 'stale', 'absent', 'failing']).describe('`resolved`: the answer is in use. `stale`: the last known addresses are. `absent`: the name has no addresses. `failing`: none are known.'),
      addresses: z.int().min(0).describe('Addresses in use.'),
      ignored: z.int().min(0).describe('Addresses of the answer beyond the maximum of 256.'),
      reason: z.string().describe('Why the look-up, or a part of it, failed; empty if it did not.')
    })
  },
  'extension-status': {
    doc: 'An extension failed on a worker, is out of service there after failing repeatedly, or works again.',
    payload: z.object({
      extension: name,
      version: z.int().min(1).describe('Number of the version concerned.'),
      status: z.enum(['up', 'rebuilding', 'down']).describe('As in the status of the extension, on this worker only.'),
      worker,
      reason: z.string().describe('Message of the failure, with the author\'s file and line; empty when `up`.')
    })
  },
  'canary-reverted': {
    doc: 'A canary exceeded its allowed errors and was reverted: new connections get the previous version. Existing ones stay on the canary.',
    payload: z.object({ extension: name, version: z.int().min(1).describe('Number of the reverted version.'), reason })
  },
  'edge-function-failed': {
    doc: 'An edge function did not decide on a request. Each worker reports at most ten of a function in a second; the counters of the function have all of them.',
    payload: z.object({
      edgeFunction: name,
      trigger: name,
      failure: z.enum(edgeFunctionFailures).describe('What went wrong.'),
      failedOpen: z.boolean().describe('The request passed to the pool; otherwise it got 503.'),
      userVserver: name,
      client: z.string().describe('Address and port of the client.'),
      reason: z.string().describe('The message, with the author\'s line and column where there is one.'),
      unreported: z.int().min(0).describe(
        'Failures of the function on this worker since its last event that were counted and not reported.'
      ),
      worker
    })
  },
  'edge-function-status': {
    doc: 'An edge function is being loaded again on a worker after a failure, is out of service there after failing repeatedly, or works again.',
    payload: z.object({
      edgeFunction: name,
      status: z.enum(['up', 'rebuilding', 'down']).describe('On this worker only.'),
      worker,
      reason: z.string().describe('Message of the failure; empty when `up`.')
    })
  },
  'inspector-status': {
    doc:
      'The process that inspects the HTTP requests of a worker for managed checks of the group `owasp-crs` has started, can inspect, has ended, or cannot inspect.',
    payload: z.object({
      status: z.enum(['starting', 'up', 'absent', 'restarting']).describe('As in the status of the managed check.'),
      worker,
      reason: z.string().describe('Why it is absent, or has ended; otherwise empty.')
    })
  },
  'defence-mode': {
    doc:
      'A user vserver has begun or ended defence mode on a worker: by itself under attack, or because its configuration says so.',
    payload: z.object({
      userVserver: name,
      defending: z.boolean().describe('It is in defence mode now.'),
      reason,
      worker,
      node: name.optional().describe('The other node of the cluster whose worker it is; omitted for this one.')
    })
  },
  'address-banned': {
    doc: 'An address is refused for a time, or for longer than before. At most a hundred a second are reported.',
    payload: z.object({
      address: z.string().describe('The address; of IPv6, its network of 64 bits.'),
      by: z.string().describe('The rate limit or rule; empty for an operator.'),
      seconds: z.number().min(0).describe('For how long, from now on.')
    })
  },
  'worker-ended': {
    doc: 'A worker process ended unexpectedly: its connections are lost, and it is being restarted.',
    payload: z.object({
      worker,
      pid: z.int().describe('The process that ended.'),
      reason,
      restartInMs: z.int().min(0).describe('Delay before the restart, in milliseconds.'),
      connections: z.int().min(0).describe('Its connections at the last heartbeat, at most a second earlier.')
    })
  },
  'worker-up': {
    doc: 'A restarted worker process has the running configuration.',
    payload: z.object({
      worker,
      pid: z.int().describe('The new process.'),
      restarts: z.int().min(1).describe('Number of restarts of this worker.')
    })
  },
  'certificate-expiring': {
    doc:
      'The certificate of a certkey expires soon or has expired. Sent when it is applied, 30, 14, 7, 3 and 1 days before the expiry, and at the expiry; of one that is ordered (`acme`), at the expiry alone.',
    payload: z.object({
      certkey: name,
      notAfter: z.string().describe('Expiry, ISO 8601 in UTC.'),
      daysLeft: z.int().describe('Whole days until then; negative after the expiry.')
    })
  },
  'certificate-issued': {
    doc: 'An authority issued the first certificate of a certkey (`acme`), or one for other domains. New handshakes use it.',
    payload: z.object({ certkey: name, notAfter: z.string().describe('Expiry, ISO 8601 in UTC.') })
  },
  'certificate-renewed': {
    doc: 'An authority issued the next certificate of a certkey (`acme`). New handshakes use it; open connections continue.',
    payload: z.object({ certkey: name, notAfter: z.string().describe('Expiry, ISO 8601 in UTC.') })
  },
  'certificate-failed': {
    doc: 'No certificate was issued for a certkey (`acme`). The previous one stays in use, and Weir orders again.',
    payload: z.object({
      certkey: name,
      reason,
      nextAttempt: z.string().describe('Time of the next order, ISO 8601 in UTC.')
    })
  },
  'certkey-replaced': {
    doc: 'The files of a certkey changed and were read again. New handshakes use the new contents; open connections continue.',
    payload: z.object({ certkey: name })
  },
  'certkey-stale': {
    doc: 'The files of a certkey changed and are unusable. Their previous contents stay in use, and Weir checks the files again.',
    payload: z.object({ certkey: name, reason })
  },
  'crl-expired': {
    doc: 'A revocation list of a certkey is out of date: clients with a certificate of its authority are refused until a newer list arrives.',
    payload: z.object({ certkey: name, nextUpdate: z.string().describe('Due date of the next list, ISO 8601 in UTC.') })
  },
  'ocsp-expired': {
    doc: 'The OCSP response of a certkey is out of date: it is not stapled until a newer one arrives.',
    payload: z.object({
      certkey: name,
      nextUpdate: z.string().describe('Due date of the next response, ISO 8601 in UTC.')
    })
  },
  'job-started': { doc: 'A job has started.', payload: aboutJob },
  'job-progress': { doc: 'A job is under way. Sent every second.', payload: aboutJob },
  'job-paused': { doc: 'A job was paused.', payload: aboutJob },
  'job-resumed': { doc: 'A paused job goes on.', payload: aboutJob },
  'job-ended': { doc: 'A job has ended: its state is `done`, `cancelled` or `failed`.', payload: aboutJob },
  'cluster-state': {
    doc: 'The shared store of the cluster does not answer, is back and is told what this node holds, or all is shared again.',
    payload: z.object({
      node: name.describe('This node.'),
      state: z.enum(['up', 'away', 'agreeing']).describe('As in `GET /v1/health`.'),
      reason: z.string().describe('Why the store is away; otherwise empty.')
    })
  },
  'cluster-damaged': {
    doc: 'The shared store has a value that no node has written: it counts as absent. At most once a minute.',
    payload: z.object({ node: name.describe('This node.'), what: z.string().describe('Which value.') })
  },
  'cluster-revision-refused': {
    doc: 'A node cannot run a revision of the cluster, and keeps the one before. Every node reports it.',
    payload: z.object({
      node: name.describe('The node.'),
      revision: z.int().min(0).describe('Number of the revision.'),
      reason
    })
  },
  'sessions-lost': {
    doc: 'Some saved persistence entries could not be read at the start: their clients are balanced anew.',
    payload: z.object({ reason })
  },
  'sessions-not-saved': {
    doc: 'The persistence entries could not be saved. They stay in memory, and saving is retried.',
    payload: z.object({ reason })
  }
} as const satisfies Record<string, EventKind>

/** Name of an event. */
export type EventName = keyof typeof eventTypes

/** The payload of an event, without its name and time. */
export type EventPayload<E extends EventName> = Readonly<z.output<(typeof eventTypes)[E]['payload']>>

/** An event as listeners get it and as the API streams it. */
export type WeirEvent<E extends EventName = EventName> = {
  [N in E]: {
    readonly type: N
    /** Milliseconds since 1970 (UTC). */
    readonly time: number
  } & EventPayload<N>
}[E]

/** Every event name, in the order of the table. */
export const eventNames = Object.keys(eventTypes) as readonly EventName[]
