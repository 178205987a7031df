import { answer, bodyErrors, changeErrors, functionErrors } from './collection-routes.ts'
import { functionSource, functionTestInput, triggerMatchInput } from './edge-function-schemas.ts'
import { parseBody } from './request-input.ts'
import { route, type Route } from './route.ts'

/** Edge functions before they are written, what those that are would decide, and on which requests. */
export const edgeFunctionRoutes = (): Route[] => [
  route({
    method: 'POST',
    path: '/edge-functions/validate',
    operationId: 'validateEdgeFunction',
    // It runs the code.
    role: 'admin',
    tag: 'Edge functions',
    summary: 'Validate the source of an edge function',
    description: 'Compiles, loads and type-checks the source like a new edge function, returns its form, and stores nothing. Each issue has line and column.',
    body: { schema: 'FunctionSource', mediaTypes: ['application/json'] },
    answers: { 200: { doc: 'What the loaded source shows of itself.', schema: 'FunctionDeclaration' } },
    errors: [...bodyErrors, 'config-invalid', ...functionErrors, 'worker-unavailable'],
    handle: async ({ weir, body }) => {
      const { source, check } = parseBody(functionSource, body)
      return { status: 200, body: await weir.edgeFunctions.validate(source, { check }) }
    }
  }),
  route({
    method: 'POST',
    path: '/edge-functions/:name/rollback',
    operationId: 'rollbackEdgeFunction',
    role: 'admin',
    tag: 'Edge functions',
    summary: 'Roll an edge function back to its previous version',
    description: 'New requests get the previous version, under its own number. Up to five versions can be undone, one at a time. Takes no body.',
    ifMatch: true,
    answers: { 200: { doc: 'The edge function as it is now.', schema: 'EdgeFunction', etag: true } },
    errors: [...changeErrors, ...functionErrors, 'not-found', 'version-absent', 'precondition-failed'],
    write: { collection: 'edgeFunctions', action: 'rollback' },
    handle: async ({ weir, params, ifMatch }) =>
      await answer(weir, 'edgeFunctions', 200, await weir.edgeFunctions.rollback(params['name']!, { ifMatch }))
  }),
  route({
    method: 'POST',
    path: '/edge-functions/:name/test',
    operationId: 'testEdgeFunction',
    role: 'read',
    tag: 'Edge functions',
    summary: 'Test what an edge function decides',
    description: 'Has the function decide on a request, in an isolate of its own. Nothing is sent, counted or reported. A failure is a result.',
    body: { schema: 'FunctionTestInput', mediaTypes: ['application/json'] },
    answers: { 200: { doc: 'The decision.', schema: 'FunctionTest' } },
    errors: [...bodyErrors, 'not-found', 'extension-load', 'runtime-unavailable', 'worker-unavailable'],
    handle: async ({ weir, params, body }) => ({
      status: 200,
      body: await weir.edgeFunctions.test(params['name']!, parseBody(functionTestInput, body))
    })
  }),
  route({
    method: 'POST',
    path: '/triggers/match',
    operationId: 'matchTriggers',
    role: 'read',
    tag: 'Triggers',
    summary: 'Show which trigger counts for a URL',
    description: 'Names all triggers in the order of decision and, for each URL and each user vserver that takes such requests, the one that counts, with its edge function. No function is asked, and nothing is counted.',
    body: { schema: 'TriggerMatchInput', mediaTypes: ['application/json'] },
    answers: { 200: { doc: 'The order, and the triggers of each URL.', schema: 'TriggerMatches' } },
    errors: [...bodyErrors],
    handle: ({ weir, body }) => {
      const { order, urls } = weir.triggers.match(parseBody(triggerMatchInput, body).urls)
      return {
        status: 200,
        body: {
          order,
          urls: urls.map(({ url, userVservers }) => ({
            url,
            userVservers: userVservers.map(({ edgeFunction, ...rest }) => ({ ...rest, function: edgeFunction }))
          }))
        }
      }
    }
  })
]
