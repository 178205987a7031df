import { describeChoices, errorCodes, WeirError, type ErrorCode } from '@weirlb/model'
import { bodyErrors } from './collection-routes.ts'
import { parseBody } from './request-input.ts'
import { route, type Route } from './route.ts'

const tag = 'Server'
const codes = Object.keys(errorCodes) as ErrorCode[]
const errorPage = (code: ErrorCode): object => ({ code, ...errorCodes[code] })

/** The server itself. `document` returns the OpenAPI document, which is made from these routes too. */
export const serverRoutes = (document: () => Promise<object>): Route[] => [
  route({
    method: 'GET',
    path: '/health',
    operationId: 'getHealth',
    role: 'read',
    tag,
    summary: 'Show the health of the server',
    description: 'Returns 200 whenever the API works; `status` shows whether everything else does.',
    answers: { 200: { doc: 'Overview of workers and services.', schema: 'Health' } },
    handle: async ({ weir }) => ({ status: 200, body: await weir.health() })
  }),
  route({
    method: 'GET',
    path: '/stats',
    operationId: 'getStats',
    role: 'read',
    tag,
    summary: 'Show every counter',
    answers: { 200: { doc: 'Counters by entity.', schema: 'Stats' } },
    errors: ['worker-unavailable'],
    handle: async ({ weir }) => ({ status: 200, body: await weir.stats() })
  }),
  route({
    method: 'GET',
    path: '/log',
    operationId: 'getLog',
    role: 'read',
    tag,
    summary: 'Show the log level',
    answers: { 200: { doc: 'The level.', schema: 'LogLevel' } },
    handle: ({ weir }) => ({ status: 200, body: { level: weir.log.level } })
  }),
  route({
    method: 'PUT',
    path: '/log',
    operationId: 'setLog',
    role: 'operate',
    tag,
    summary: 'Set the log level',
    description: 'Takes effect at once on every worker.',
    body: { schema: 'LogLevel', mediaTypes: ['application/json'] },
    answers: { 200: { doc: 'The level as it is now.', schema: 'LogLevel' } },
    errors: bodyErrors,
    write: { action: 'set-log-level' },
    handle: async ({ weir, body }) => {
      const { logLevel } = await import('./answer-schemas.ts')
      weir.log.setLevel(parseBody(logLevel, body).level)
      return { status: 200, body: { level: weir.log.level } }
    }
  }),
  route({
    method: 'GET',
    path: '/errors',
    operationId: 'listErrors',
    role: 'read',
    tag,
    summary: 'List every error code',
    answers: { 200: { doc: 'Every code and what it means.', schema: 'ErrorPages' } },
    handle: () => ({ status: 200, body: { items: codes.map(errorPage) } })
  }),
  route({
    method: 'GET',
    path: '/errors/:code',
    operationId: 'getError',
    role: 'read',
    tag,
    summary: 'Explain an error code',
    description: 'The `type` of a problem is this path.',
    answers: { 200: { doc: 'The code and what it means.', schema: 'ErrorPage' } },
    errors: ['not-found'],
    handle: ({ params }) => {
      const code = codes.find(code => code === params['code'])
      if (code === undefined)
        throw new WeirError('not-found', `no error code '${params['code']}'; there are: ${describeChoices(codes)}`)
      return { status: 200, body: errorPage(code) }
    }
  }),
  route({
    method: 'GET',
    path: '/openapi.json',
    operationId: 'getOpenApi',
    role: 'read',
    tag,
    summary: 'Describe this API',
    answers: { 200: { doc: 'OpenAPI 3.1.', schema: 'OpenApiDocument' } },
    handle: async () => ({ status: 200, body: await document() })
  })
]
