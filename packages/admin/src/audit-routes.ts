import { collectionNames, type CollectionName } from '@weirlb/model'
import { z } from 'zod'
import { route, type Route } from './route.ts'

const text = z.string().min(1)
const time = z.iso.datetime({ offset: true })

/** Who has changed what. */
export const auditRoutes = (): Route[] => [
  route({
    method: 'GET',
    path: '/audit',
    operationId: 'listAudit',
    role: 'read',
    tag: 'Access',
    summary: 'Show who has changed what',
    description: 'Returns the last changes and attempts, the newest first: 2,000, or as many as have room in 4 MiB. The file of the audit log has older ones. Refused requests of one client, and failed authentications, are recorded one by one up to a rate, then counted.',
    query: z.object({
      who: text.optional().describe('Only entries of this client: `token:deploy`, `loopback`, `nobody`.'),
      action: text.optional().describe('Only this action: `patch`, `exec`, `create-token`.'),
      collection: z.enum(collectionNames as unknown as [CollectionName, ...CollectionName[]]).optional().describe(
        'Only entries about this collection.'
      ),
      name: text.optional().describe('Only entries about this name.'),
      code: text.optional().describe('Only entries with this code: `ok`, `role-insufficient`.'),
      result: z.enum(['ok', 'refused']).optional().describe('Only changes, or only attempts.'),
      since: time.optional().describe('Only entries from this time on, in ISO 8601.'),
      until: time.optional().describe('Only entries before this time, in ISO 8601.'),
      before: z.coerce.number().int().min(1).optional().describe(
        'Only entries with a lower `id`: `next` of the page before.'
      ),
      limit: z.coerce.number().int().min(1).max(1000).default(100).describe('Maximum entries in the response.')
    }),
    answers: { 200: { doc: 'Entries that match every filter.', schema: 'AuditEntries' } },
    handle: ({ audit, query: { since, until, ...query } }) => ({
      status: 200,
      body: audit.query({ ...query, sinceMs: msOf(since), untilMs: msOf(until) })
    })
  })
]

const msOf = (time: string | undefined): number | undefined => time === undefined ? undefined : Date.parse(time)
