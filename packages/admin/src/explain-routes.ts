import { bodyErrors } from './collection-routes.ts'
import { explainInput } from './explain-schemas.ts'
import { parseBody } from './request-input.ts'
import { route, type Route } from './route.ts'

/** What would happen, without it happening. */
export const explainRoutes = (): Route[] => [
  route({
    method: 'POST',
    path: '/user-vservers/:name/explain',
    operationId: 'explain',
    tag: 'User vservers',
    summary: 'Explain what would become of a client',
    description: 'Cuts the bytes as they would be cut, asks the extension in a guest of its own, and tells which service the client would get and why. ' +
      'Nothing is sent, counted or pinned, and nobody loses a turn. With several workers it is what one of them would do.',
    body: { schema: 'ExplainInput', mediaTypes: ['application/json'] },
    answers: { 200: { doc: 'What would happen.', schema: 'Explanation' } },
    errors: [...bodyErrors, 'not-found', 'extension-down', 'extension-load', 'extension-failed', 'worker-unavailable'],
    handle: async ({ weir, params, body }) => {
      const { bytes, side, client } = parseBody(explainInput, body)
      return { status: 200, body: await weir.userVservers.explain(params['name']!, Buffer.from(bytes.replace(/\s+/g, ''), 'hex'), { side, client }) }
    }
  })
]
