import { z } from 'zod'
import { effect, verdict } from './explain-schemas.ts'

const filter = z.strictObject({
  client: z.string().min(1).max(64).optional().describe('Only clients from this address, `127.0.0.1`, or this address and port, `127.0.0.1:50123` or `[::1]:50123`.'),
  session: z.string().min(1).max(512).optional().describe('Only connections of this session key, as the API shows it; the message that brings it is among them.')
})
const level = z.enum(['off', 'calls', 'verdicts']).describe('`calls`: each call of the author\'s handlers and what it throws; `verdicts`: what it answers, too, and where in the author\'s code.')

export const traceInput = z.strictObject({
  level,
  filter: filter.prefault({}).describe('Whose calls.'),
  seconds: z.int().min(1).max(3600).default(60).describe('How long; then it is off.')
})

export const traceStatus = z.object({
  level,
  filter,
  endsAt: z.number().optional().describe('Milliseconds since 1970 (UTC) at which it ends; left out while it is off.')
})

export const traceRecord = z.object({
  worker: z.int().min(0).describe('Number of the worker as in `GET /v1/health`; 0 is the process itself.'),
  time: z.number().describe('Milliseconds since 1970 (UTC).'),
  version: z.int().min(1).describe('Version of the extension.'),
  userVserver: z.string(),
  connection: z.string().describe('Id of the connection.'),
  client: z.string(),
  session: z.string().optional(),
  call: z.enum(['connect', 'message', 'data', 'goodbye', 'close']).describe('`data`: a chunk of a stream, of which `onData` was asked until all of it was decided.'),
  side: z.enum(['client', 'server']).optional(),
  frameLength: z.number().optional().describe('True length of the message; of a chunk, how many undecided bytes were shown.'),
  crossing: z.object({ calls: z.int(), microseconds: z.int() }).describe('The entry into the sandbox that the call was part of: how many calls of the author\'s code it had, and how long it took from end to end.'),
  verdict: verdict.optional().describe('Left out at level `calls`, unless the call threw.'),
  effects: z.array(effect).optional().describe('At level `verdicts`.'),
  failure: z.object({
    kind: z.enum(['timeout', 'memory', 'lost', 'crash']).describe('`timeout`: `batchTimeoutMs`; `memory`: `heapMb`; `lost`: it did not answer and was abandoned.'),
    message: z.string()
  }).optional().describe('In the place of an answer: what the guest died of while it had this call and the others of its crossing.')
}).describe('One call of the author\'s code.')
