import { z } from 'zod'
import { effect, verdict } from './explain-schemas.ts'

const filter = z.strictObject({
  client: z.string().min(1).max(64).optional().describe(
    'Only clients from this address, `127.0.0.1`, or this address and port, `127.0.0.1:50123` or `[::1]:50123`.'
  ),
  session: z.string().min(1).max(512).optional().describe(
    'Only connections with this session key, in the notation of the API, including the message that sets it.'
  )
})
const level = z.enum(['off', 'calls', 'verdicts']).describe('`calls`: each call of the author\'s handlers with its exception; `verdicts`: also its result, with the line of the author\'s code.')

export const traceInput = z.strictObject({
  level,
  filter: filter.prefault({}).describe('Calls to trace.'),
  seconds: z.int().min(1).max(3600).default(60).describe('Duration of the trace, in seconds.')
})

export const traceStatus = z.object({
  level,
  filter,
  endsAt: z.number().optional().describe('End of the trace, in milliseconds since 1970 (UTC); omitted while it is off.')
})

export const traceRecord = z.object({
  worker: z.int().min(0).describe('Number of the worker as in `GET /v1/health`; 0 is the process itself.'),
  time: z.number().describe('Milliseconds since 1970 (UTC).'),
  version: z.int().min(1).describe('Version of the extension.'),
  userVserver: z.string(),
  connection: z.string().describe('Id of the connection.'),
  client: z.string(),
  session: z.string().optional(),
  call: z.enum(['connect', 'message', 'keys', 'data', 'goodbye', 'close', 'unanswered']).describe('`data`: a chunk of a stream, for which `onData` was called until all of it was decided. `keys`: a message that the declared keys decided, without a call and without a crossing.'),
  side: z.enum(['client', 'server']).optional(),
  frameLength: z.number().optional().describe(
    'Length of the whole message; for a chunk, the number of undecided bytes shown.'
  ),
  crossing: z.object({ calls: z.int(), microseconds: z.int() }).describe(
    'The call\'s entry into the sandbox: its number of calls of the author\'s code, and its total time.'
  ),
  verdict: verdict.optional().describe('Omitted at level `calls`, unless the call threw.'),
  effects: z.array(effect).optional().describe('At level `verdicts`.'),
  failure: z.object({
    kind: z.enum(['timeout', 'memory', 'lost', 'crash']).describe(
      '`timeout`: `batchTimeoutMs`; `memory`: `heapMb`; `lost`: the guest did not return and was abandoned.'
    ),
    message: z.string()
  }).optional().describe('Present instead of an answer if the guest died during this crossing: the cause.')
}).describe('One call of the author\'s code.')
