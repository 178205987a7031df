import { describeChoices, WeirError } from '@weirlb/model'
import type { Readable } from 'node:stream'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { Weir } from '@weirlb/core'
import { bearerCheck, checkToken } from './bearer.ts'
import { EventStream, type Subscribe } from './event-stream.ts'
import { jsonBody } from './json-body.ts'
import { checkLocal } from './local-only.ts'
import { PathChoices } from './path-choices.ts'
import { toProblem, toWeirError } from './problem.ts'
import { parseQuery } from './request-input.ts'
import type { MediaType, Method, Route } from './route.ts'
import { api } from './routes.ts'
import { addMetrics, addProbes, isForEverybody } from './watch-routes.ts'
import { logWrite, type AdminLog } from './write-log.ts'

/** Options of the plugin beside Fastify's `prefix`. */
export interface AdminOptions {
  readonly weir: Weir
  /**
   * Bearer token that every request must carry, apart from `/livez` and `/readyz`: printable ASCII, not empty. A function is
   * called for every request, so the token can change while the API runs; the caller must check its value
   * (`checkToken`).
   * Without a token the API accepts only requests from its own machine under a loopback name, and none from web pages
   * of another origin.
   */
  readonly token?: string | (() => string) | undefined
  /** Logger for writes and internal errors. Default: the log of the Fastify instance. */
  readonly log?: AdminLog | undefined
  /** Largest body in bytes. Default: 16 MiB, room for a configuration with the sources of its extensions. A body has 500,000 values at most, that of one entity 50,000. */
  readonly bodyLimit?: number | undefined
}

/** Values that the body of a request about one entity may have: twice as many as the largest that is of use. They are checked in one go. */
const MAX_VALUES = 50_000

const jsonTypes: readonly MediaType[] = ['application/json', 'application/merge-patch+json']
const LINES: MediaType = 'application/x-ndjson'

/** Media types that the parsers take for a request. */
const takenBy = (request: FastifyRequest): readonly MediaType[] => (request.routeOptions.config as RouteConfig).lines === true ? [LINES] : jsonTypes

/** What Fastify's route knows of ours. */
interface RouteConfig { readonly maxValues?: number | undefined, readonly lines?: boolean }

/**
 * The REST API of Weir as a Fastify plugin. Mount it where you like: `app.register(adminPlugin, { prefix: '/weir', weir })`.
 *
 * Everything it sets (error handler, body parsers, hooks) holds for its own routes, `<prefix>/v1` and below, `/metrics`, `/livez` and `/readyz`, and nothing else; hooks of the program around it
 * run first, and errors that those raise with a 4xx status go to that program's own error handler.
 * Rejects with `config-invalid` when the token is empty or cannot be sent in a header.
 */
