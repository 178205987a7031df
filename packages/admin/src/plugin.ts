import { describeChoices, WeirError } from '@weirlb/model'
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { followingChanges, permittingChanges, type Weir } from '@weirlb/core'
import { ApiTokens } from './access/api-tokens.ts'
import { Authenticator } from './access/authenticator.ts'
import { checkToken } from './access/bearer.ts'
import { FailedAttempts } from './access/failed-attempts.ts'
import type { Principal } from './access/principal.ts'
import { checkFiles } from './access/scopes.ts'
import { auditEvents } from './audit/audit-events.ts'
import { AuditTrail } from './audit/audit-trail.ts'
import { EventHistory } from './event-history.ts'
import { EventStream, type Subscribe } from './event-stream.ts'
import { jsonBody } from './json-body.ts'
import { PathChoices } from './path-choices.ts'
import { checkRole, checkScope } from './permissions.ts'
import { toProblem, toWeirError } from './problem.ts'
import { parseQuery } from './request-input.ts'
import type { Answer, Call, MediaType, Method, Route } from './route.ts'
import { allRoutes } from './routes.ts'
import { addMetrics, addProbes, isForEverybody } from './watch-routes.ts'
import { WriteRecord, type AdminLog, type WriteResult } from './write-record.ts'

/** Options of the plugin beside Fastify's `prefix`. */
export interface AdminOptions {
  readonly weir: Weir
  /**
   * Bearer token of the role `admin`: printable ASCII, not empty. A function is called for every request, so the token
   * can change while the API runs; the caller must check its value (`checkToken`). With it, every request must carry
   * this or a named token, apart from `/livez` and `/readyz`.
   */
  readonly token?: string | (() => string) | undefined
  /** Named tokens. Default: tokens that end with the process. */
  readonly tokens?: ApiTokens | undefined
  /**
   * Whether requests from this machine under a loopback name need no token; web pages of another origin always do.
   * Default: true without `token`.
   */
  readonly local?: boolean | undefined
  /**
   * Returns whom a connection itself shows: the peer of a Unix socket, the subject of a verified certificate;
   * undefined: nobody. May throw `unauthorized`.
   */
  readonly identify?: ((socket: Socket) => Principal | undefined) | undefined
  /** Where changes are recorded. Default: in memory. */
  readonly audit?: AuditTrail | undefined
  /** Logger for writes and internal errors. Default: the log of the Fastify instance. */
  readonly log?: AdminLog | undefined
  /**
   * Largest body in bytes. Default: 16 MiB, room for a configuration with the sources of its extensions. A body has
   * 500,000 values at most, that of one entity 50,000.
   */
  readonly bodyLimit?: number | undefined
}

/**
 * Values that the body of a request about one entity may have: twice as many as the largest that is of use. They are
 * checked in one go.
 */
const MAX_VALUES = 50_000

const jsonTypes: readonly MediaType[] = ['application/json', 'application/merge-patch+json']
const LINES: MediaType = 'application/x-ndjson'

/** Media types that the parsers take for a request. */
const takenBy = (request: FastifyRequest): readonly MediaType[] =>
  (request.routeOptions.config as RouteConfig).lines === true ? [LINES] : jsonTypes

/** What Fastify's route knows of ours. */
interface RouteConfig { readonly route?: Route, readonly maxValues?: number | undefined, readonly lines?: boolean }

/** Time for a client to read the end of a stream whose token was revoked. */
const LAST_READ_MS = 1000

/**
 * The REST API of Weir as a Fastify plugin. Mount it where you like: `app.register(adminPlugin, { prefix: '/weir', weir
 * })`.
 *
 * Everything it sets (error handler, body parsers, hooks) holds for its own routes, `<prefix>/v1` and below,
 * `/metrics`, `/livez` and `/readyz`, and nothing else; hooks of the program around it run first, and errors that those
 * raise with a 4xx status go to that program's own error handler. Rejects with `config-invalid` when the token is empty
 * or cannot be sent in a header.
 */
