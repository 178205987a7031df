import { endpointForms, parseEndpoint, WeirError } from '@weirlb/model'
import { z } from 'zod'
import { closeReason } from './close-reason-schema.ts'
import { bodyErrors, extensionErrors } from './collection-routes.ts'
import { cut, listLimit } from './listing.ts'
import { parseBody } from './request-input.ts'
import { route, type Route } from './route.ts'

const text = z.string().min(1)
const client = text.refine(given => parseEndpoint(given) !== undefined, { message: `expected ${endpointForms}` })

const noConnection = (id: string): WeirError => new WeirError('not-found', `no connection '${id}'; it may have ended`)

/** Running state: connections, and the validation of code. */
export const runtimeRoutes = (): Route[] => [
  route({
    method: 'POST',
    path: '/extensions/validate',
    operationId: 'validateExtension',
    // It runs the code.
    role: 'admin',
    tag: 'Extensions',
    summary: 'Validate the source of an extension',
    description:
      'Compiles, loads and type-checks the source like a new extension, returns its declaration, and stores nothing.',
    body: { schema: 'ExtensionSource', mediaTypes: ['application/json'] },
    answers: { 200: { doc: 'The declaration of the loaded source.', schema: 'Declaration' } },
    errors: [...bodyErrors, 'config-invalid', ...extensionErrors, 'worker-unavailable'],
    handle: async ({ weir, body }) => {
      const { extensionSource } = await import('./answer-schemas.ts')
      const { source, check } = parseBody(extensionSource, body)
      return { status: 200, body: await weir.extensions.validate(source, { check }) }
    }
  }),
  route({
    method: 'GET',
    path: '/connections',
    operationId: 'listConnections',
    role: 'read',
    tag: 'Connections',
    summary: 'List live connections, or stream them',
    description: 'With `Accept: text/event-stream`, the response is server-sent events: `begin` and `end` of connections that match, and `end` of HTTP requests and refused clients; ' +
      '`dropped`, `{"count": n}`, for those that came too fast (over 1000 a second per worker) or were not read in time. A connection that begins has no service, session and reason yet: with these filters only ends are sent.',
    query: z.object({
      userVserver: text.optional().describe('Only connections to this user vserver.'),
      service: text.optional().describe('Only connections to this service.'),
      session: text.optional().describe('Only connections with this session key.'),
      client: client.optional().describe('Only connections from this address, or this address and port: `127.0.0.1`, `127.0.0.1:50123`, `::1`, `[::1]:50123`.'),
      reason: closeReason.optional().describe('Only ends with this close reason; for the stream.'),
      limit: listLimit
    }),
    answers: {
      200: {
        doc: 'Connections that match every filter, or a stream of what happens to them.',
        schema: 'Connections',
        stream: 'ConnectionLife'
      }
    },
    errors: ['worker-unavailable'],
    handle: async ({ weir, query: { limit, reason, ...query } }) => ({
      status: 200,
      body: cut(await weir.connections.list({ ...query, limit: limit + 1 }), limit),
      stream: stream => weir.connections.watch({ ...query, reason }, event => {
        if (event.type === 'dropped') stream.lost(event.count)
        else stream.send(event.type, event)
      })
    })
  }),
  route({
    method: 'GET',
    path: '/connections/:id',
    operationId: 'getConnection',
    role: 'read',
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
    role: 'operate',
    tag: 'Connections',
    summary: 'Close a connection',
    description: 'The client gets its protocol\'s goodbye; the close reason is `killed`.',
    answers: { 204: { doc: 'The connection is being closed.' } },
    errors: ['not-found', 'worker-unavailable'],
    write: { action: 'kill-connection' },
    scope: async ({ weir, params }) => [(await weir.connections.get(params['id']!))?.userVserver],
    handle: async ({ weir, params }) => {
      if (!await weir.connections.kill(params['id']!)) throw noConnection(params['id']!)
      return { status: 204 }
    }
  })
]
