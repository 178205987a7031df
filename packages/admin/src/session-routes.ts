import { affinityOf, describeChoices, persistenceTypes, WeirError } from '@weirlb/model'
import type { SessionDeletion, Weir } from '@weirlb/core'
import { z } from 'zod'
import { bodyErrors } from './collection-routes.ts'
import { cut, limit, listLimit } from './listing.ts'
import { parseBody } from './request-input.ts'
import { route, type Route } from './route.ts'
import { readSessionLines, sessionText } from './session-lines.ts'

const text = z.string().min(1)

const filter = {
  lbVserver: text.optional().describe(
    'Only entries of this LB vserver; with `glb/` before its name, those of a GLB\'s affinity.'
  ),
  type: z.enum(persistenceTypes).optional().describe('Only entries of this type of persistence.'),
  key: text.optional().describe('Only entries with this key, in the notation of the list.')
}

const checkLbVserver = (weir: Weir, name: string | undefined): void => {
  if (name === undefined || weir.lbVservers.get(name) !== undefined) return
  const affinities = weir.glbs.list().filter(({ affinity }) => affinity.type !== 'none').map(glb =>
    affinityOf(glb.name)
  )
  if (affinities.includes(name)) return
  const message = `query parameter 'lbVserver': no LB vserver '${name}'; there are: ${
    describeChoices([...weir.lbVservers.list().map(lb => lb.name), ...affinities])
  }`
  throw new WeirError('query-invalid', message, { issues: [{ path: 'lbVserver', message }] })
}

/** The LB vserver or GLB that entries belong to. */
const ownerOf = (lbVserver: unknown): string | undefined =>
  typeof lbVserver === 'string' ? lbVserver.replace(/^glb\//, '') : undefined

/** Persistence entries. */
export const sessionRoutes = (): Route[] => [
  route({
    method: 'GET',
    path: '/sessions',
    operationId: 'listSessions',
    role: 'read',
    tag: 'Sessions',
    summary: 'List persistence entries',
    query: z.object({ ...filter, limit: listLimit }),
    answers: { 200: { doc: 'Entries that match every filter.', schema: 'Sessions' } },
    errors: ['worker-unavailable'],
    handle: async ({ weir, query }) => {
      checkLbVserver(weir, query.lbVserver)
      return { status: 200, body: cut(await weir.sessions.list({ ...query, limit: query.limit + 1 }), query.limit) }
    }
  }),
  route({
    method: 'POST',
    path: '/sessions',
    operationId: 'setSession',
    role: 'operate',
    tag: 'Sessions',
    summary: 'Set a persistence entry',
    description: 'Leads the next connections of a key to a service, in place of the entry that stands. Open connections stay, on all nodes of a cluster. The entry lives as after its last connection: for `timeoutSeconds` of its LB vserver.',
    body: { schema: 'SessionInput', mediaTypes: ['application/json'] },
    answers: { 200: { doc: 'The entry is set.', schema: 'SetSessions' } },
    errors: [...bodyErrors, 'session-invalid', 'worker-unavailable', 'storage-failed'],
    write: { action: 'set-session' },
    scope: ({ body }) => [ownerOf((body as { lbVserver?: unknown } | undefined)?.lbVserver)],
    handle: async ({ weir, body }) => {
      const { sessionInput } = await import('./answer-schemas.ts')
      return { status: 200, body: { set: await weir.sessions.set([parseBody(sessionInput, body)], () => '') } }
    }
  }),
  route({
    method: 'POST',
    path: '/sessions/import',
    operationId: 'importSessions',
    role: 'operate',
    tag: 'Sessions',
    summary: 'Set many persistence entries',
    description: 'Takes one JSON object a line, as `POST /v1/sessions` and as exported, at most 200,000 and 16 MiB. All of them are set, or none: `issues` names the lines that are at fault. Beyond `maxEntries`, entries go that were released first.',
    body: { schema: 'SessionInput', mediaTypes: ['application/x-ndjson'] },
    answers: { 200: { doc: 'All entries are set.', schema: 'SetSessions' } },
    errors: [...bodyErrors, 'session-invalid', 'worker-unavailable', 'storage-failed'],
    write: { action: 'import-sessions' },
    handle: async ({ weir, body }) => {
      const { entries, lines } = await readSessionLines(body as Uint8Array | undefined ?? Buffer.alloc(0))
      return { status: 200, body: { set: await weir.sessions.set(entries, index => `line ${lines[index]!}`) } }
    }
  }),
  route({
    method: 'GET',
    path: '/sessions/export',
    operationId: 'exportSessions',
    role: 'read',
    tag: 'Sessions',
    summary: 'Export persistence entries',
    description: 'Sends every entry that matches the filters, one JSON object a line, however many there are. An entry that changes meanwhile may be sent as before or after its change, or not at all.',
    query: z.object(filter),
    answers: { 200: { doc: 'The entries, a line each.', lines: 'Session' } },
    errors: ['worker-unavailable'],
    handle: ({ weir, query }) => {
      checkLbVserver(weir, query.lbVserver)
      return { status: 200, lines: sessionText(weir.sessions.parts(query)) }
    }
  }),
  route({
    method: 'DELETE',
    path: '/sessions',
    operationId: 'deleteSessions',
    role: 'operate',
    tag: 'Sessions',
    summary: 'Delete persistence entries',
    description:
      'Deletes the entries that match every filter, or all with `all=true`; a request with neither is refused. Open connections stay; their clients are balanced anew when they reconnect.',
    query: z.object({
      ...filter,
      all: z.literal('true').optional().describe('Every entry, instead of a filter.'),
      limit: limit.optional().describe('Maximum entries to delete.')
    }),
    answers: { 200: { doc: 'Number of deleted entries.', schema: 'DeletedSessions' } },
    errors: ['worker-unavailable'],
    write: { action: 'delete-sessions' },
    scope: ({ query }) => [ownerOf(query.lbVserver)],
    handle: async ({ weir, query }) => {
      checkLbVserver(weir, query.lbVserver)
      return {
        status: 200,
        body: {
          deleted: await weir.sessions.delete(
            { ...query, all: query.all === undefined ? undefined : true } as SessionDeletion
          )
        }
      }
    }
  })
]
