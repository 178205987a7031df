import { createHash } from 'node:crypto'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { readSiteFile, type SentFile } from './site-files.ts'

/** Options of the plugin beside Fastify's `prefix`. */
export interface ConsoleOptions {
  /**
   * Called for each request. Throws what the client is refused with: its `status` and its message. The files hold no
   * secret, and all that they show comes from the API, which decides for itself.
   */
  readonly check?: ((request: FastifyRequest) => void) | undefined
}

/**
 * Nothing from elsewhere, nothing inline, no frame around it, and no text that becomes code (CSP Level 3, Trusted
 * Types).
 */
const policy = [
  "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
  "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'"
].join('; ')

const headers = {
  'content-security-policy': policy,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  vary: 'accept-encoding'
} as const

/**
 * The web console of Weir as a Fastify plugin: static files. Mount it under the same prefix as the API, whose `/v1` the
 * page calls: `app.register(consolePlugin, { prefix: '/weir' })`.
 */
export const consolePlugin: FastifyPluginAsync<ConsoleOptions> = async (app, { check }) => {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(headers)
    check?.(request)
  })

  app.setErrorHandler((error: Error & { readonly status?: number }, _request, reply) =>
    refuse(reply, error.status ?? 500, error.message)
  )

  app.get('/', async (request, reply) => {
    const [path = '', query] = request.url.split('?', 2)
    // The files of the page are found below it.
    if (!path.endsWith('/')) return await reply.redirect(`${path}/${query === undefined ? '' : `?${query}`}`, 308)
    const page = await readSiteFile('', 'index.html', acceptedBy(request))
    if (page === undefined) return refuse(reply, 503, 'the console is not built; run: npm run setup')
    const etag = `"${createHash('sha256').update(page.content).digest('base64url').slice(0, 22)}"`
    reply.headers({ 'cache-control': 'no-cache', etag })
    return request.headers['if-none-match'] === etag ? await reply.code(304).send() : send(reply, page)
  })

  app.get<{ Params: { name: string } }>('/assets/:name', async (request, reply) => {
    const file = await readSiteFile('assets', request.params.name, acceptedBy(request))
    // Its name has a hash of its content.
    return file === undefined
      ? refuse(reply, 404, 'the console has no such file')
      : send(reply.header('cache-control', 'public, max-age=31536000, immutable'), file)
  })
}

const acceptedBy = ({ headers: { 'accept-encoding': accept } }: FastifyRequest): string | undefined =>
  Array.isArray(accept) ? accept.join() : accept

const send = (reply: FastifyReply, { type, encoding, content }: SentFile): FastifyReply => {
  if (encoding !== undefined) reply.header('content-encoding', encoding)
  return reply.type(type).send(content)
}

const refuse = (reply: FastifyReply, status: number, message: string): FastifyReply =>
  reply.code(status).header('cache-control', 'no-store').type('text/plain; charset=utf-8').send(`${message}\n`)
