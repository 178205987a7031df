import { WeirError } from '@weirlb/model'
import type { FastifyReply, FastifyServerOptions } from 'fastify'
import { toProblem } from './problem.ts'

/** How long a client may take nothing of an answer that waits for it; event streams say something more often. */
const STALLED_MS = 120_000

/**
 * Options for a Fastify server that has nothing but this API at its root. They word what Fastify refuses before it asks any plugin (a path that is not a URL)
 * as the problem that it is everywhere else, and let go of clients that stopped reading. Spread them: `Fastify({ ...serverOptions, ...yours })`.
 */
export const serverOptions: FastifyServerOptions = {
  // An answer of many megabytes would wait for its client for ever.
  connectionTimeout: STALLED_MS,
  frameworkErrors (error, request, reply) {
    const problem = new WeirError('not-found', `the path of ${request.raw.url} is not one: ${error.message}`, { cause: error })
    void (reply as FastifyReply).code(problem.status).type('application/problem+json').send(JSON.stringify(toProblem(problem, '')))
  }
}
