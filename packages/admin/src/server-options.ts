import { WeirError } from '@weirlb/model'
import type { FastifyReply, FastifyServerOptions } from 'fastify'
import { toProblem } from './problem.ts'

/** How long a client may read nothing of its response; event streams send something more often. */
const STALLED_MS = 120_000

const noCompiler = (): never => { throw new WeirError('internal', 'a route of this server has a schema of Fastify') }

/**
 * Options for a Fastify server that runs nothing but this API at its root. They turn Fastify's own refusals (a path
 * that is not a URL) into Weir's problems, and disconnect clients that stopped reading. Spread them: `Fastify({
 * ...serverOptions, ...yours })`.
 */
export const serverOptions: FastifyServerOptions = {
  // Routes of this API check by themselves and describe no schema to Fastify, so that its compilers are not even
  // loaded.
  schemaController: { compilersFactory: { buildValidator: () => noCompiler, buildSerializer: () => noCompiler } },
  // A response of many megabytes would wait for its client forever.
  connectionTimeout: STALLED_MS,
  frameworkErrors (error, request, reply) {
    const problem = new WeirError('not-found', `the path of ${request.raw.url} is not one: ${error.message}`, {
      cause: error
    })
    void (reply as FastifyReply).code(problem.status).type('application/problem+json').send(
      JSON.stringify(toProblem(problem, ''))
    )
  }
}
