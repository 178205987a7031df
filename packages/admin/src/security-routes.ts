import { topKinds } from '@weirlb/core'
import { z } from 'zod'
import { route, type Route } from './route.ts'

const tag = 'Security'
const text = z.string().min(1)
const time = z.iso.datetime({ offset: true })

/** Words of the kind `block` or `rule`: which there are is not known here. */
const word = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, { message: 'expected letters, digits, "-" and "_", at most 64' })

/** What the edge decides. */
export const securityRoutes = (): Route[] => [
  route({
    method: 'GET',
    path: '/security/events',
    operationId: 'listSecurityEvents',
    role: 'read',
    tag,
    summary: 'Search security events, or stream them',
    description: 'Returns decisions of the edge, the newest first: the latest 20,000, or as many as have room in 16 MiB. They are a sample: of each rule or control, a worker reports the first 10 decisions of a second, then one of 10 up to 100, one of 100 up to 1,000, and so on, and at most 1,000 of all. ' +
      '`weight` is how many decisions an event stands for; `controls` in `GET /v1/stats` counts all. ' +
      'With `Accept: text/event-stream`, the response is server-sent events, `security`, from now on; `Last-Event-ID` returns those that were missed, and `dropped`, `{"count": n}`, stands for those that are gone or were not read in time.',
    query: z.object({
      id: text.optional().describe('Only this decision.'),
      kind: word.optional().describe('Only decisions of this part: `rule`.'),
      name: text.optional().describe('Only decisions of this rule or control.'),
      action: word.optional().describe('Only this action: `block`.'),
      phase: word.optional().describe('Only this phase: `message`.'),
      simulated: z.enum(['true', 'false']).optional().describe('Only simulated decisions, or only the others.'),
      userVserver: text.optional().describe('Only decisions at this user vserver.'),
      address: text.optional().describe(
        'Only about clients with this address, or in this network: `127.0.0.1`, `127.0.0.0/8`.'
      ),
      clientId: text.optional().describe('Only about clients with this name.'),
      topic: text.optional().describe('Only about messages with this topic.'),
      country: text.optional().describe('Only about clients from this country: `DE`.'),
      asn: z.coerce.number().int().min(0).optional().describe('Only about clients of this autonomous system.'),
      connection: text.optional().describe('Only about this connection, by its identifier.'),
      since: time.optional().describe('Only decisions from this time on, in ISO 8601.'),
      until: time.optional().describe('Only decisions before this time, in ISO 8601.'),
      before: text.optional().describe('Only older events: `next` of the page before.'),
      limit: z.coerce.number().int().min(1).max(1000).default(100).describe('Maximum events in the response.')
    }),
    answers: {
      200: {
        doc: 'Events that match every filter, or a stream of them.',
        schema: 'SecurityEvents',
        stream: 'SecurityEvent'
      }
    },
    errors: ['worker-unavailable'],
    lastEventId: true,
    handle: ({ weir, lastEventId, query: { since, until, simulated, before, limit, ...query } }) => {
      const filter = {
        ...query,
        simulated: simulated === undefined ? undefined : simulated === 'true',
        sinceMs: msOf(since),
        untilMs: msOf(until)
      }
      return {
        status: 200,
        body: weir.security.events({ ...filter, before, limit }),
        stream: stream => weir.security.follow(filter, lastEventId, {
          send: (event, position) => { stream.send('security', event, position) },
          mark: position => { stream.mark(position) },
          lost: count => { stream.lost(count) }
        })
      }
    }
  }),
  route({
    method: 'GET',
    path: '/security/top',
    operationId: 'getSecurityTop',
    role: 'read',
    tag,
    summary: 'Show whom the edge decides about most often',
    description: 'Counts all decisions of the last 15 to 30 minutes, not only those that became events, in bounded memory: each worker keeps 512 values of each kind. A worker that ends takes its counts with it.',
    query: z.object({
      by: z.enum(topKinds).default('address').describe('What is ranked.'),
      effect: z.enum(['acted', 'observed']).default('acted').describe('`acted`: decisions with an effect on the client. `observed`: those without one: logged, skipped, allowed, simulated.'),
      limit: z.coerce.number().int().min(1).max(500).default(10).describe('Maximum values in the response.')
    }),
    answers: { 200: { doc: 'The most frequent values.', schema: 'SecurityTop' } },
    errors: ['worker-unavailable'],
    handle: async ({ weir, query: { by, effect, limit } }) => {
      const { since, decisions, hitters, floor } = await weir.security.top({ by, effect, limit })
      return { status: 200, body: { by, effect, since, decisions, items: hitters, floor } }
    }
  })
]

const msOf = (time: string | undefined): number | undefined => time === undefined ? undefined : Date.parse(time)
