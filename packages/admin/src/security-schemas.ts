import { topKinds } from '@weirlb/core'
import { z } from 'zod'

const count = z.int().min(0)
const time = z.number().describe('Milliseconds since 1970 (UTC).')
/** Values of fields by their names. */
export const values = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]))

export const securityEvent = z.object({
  id: z.string().describe('Identifier of the decision, also in the log line about it.'),
  time,
  kind: z.string().describe('The part that decided: `rule`.'),
  name: z.string().describe('The rule or control.'),
  action: z.string().describe('What was decided: `block`, `log`, `skip`.'),
  simulated: z.boolean().describe('It had no effect.'),
  phase: z.string().describe('When it was decided: `connect`, `message`.'),
  userVserver: z.string(),
  address: z.string().describe('Address of the client.'),
  port: z.int().describe('Port of the client.'),
  connection: z.string().optional().describe(
    'Identifier of the connection, as in `GET /v1/connections`; omitted before there is one, and for HTTP requests.'
  ),
  clientId: z.string().optional().describe('Name that the client gives itself in its protocol.'),
  topic: z.string().optional().describe('What its message is about.'),
  country: z.string().optional().describe('Country of the address, where that is known.'),
  asn: z.int().optional().describe('Number of the autonomous system of the address, where that is known.'),
  fields: values.describe(
    'Values that were looked at. `(hidden)` stands for what could be a secret or a payload; long values are cut.'
  ),
  detail: values.optional().describe('What else the part has to say.'),
  weight: count.min(1).describe('So many decisions of this rule or control it stands for on its worker, itself included: those before it that were counted and not reported.'),
  worker: z.int().min(0).describe('Number of the worker, as in `GET /v1/health`.')
}).describe('A decision of the edge.')

export const securityEvents = z.object({
  items: z.array(securityEvent).describe('The newest first.'),
  next: z.string().optional().describe('`before` of the next page; omitted on the last one.'),
  oldest: z.number().optional().describe('Time of the oldest event that is kept, in milliseconds since 1970 (UTC).'),
  lost: count.describe(
    'Events since the start that were lost on their way from the workers. Their decisions are counted.'
  )
})

export const securityTop = z.object({
  by: z.enum(topKinds),
  effect: z.enum(['acted', 'observed']),
  since: z.number().describe('The beginning of what is counted, in milliseconds since 1970 (UTC).'),
  decisions: count.describe('Decisions since then.'),
  items: z.array(z.object({
    value: z.string(),
    count: count.describe('Decisions about it: at most so many.'),
    error: count.describe('It can be so many less.')
  })).describe('The most frequent first.'),
  floor: count.describe('A value that is not among them had at most so many.')
}).describe('Whom and what the edge decides about most often.')