export const adminPlugin: FastifyPluginAsync<AdminOptions> = async (app, {
  weir,
  token,
  tokens = new ApiTokens(),
  local = token === undefined,
  identify,
  audit = new AuditTrail(),
  log = app.log,
  bodyLimit = 16 * 1024 * 1024
}) => {
  const present = typeof token === 'string' ? () => token : token
  if (present !== undefined) checkToken(present())
  const authenticator = new Authenticator({
    token: present,
    tokens,
    local,
    failures: new FailedAttempts(),
    onFailures: (from, count, { code, message }) => {
      void audit.record({ who: 'nobody', from, action: 'authenticate', code, detail: message, count })
    }
  })
  const base = app.prefix
  let described: object | undefined
  // The schemas of all responses, and their description, are loaded for the first who asks.
  const routes = allRoutes(async routes =>
    described ??= (await import('./openapi.ts')).openApi(routes, { base, token: token !== undefined })
  )
  const paths = new PathChoices(routes)
  const streams = new Set<EventStream>()
  const history = new EventHistory(weir)
  /** The error that a request ended with, for the line in the log. */
  const failures = new WeakMap<FastifyRequest, WeirError>()
  const principals = new WeakMap<FastifyRequest, Principal>()
  /** Requests that change something. */
  const writes = new WeakMap<FastifyRequest, WriteRecord>()

  app.removeAllContentTypeParsers()
  app.addContentTypeParser(LINES, { parseAs: 'buffer', bodyLimit }, (_request, body, done) => {
    done(null, body)
  })
  app.addContentTypeParser(
    [...jsonTypes],
    { parseAs: 'buffer', bodyLimit },
    jsonBody(app, request => (request.routeOptions.config as RouteConfig).maxValues ?? MAX_VALUES)
  )

  app.addHook('onRequest', async (request, reply) => {
    // Nothing here may be kept by a cache on the way or shown as anything but what it is.
    reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
    if (isForEverybody(request.routeOptions.config)) return
    const { route } = request.routeOptions.config as RouteConfig
    if (route?.write !== undefined)
      writes.set(request, new WriteRecord(route, request.params as Record<string, string>))
    const { headers, socket } = request
    const host = headers.host ?? headers[':authority']
    const principal = authenticator.principal({
      authorization: headers.authorization,
      from: fromOf(request),
      peer: socket.remoteAddress,
      host: typeof host === 'string' ? host : undefined,
      origin: headers.origin,
      identify: () => identify?.(socket)
    })
    principals.set(request, principal)
    if (route !== undefined) checkRole(principal, route)
  })

  // Before the response, so that what was answered is recorded.
  app.addHook('onSend', async (request, reply) => {
    const entry = writes.get(request)?.entry(resultOf(request, reply))
    if (entry === undefined) return
    await (entry.code === 'role-insufficient' || entry.code === 'outside-scope'
      ? audit.recordRefusal(entry)
      : audit.record(entry))
  })

  app.addHook('onResponse', (request, reply, done) => {
    writes.get(request)?.log(log, resultOf(request, reply))
    done()
  })

  app.setErrorHandler((thrown, request, reply) => {
    const error = toWeirError(thrown)
    if (error === undefined) throw thrown
    failures.set(request, error)
    if (error.status >= 500)
      log.error({
        err: error.code === 'internal' ? error.cause ?? error : error,
        method: request.method,
        path: pathOf(request)
      }, 'API request failed')
    addHeaders(error, request, reply)
    return reply.code(error.status).type('application/problem+json').send(
      JSON.stringify(toProblem(worded(error, request), base))
    )
  })

  const forgetEvents = auditEvents(weir, audit)
  app.addHook('onClose', async () => { forgetEvents() })

  // A stream ends only when its reader leaves; a stopping server would wait for it.
  app.addHook('preClose', async () => {
    for (const stream of streams) stream.end()
    history.close()
  })

  for (const route of routes) {
    app.route({
      method: route.method,
      url: `/v1${route.path}`,
      bodyLimit,
      config: {
        route,
        maxValues: route.body?.maxValues,
        lines: route.body?.mediaTypes.includes(LINES) === true
      } satisfies RouteConfig,
      exposeHeadRoute: true,
      handler: (request, reply) => answer(route, request, reply, request.params as Record<string, string>)
    })
  }

  addMetrics(app, weir)
  addProbes(app, weir)

  // A route like any other, not a 404 handler: a program may have set its own for the prefix that the plugin is mounted
  // under.
  for (const url of ['/v1', '/v1/*'])
    app.route({
      method: app.supportedMethods,
      url,
      bodyLimit,
      exposeHeadRoute: false,
      onRequest: refuseUnknown,
      handler: answerLongName
    })

  /** Before a body is read: its content type is of no interest when the path is wrong. */
  async function refuseUnknown (request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const path = pathOf(request)
    const { routes } = paths.find(path)
    if (routes.size === 0) throw new WeirError('not-found', paths.explain(path))
    if (routes.has(methodOf(request))) return
    const allow = [...routes.keys()].flatMap(method => method === 'GET' ? ['GET', 'HEAD'] : [method])
    reply.header('allow', allow.join(', '))
    throw new WeirError(
      'method-not-allowed',
      `${request.method} is not supported by /v1${path}; there are: ${describeChoices(allow)}`
    )
  }

  /**
   * Only a name longer than the program's `routerOptions.maxParamLength` (100 by default) comes here: Fastify's router
   * passes over the route it belongs to.
   */
  async function answerLongName (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { routes, params } = paths.find(pathOf(request))
    const route = routes.get(methodOf(request))!
    if (route.write !== undefined) writes.set(request, new WriteRecord(route, params))
    checkRole(principals.get(request)!, route)
    return answer(route, request, reply, params)
  }

  async function answer (
    route: Route,
    request: FastifyRequest,
    reply: FastifyReply,
    params: Readonly<Record<string, string>>
  ): Promise<FastifyReply> {
    checkBodyType(route, request)
    const { headers } = request
    const record = writes.get(request)
    const call: Call = {
      weir,
      base,
      params,
      query: parseQuery(route.query, searchOf(request)),
      body: request.body,
      ifMatch: headers['if-match'],
      ifNoneMatch: headers['if-none-match'],
      lastEventId: textOf(headers['last-event-id']),
      history,
      principal: principals.get(request)!,
      tokens,
      audit,
      note: record?.note ?? {}
    }
    await checkScope(route, call)
    const author = { via: route.tag === 'Commands' ? 'exec' : 'api', name: call.principal.who.slice(0, 256) } as const
    const handle = (): Answer | Promise<Answer> => weir.as(author, () => route.handle(call as never))
    const { principal } = call
    const run = principal.scopes === undefined ? handle : () =>
      permittingChanges((before, after) => {
        checkFiles(principal, before, after)
      }, handle)
    const { status, body, stream, lines, etag, location } = record === undefined
      ? await run()
      : await followingChanges(change => {
        record.applied(change)
      }, run)
    reply.code(status)
    if (etag !== undefined) reply.header('etag', etag)
    if (location !== undefined) reply.header('location', location)
    if (stream !== undefined && (body === undefined || acceptsStream(request)))
      return sendStream(stream, request, reply)
    if (lines !== undefined) return sendLines(lines, request, reply)
    // Text, so that a serializer of the program around the plugin has nothing to change.
    return body === undefined ? reply.send() : reply.type('application/json').send(JSON.stringify(body))
  }

  function sendLines (lines: Readable, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    reply.type('application/x-ndjson')
    if (request.method === 'HEAD') {
      lines.destroy()
      return reply.send()
    }
    endWith(request, lines, () => { lines.destroy() })
    return reply.send(lines)
  }

  function sendStream (subscribe: Subscribe, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    reply.type('text/event-stream')
    if (request.method === 'HEAD') return reply.send()
    const stream = new EventStream(subscribe)
    streams.add(stream)
    stream.once('close', () => { streams.delete(stream) })
    endWith(request, stream, () => {
      stream.send('ended', { reason: 'the token was revoked, replaced, or has expired' })
      stream.end()
      setTimeout(() => { stream.destroy() }, LAST_READ_MS).unref()
    })
    return reply.send(stream)
  }

  /** End a stream when what let its reader in ends. */
  function endWith (request: FastifyRequest, stream: Readable, end: () => void): void {
    const forget = principals.get(request)?.onEnd?.(end)
    if (forget !== undefined) stream.once('close', forget)
  }

  function resultOf (request: FastifyRequest, reply: FastifyReply): WriteResult {
    const failure = failures.get(request)
    const reason = failure?.code === 'role-insufficient' || failure?.code === 'outside-scope'
      ? failure.message
      : undefined
    return {
      from: fromOf(request),
      principal: principals.get(request),
      body: request.body,
      status: reply.statusCode,
      code: failure?.code ?? (reply.statusCode < 400 ? 'ok' : 'forbidden'),
      reason
    }
  }

  /** Path below `/v1`, undecoded, without the query. */
  function pathOf (request: FastifyRequest): string {
    const path = request.url.split('?', 1)[0]!
    return path.slice(path.indexOf('/v1', base.length) + '/v1'.length)
  }
}

