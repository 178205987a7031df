import type { FastifyInstance } from 'fastify'
import type { Weir } from '@weirlb/core'
import type { Format } from '@weirlb/metrics'

/** Media type that a scraper of OpenMetrics accepts. */
const OPENMETRICS = 'application/openmetrics-text'

/** OpenMetrics where the scraper lists it; its weights decide nothing, as in other servers of both. */
const formatFor = (accept: string | undefined): Format =>
  accept?.includes(OPENMETRICS) === true ? 'openmetrics' : 'prometheus'

/**
 * `GET /metrics`, for Prometheus, at the place where it looks. With the API's token or from its own machine, as the
 * API.
 */
export const addMetrics = (app: FastifyInstance, weir: Weir): void => {
  app.get('/metrics', async (request, reply) => {
    // With the first scrape.
    const { metricsOf } = await import('@weirlb/metrics')
    const { type, text } = await metricsOf(weir, formatFor(request.headers.accept))
    return await reply.type(type).send(text)
  })
}

/** Mark of routes that are answered without a look at who asks. */
const forEverybody = { forEverybody: true } as const

/** True for the configuration of such a route. */
export const isForEverybody = (config: object): boolean =>
  (config as Partial<typeof forEverybody>).forEverybody === true

/**
 * `GET /livez` and `GET /readyz`, for programs that watch processes. Everybody may ask: the answer is a word.
 *
 *   /livez    200 as long as the control process answers
 *   /readyz   200 while a worker serves, otherwise 503
 */
export const addProbes = (app: FastifyInstance, weir: Weir): void => {
  const options = { config: forEverybody }
  app.get('/livez', options, async (_request, reply) => await reply.type('text/plain').send('ok\n'))
  app.get('/readyz', options, async (_request, reply) => {
    const { workers } = await weir.health()
    const ready = workers.some(({ status }) => status === 'up')
    return await reply.code(ready ? 200 : 503).type('text/plain').send(ready ? 'ok\n' : 'no worker is up\n')
  })
}
