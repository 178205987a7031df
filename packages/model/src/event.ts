import { z } from 'zod'
import { name } from './name.ts'

const reason = z.string().describe('Why, in words.')
const worker = z.int().min(0).describe('Number of the worker as in `GET /v1/health`; 0 is the process itself.')

interface EventKind { readonly doc: string, readonly payload: z.ZodObject }

/** Everything that Weir tells of itself while it runs: what it means, and what comes with it. */
export const eventTypes = {
  'config-applied': {
    doc: 'A configuration was committed: it runs on every worker that is up.',
    payload: z.object({ revision: z.int().min(0).describe('Its number.') })
  },
  'service-up': {
    doc: 'A service that was down answers its monitors again.',
    payload: z.object({ service: name })
  },
  'service-down': {
    doc: 'The monitors of a service failed: it gets no new clients. Those it has stay, unless `onDown` of their LB vserver is `close`.',
    payload: z.object({ service: name, reason })
  },
  'extension-status': {
    doc: 'An extension failed on a worker, is out of service there after failing repeatedly, or works again.',
    payload: z.object({
      extension: name,
      version: z.int().min(1).describe('Number of the version that this is about.'),
      status: z.enum(['up', 'rebuilding', 'down']).describe('As in the status of the extension, on this worker alone.'),
      worker,
      reason: z.string().describe('What the failure said, with the author\'s file and line; empty when it is up.')
    })
  },
  'canary-reverted': {
    doc: 'A canary failed more than its operator allows and was taken back: new connections get the version that there was. Those that it has stay with it.',
    payload: z.object({ extension: name, version: z.int().min(1).describe('Number of the version that was tried.'), reason })
  },
  'worker-ended': {
    doc: 'A worker process ended by itself: its connections are lost, and another one is being started.',
    payload: z.object({
      worker,
      pid: z.int().describe('The process that ended.'),
      reason,
      restartInMs: z.int().min(0).describe('How long it waits before it starts the other.'),
      connections: z.int().min(0).describe('Connections that it had when it was last asked, at most a second before.')
    })
  },
  'worker-up': {
    doc: 'A worker process that was started in the place of another has the running configuration.',
    payload: z.object({ worker, pid: z.int().describe('The new process.'), restarts: z.int().min(1).describe('How often this worker was started again.') })
  },
  'certificate-expiring': {
    doc: 'The certificate of a certkey ends soon or has ended. Told when it is applied, and again 30, 14, 7, 3 and 1 days before the end, and at the end.',
    payload: z.object({ certkey: name, notAfter: z.string().describe('When it ends, ISO 8601 in UTC.'), daysLeft: z.int().describe('Whole days until then; negative when it has ended.') })
  },
  'certkey-replaced': {
    doc: 'The files of a certkey changed and were read again. Handshakes to come are served with what they hold; open connections go on.',
    payload: z.object({ certkey: name })
  },
  'certkey-stale': {
    doc: 'The files of a certkey changed and cannot be used. What they held before stays in use, and they are looked at again.',
    payload: z.object({ certkey: name, reason })
  },
  'crl-expired': {
    doc: 'A revocation list of a certkey is out of date: clients with a certificate of its authority are refused until there is a newer one.',
    payload: z.object({ certkey: name, nextUpdate: z.string().describe('When the next list was to be there, ISO 8601 in UTC.') })
  },
  'sessions-lost': {
    doc: 'The persistence entries that were saved could not be read at the start: clients are balanced anew.',
    payload: z.object({ reason })
  },
  'sessions-not-saved': {
    doc: 'The persistence entries could not be saved. They are in memory, and the next time tries again.',
    payload: z.object({ reason })
  }
} as const satisfies Record<string, EventKind>

/** Name of an event. */
export type EventName = keyof typeof eventTypes

/** What comes with an event, beside its name and its time. */
export type EventPayload<E extends EventName> = Readonly<z.output<(typeof eventTypes)[E]['payload']>>

/** An event as listeners get it and as the API streams it. */
export type WeirEvent<E extends EventName = EventName> = { [N in E]: { readonly type: N, /** Milliseconds since 1970 (UTC). */ readonly time: number } & EventPayload<N> }[E]

/** Every event name, in the order of the table. */
export const eventNames = Object.keys(eventTypes) as readonly EventName[]
