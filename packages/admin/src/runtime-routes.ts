import { affinityTable, describeChoices, endpointForms, parseEndpoint, WeirError } from '@weirlb/model'
import type { SessionDeletion, Weir } from '@weirlb/core'
import { z } from 'zod'
import { extensionSource } from './answer-schemas.ts'
import { bodyErrors, extensionErrors } from './collection-routes.ts'
import { parseBody } from './request-input.ts'
import { route, type Route } from './route.ts'

const limit = z.coerce.number().int().min(1).max(10_000)
const listLimit = limit.default(1000).describe('Maximum entries in the response.')
const text = z.string().min(1)
const client = text.refine(given => parseEndpoint(given) !== undefined, { message: `expected ${endpointForms}` })

/** Query one more entry than shown, to detect further ones. */
const cut = <T>(items: readonly T[], limit: number): { items: readonly T[], truncated: boolean } => ({ items: items.slice(0, limit), truncated: items.length > limit })

const sessionFilter = {
  lbVserver: text.optional().describe('Only entries of this LB vserver; with `glb/` before its name, those of a GLB\'s affinity.'),
  key: text.optional().describe('Only entries with this key, in the notation of the list.')
}

const checkLbVserver = (weir: Weir, name: string | undefined): void => {
  if (name === undefined || weir.lbVservers.get(name) !== undefined) return
  const affinities = weir.glbs.list().filter(({ affinity }) => affinity.type !== 'none').map(glb => affinityTable(glb.name))
  if (affinities.includes(name)) return
  const message = `query parameter 'lbVserver': no LB vserver '${name}'; there are: ${describeChoices([...weir.lbVservers.list().map(lb => lb.name), ...affinities])}`
  throw new WeirError('query-invalid', message, { issues: [{ path: 'lbVserver', message }] })
}

const noConnection = (id: string): WeirError => new WeirError('not-found', `no connection '${id}'; it may have ended`)

/** Running state: sessions, connections, and the validation of code. */
export const runtimeRoutes = (): Route[] => [
  route({
    method: 'POST',
    path: '/extensions/validate',
    operationId: 'validateExtension',
    tag: 'Extensions',
    summary: 'Validate the source of an extension',
    description: 'Compiles, loads and type-checks the source like a new extension, returns its declaration, and stores nothing.',
    body: { schema: 'ExtensionSource', mediaTypes: ['application/json'] },
    answers: { 200: { doc: 'The declaration of the loaded source.', schema: 'Declaration' } },
    errors: [...bodyErrors, 'config-invalid', ...extensionErrors, 'worker-unavailable'],
    handle: async ({ weir, body }) => {
      const { source, check } = parseBody(extensionSource, body)
      return { status: 200, body: await weir.extensions.validate(source, { check }) }
    }
  }),
  route({
    method: 'GET',
    path: '/sessions',
    operationId: 'listSessions',
    tag: 'Sessions',
    summary: 'List persistence entries',
    query: z.object({ ...sessionFilter, limit: listLimit }),
    answers: { 200: { doc: 'Entries that match every filter.', schema: 'Sessions' } },
    errors: ['worker-unavailable'],
    handle: async ({ weir, query }) => {
      checkLbVserver(weir, query.lbVserver)
      return { status: 200, body: cut(await weir.sessions.list({ ...query, limit: query.limit + 1 }), query.limit) }
    }
  }),
  route({
    method: 'DELETE',
    path: '/sessions',
    operationId: 'deleteSessions',
    tag: 'Sessions',
    summary: 'Delete persistence entries',
    description: 'Deletes the entries that match every filter, or all with `all=true`; a request with neither is refused. Open connections stay; their clients are balanced anew when they reconnect.',
    query: z.object({ ...sessionFilter, all: z.literal('true').optional().describe('Every entry, instead of a filter.'), limit: limit.optional().describe('Maximum entries to delete.') }),
    answers: { 200: { doc: 'Number of deleted entries.', schema: 'DeletedSessions' } },
    errors: ['worker-unavailable'],
    write: { action: 'delete-sessions' },
    handle: async ({ weir, query }) => {
      checkLbVserver(weir, query.lbVserver)
      return { status: 200, body: { deleted: await weir.sessions.delete({ ...query, all: query.all === undefined ? undefined : true } as SessionDeletion) } }
    }
  }),
  route({
    method: 'GET',
    path: '/connections',
    operationId: 'listConnections',
    tag: 'Connections',
    summary: 'List live connections',
    query: z.object({
      userVserver: text.optional().describe('Only connections to this user vserver.'),
      service: text.optional().describe('Only connections to this service.'),
      session: text.optional().describe('Only connections with this session key.'),
      client: client.optional().describe('Only connections from this address, or this address and port: `127.0.0.1`, `127.0.0.1:50123`, `::1`, `[::1]:50123`.'),
      limit: listLimit
    }),
    answers: { 200: { doc: 'Connections that match every filter.', schema: 'Connections' } },
    errors: ['worker-unavailable'],
    handle: async ({ weir, query }) => ({ status: 200, body: cut(await weir.connections.list({ ...query, limit: query.limit + 1 }), query.limit) })
  }),
  route({
    method: 'GET',
    path: '/connections/:id',
    operationId: 'getConnection',
    tag: 'Connections',
    summary: 'Show a connection',
    answers: { 200: { doc: 'The connection.', schema: 'Connection' } },
    errors: ['not-found', 'worker-unavailable'],
    handle: async ({ weir, params }) => {
      const id = params['id']!
      const found = await weir.connections.get(id)
      if (found === undefined) throw noConnection(id)
      return { status: 200, body: found }
    }
  }),
  route({
    method: 'DELETE',
    path: '/connections/:id',
    operationId: 'killConnection',
    tag: 'Connections',
    summary: 'Close a connection',
    description: 'The client gets its protocol\'s goodbye; the close reason is `killed`.',
    answers: { 204: { doc: 'The connection is being closed.' } },
    errors: ['not-found', 'worker-unavailable'],
    write: { action: 'kill-connection' },
    handle: async ({ weir, params }) => {
      if (!await weir.connections.kill(params['id']!)) throw noConnection(params['id']!)
      return { status: 204 }
    }
  })
]
