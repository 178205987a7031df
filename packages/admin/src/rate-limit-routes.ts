import { rateLimitPresets } from '@weirlb/model'
import { route, type Route } from './route.ts'

/** Rate limits that are ready to be created. */
export const rateLimitRoutes = (): Route[] => [
  route({
    method: 'GET',
    path: '/rate-limit-presets',
    operationId: 'listRateLimitPresets',
    role: 'read',
    tag: 'Rate limits',
    summary: 'List presets of rate limits',
    description: 'Bodies for `POST /v1/rate-limits`, to be sent as they are or changed.',
    answers: { 200: { doc: 'The presets.', schema: 'RateLimitPresets' } },
    handle: () => ({ status: 200, body: { items: rateLimitPresets } })
  })
]