export const adminPlugin: FastifyPluginAsync<AdminOptions> = async (app, { weir, token, log = app.log, bodyLimit = 16 * 1024 * 1024 }) => {
  const present = typeof token === 'string' ? () => token : token
  if (present !== undefined) checkToken(present())
  const checkBearer = present === undefined ? undefined : bearerCheck(present)
  const base = app.prefix
  const { routes } = api({ base, token: token !== undefined })
  const paths = new PathChoices(routes)
  const streams = new Set<EventStream>()
  /** The error that a request ended with, for the line in the log. */
  const failures = new WeakMap<FastifyRequest, WeirError>()

  app.removeAllContentTypeParsers()
  app.addContentTypeParser(LINES, { parseAs: 'buffer', bodyLimit }, (_request, body, done) => { done(null, body) })
  app.addContentTypeParser([...jsonTypes], { parseAs: 'buffer', bodyLimit }, jsonBody(app, request => (request.routeOptions.config as RouteConfig).maxValues ?? MAX_VALUES))

  app.addHook('onRequest', async (request, reply) => {
    // Nothing here may be kept by a cache on the way or shown as anything but what it is.
    reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
    if (isForEverybody(request.routeOptions.config)) return
    const { headers } = request
    if (checkBearer === undefined) {
      const host = headers.host ?? headers[':authority']
      checkLocal({ peer: request.socket.remoteAddress, host: typeof host === 'string' ? host : undefined, origin: headers.origin })
    } else {
      checkBearer(headers.authorization)
    }
  })

  app.setErrorHandler((thrown, request, reply) => {
    const error = toWeirError(thrown)
    if (error === undefined) throw thrown
    failures.set(request, error)
    if (error.status >= 500) log.error({ err: error.code === 'internal' ? error.cause ?? error : error, method: request.method, path: pathOf(request) }, 'API request failed')
    addHeaders(error, request, reply)
    return reply.code(error.status).type('application/problem+json').send(JSON.stringify(toProblem(worded(error, request), base)))
  })

  // A stream ends only when its reader leaves; a stopping server would wait for it.
  app.addHook('preClose', async () => { for (const stream of streams) stream.end() })

  for (const route of routes) {
    app.route({
      method: route.method,
      url: `/v1${route.path}`,
      bodyLimit,
      config: { maxValues: route.body?.maxValues, lines: route.body?.mediaTypes.includes(LINES) === true } satisfies RouteConfig,
      exposeHeadRoute: true,
      handler: (request, reply) => answer(route, request, reply, request.params as Record<string, string>),
      ...route.write === undefined ? {} : { onResponse: (request, reply, done) => { writeDone(route, request, reply); done() } }
    })
  }

  addMetrics(app, weir)
  addProbes(app, weir)

  // A route like any other, not a 404 handler: a program may have set its own for the prefix that the plugin is mounted under.
  for (const url of ['/v1', '/v1/*']) app.route({ method: app.supportedMethods, url, bodyLimit, exposeHeadRoute: false, onRequest: refuseUnknown, handler: answerLongName })

  /** Before a body is read: its content type is of no interest when the path is wrong. */
  async function refuseUnknown (request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const path = pathOf(request)
    const { routes } = paths.find(path)
    if (routes.size === 0) throw new WeirError('not-found', paths.explain(path))
    if (routes.has(methodOf(request))) return
    const allow = [...routes.keys()].flatMap(method => method === 'GET' ? ['GET', 'HEAD'] : [method])
    reply.header('allow', allow.join(', '))
    throw new WeirError('method-not-allowed', `${request.method} is not supported by /v1${path}; there are: ${describeChoices(allow)}`)
  }

  /** Only a name longer than the program's `routerOptions.maxParamLength` (100 by default) comes here: Fastify's router passes over the route it belongs to. */
  async function answerLongName (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { routes, params } = paths.find(pathOf(request))
    const route = routes.get(methodOf(request))!
    if (route.write !== undefined) reply.raw.once('finish', () => writeDone(route, request, reply, params))
    return answer(route, request, reply, params)
  }

  async function answer (route: Route, request: FastifyRequest, reply: FastifyReply, params: Readonly<Record<string, string>>): Promise<FastifyReply> {
    checkBodyType(route, request)
    const { headers } = request
    const { status, body, stream, lines, etag, location } = await route.handle({
      weir,
      base,
      params,
      query: parseQuery(route.query, searchOf(request)) as never,
      body: request.body,
      ifMatch: headers['if-match'],
      ifNoneMatch: headers['if-none-match']
    })
    reply.code(status)
    if (etag !== undefined) reply.header('etag', etag)
    if (location !== undefined) reply.header('location', location)
    if (stream !== undefined && (body === undefined || acceptsStream(request))) return sendStream(stream, request, reply)
    if (lines !== undefined) return sendLines(lines, request, reply)
    // Text, so that a serializer of the program around the plugin has nothing to change.
    return body === undefined ? reply.send() : reply.type('application/json').send(JSON.stringify(body))
  }

  function sendLines (lines: Readable, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    reply.type('application/x-ndjson')
    if (request.method !== 'HEAD') return reply.send(lines)
    lines.destroy()
    return reply.send()
  }

  function sendStream (subscribe: Subscribe, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    reply.type('text/event-stream')
    if (request.method === 'HEAD') return reply.send()
    const stream = new EventStream(subscribe)
    streams.add(stream)
    stream.once('close', () => { streams.delete(stream) })
    return reply.send(stream)
  }

  function writeDone (route: Route, request: FastifyRequest, reply: FastifyReply, params = request.params as Record<string, string>): void {
    logWrite(log, { route, who: request.ip, params, body: request.body, status: reply.statusCode, code: failures.get(request)?.code ?? 'ok' })
  }

  /** Path below `/v1`, undecoded, without the query. */
  function pathOf (request: FastifyRequest): string {
    const path = request.url.split('?', 1)[0]!
    return path.slice(path.indexOf('/v1', base.length) + '/v1'.length)
  }
}

const searchOf = ({ url }: FastifyRequest): string => url.includes('?') ? url.slice(url.indexOf('?') + 1) : ''

const acceptsStream = ({ headers }: FastifyRequest): boolean => headers.accept?.includes('text/event-stream') === true

const methodOf = ({ method }: FastifyRequest): Method => method === 'HEAD' ? 'GET' : method as Method

/** The parsers take both media types; only a patch takes a merge patch. */
const checkBodyType = ({ body }: Route, request: FastifyRequest): void => {
  if (body === undefined || request.body === undefined) return
  const type = mediaTypeOf(request)
  if (!body.mediaTypes.some(choice => choice === type)) throw new WeirError('media-type-unsupported', `content type '${type}' is not taken here; there are: ${describeChoices(body.mediaTypes)}`)
}

const mediaTypeOf = (request: FastifyRequest): string => (request.headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase()

/** Headers that HTTP wants beside a status. */
const addHeaders = (error: WeirError, request: FastifyRequest, reply: FastifyReply): void => {
  if (error.code === 'unauthorized') reply.header('www-authenticate', 'Bearer realm="weir"')
  if (error.code === 'media-type-unsupported') reply.header('accept', takenBy(request).join(', '))
  if (error.code === 'worker-unavailable') reply.header('retry-after', '1')
}

/** Returns Fastify's refusal of a body, worded like every other error. */
const worded = (error: WeirError, request: FastifyRequest): WeirError => {
  const { code } = (error.cause ?? {}) as { code?: string }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    const type = mediaTypeOf(request)
    return new WeirError(error.code, `${type === '' ? 'a body without a content type' : `content type '${type}'`} is not taken; there are: ${describeChoices(takenBy(request))}`)
  }
  return error
}

