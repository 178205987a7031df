import { bodyErrors } from './collection-routes.ts'
import { parseBody } from './request-input.ts'
import { route, type Route } from './route.ts'

const path = '/extensions/:name/trace'

/** The calls of an extension. */
export const traceRoutes = (): Route[] => [
  route({
    method: 'GET',
    path,
    operationId: 'getTrace',
    role: 'read',
    tag: 'Extensions',
    summary: 'Show a trace, or stream it',
    description: 'With `Accept: text/event-stream`, the response is server-sent events: `status` at first and whenever a trace begins, changes or ends; `record` for each call; ' +
      '`dropped`, `{"count": n}`, for calls that came too fast (over 1000 a second per worker) or were not read in time.',
    answers: {
      200: { doc: 'The status, or a stream of these records.', schema: 'TraceStatus', stream: 'TraceRecord' }
    },
    errors: ['not-found'],
    handle: ({ weir, params }) => {
      const name = params['name']!
      return {
        status: 200,
        body: weir.traces.get(name),
        stream: stream => weir.traces.on(name, event => {
          if (event.type === 'dropped') stream.lost(event.count)
          else stream.send(event.type, event.type === 'status' ? event.status : event.record)
        })
      }
    }
  }),
  route({
    method: 'PUT',
    path,
    operationId: 'setTrace',
    role: 'operate',
    tag: 'Extensions',
    summary: 'Trace an extension for a limited time',
    description: 'The trace covers every worker and all versions. It costs CPU while on, and ends by itself. It contains keys but no secret fields.',
    body: { schema: 'TraceInput', mediaTypes: ['application/json'] },
    answers: { 200: { doc: 'What is traced now.', schema: 'TraceStatus' } },
    errors: [...bodyErrors, 'not-found', 'config-invalid', 'worker-unavailable'],
    write: { collection: 'extensions', action: 'trace' },
    handle: async ({ weir, params, body }) => {
      const { traceInput } = await import('./trace-schemas.ts')
      return { status: 200, body: weir.traces.set(params['name']!, parseBody(traceInput, body)) }
    }
  })
]
