import { bodyErrors } from './collection-routes.ts'
import { parseBody } from './request-input.ts'
import { route, type Route } from './route.ts'

/** Explanations without effects. */
export const explainRoutes = (): Route[] => [
  route({
    method: 'POST',
    path: '/user-vservers/:name/explain',
    operationId: 'explain',
    role: 'read',
    tag: 'User vservers',
    summary: 'Explain the treatment of a client',
    description: 'Frames the bytes, runs the extension in a separate guest, and shows which service the client would get and why. ' +
      'It sends, counts and pins nothing, and uses up no turn of the balancing method. With several workers, the answer is that of one of them.',
    body: { schema: 'ExplainInput', mediaTypes: ['application/json'] },
    answers: { 200: { doc: 'The explanation.', schema: 'Explanation' } },
    errors: [...bodyErrors, 'not-found', 'extension-down', 'extension-load', 'extension-failed', 'worker-unavailable'],
    handle: async ({ weir, params, body }) => {
      const { explainInput } = await import('./explain-schemas.ts')
      const { bytes, side, client } = parseBody(explainInput, body)
      return {
        status: 200,
        body: await weir.userVservers.explain(params['name']!, Buffer.from(bytes.replace(/\s+/g, ''), 'hex'), {
          side,
          client
        })
      }
    }
  })
]