/** A Unix socket has no address. */
const fromOf = ({ ip }: FastifyRequest): string => ip as string | undefined || 'socket'

const searchOf = ({ url }: FastifyRequest): string => url.includes('?') ? url.slice(url.indexOf('?') + 1) : ''

const acceptsStream = ({ headers }: FastifyRequest): boolean => headers.accept?.includes('text/event-stream') === true

const textOf = (header: string | string[] | undefined): string | undefined => Array.isArray(header) ? header[0] : header

const methodOf = ({ method }: FastifyRequest): Method => method === 'HEAD' ? 'GET' : method as Method

/** The parsers take both media types; only a patch takes a merge patch. */
const checkBodyType = ({ body }: Route, request: FastifyRequest): void => {
  if (body === undefined || request.body === undefined) return
  const type = mediaTypeOf(request)
  if (!body.mediaTypes.some(choice => choice === type))
    throw new WeirError(
      'media-type-unsupported',
      `content type '${type}' is not taken here; there are: ${describeChoices(body.mediaTypes)}`
    )
}

const mediaTypeOf = (request: FastifyRequest): string =>
  (request.headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase()

/** Headers that HTTP wants beside a status. */
const addHeaders = (error: WeirError, request: FastifyRequest, reply: FastifyReply): void => {
  if (error.code === 'unauthorized') reply.header('www-authenticate', 'Bearer realm="weir"')
  if (error.code === 'media-type-unsupported') reply.header('accept', takenBy(request).join(', '))
  if (error.code === 'worker-unavailable' || error.code === 'authentication-throttled')
    reply.header(
      'retry-after',
      String((error.cause as { readonly retryAfterSeconds?: number } | undefined)?.retryAfterSeconds ?? 1)
    )
}

/** Returns Fastify's refusal of a body, worded like every other error. */
const worded = (error: WeirError, request: FastifyRequest): WeirError => {
  const { code } = (error.cause ?? {}) as { code?: string }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    const type = mediaTypeOf(request)
    return new WeirError(
      error.code,
      `${type === '' ? 'a body without a content type' : `content type '${type}'`} is not taken; there are: ${
        describeChoices(takenBy(request))
      }`
    )
  }
  return error
}

