import { rateLimitPresets } from '@weirlb/model'
import { z } from 'zod'
import { cut, limit } from './listing.ts'
import { route, type Route } from './route.ts'

/** What rate limits are at, and some that are ready to be created. */
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
  }),
  route({
    method: 'GET',
    path: '/rate-limits/:name/counters',
    operationId: 'listRateLimitCounters',
    role: 'read',
    tag: 'Rate limits',
    summary: 'List the fullest counters of a rate limit',
    description: 'Those that have counted most in the period that ends now, of the 100,000 of each worker that were used last. Nothing is counted.',
    query: z.object({ limit: limit.max(1000).default(20).describe('Maximum entries in the response.') }),
    answers: { 200: { doc: 'The counters, the fullest first.', schema: 'RateLimitCounters' } },
    errors: ['not-found', 'worker-unavailable'],
    handle: async ({ weir, params, query }) => ({
      status: 200,
      body: cut(await weir.rateLimits.counters(params['name']!, { most: query.limit + 1 }), query.limit)
    })
  })
]
