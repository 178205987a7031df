import { bodyErrors } from './collection-routes.ts'
import { parseBody } from './request-input.ts'
import { route, type Route } from './route.ts'
import { traceInput } from './trace-schemas.ts'

const path = '/extensions/:name/trace'

/** What an extension does, call by call. */
export const traceRoutes = (): Route[] => [
  route({
    method: 'GET',
    path,
    operationId: 'getTrace',
    tag: 'Extensions',
    summary: 'Show what is traced, or stream it',
    description: 'With `Accept: text/event-stream`, server-sent events: `status` whenever a trace begins, changes or ends, and at first; `record` for each call; ' +
      '`dropped`, `{"count": n}`, in the place of calls that came too fast, 1000 a second and worker, or that the client did not read in time.',
    answers: { 200: { doc: 'The status; or the stream, whose records are these.', schema: 'TraceStatus', stream: 'TraceRecord' } },
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
    tag: 'Extensions',
    summary: 'Trace an extension for a time',
    description: 'On every worker, in all its versions. It costs while it is on, and ends by itself. Secret fields are never in it; keys are.',
    body: { schema: 'TraceInput', mediaTypes: ['application/json'] },
    answers: { 200: { doc: 'What is traced now.', schema: 'TraceStatus' } },
    errors: [...bodyErrors, 'not-found', 'config-invalid', 'worker-unavailable'],
    write: { collection: 'extensions', action: 'trace' },
    handle: ({ weir, params, body }) => ({ status: 200, body: weir.traces.set(params['name']!, parseBody(traceInput, body)) })
  })
]
