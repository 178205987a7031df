import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http'
import type { CloseReason } from '@weirlb/model'
import type { Dispatcher } from 'undici'
import type { ClientFacts, HttpFacts } from '../../client-facts.ts'
import { wheel, WheelTimer } from '../../timers/wheel.ts'
import { editHeaders, hasHeader, removeHeader, requestHeaders, responseHeaders } from './forwarded-headers.ts'
import { settable } from './refuse.ts'
import type {
  ExchangeEvents,
  GivenResponse,
  HeaderEdits,
  HttpExchange,
  RefusalResponse,
  RequestLane,
  RequestTarget
} from '../exchange.ts'
import { Unreachable } from './http-origin.ts'
import { PeekedBody } from './peeked-body.ts'
import { pathOf } from './request-fault.ts'

const EXCHANGE = Symbol('exchange')
type ExchangeResponse = ServerResponse & { [EXCHANGE]: ServerExchange }

/** An exchange's interface of its connection. */
export interface HttpConnection {
  readonly client: ClientFacts
  readonly secure: boolean
  /** Returns true if the connection is to be closed after this response. */
  endsWith (exchange: ServerExchange): boolean
  onExchangeOver (exchange: ServerExchange): void
}

/** Limits of requests. */
export interface RequestLimits {
  readonly maxBodyBytes: number
  /** Time in which nothing moves. */
  readonly timeoutMs: number
}

/** Statuses of what goes wrong at a server, by undici's code. */
const timeouts: ReadonlySet<string> = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])
/** Requests that may be sent twice when a connection was closed under them (RFC 9110 §9.2.2). */
const safe: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Bytes of a line. undici reads a reason as UTF-8, whose other letters would become ends of lines, or are refused by
 * Node.
 */
const LINE = /^[\t\x20-\x7e\x80-\xff]*$/

/** Returns the reason of a status as it is sent on; clients do not read it (RFC 9112 §4). */
const reasonPhrase = (status: number, text: string | undefined): string =>
  text !== undefined && LINE.test(text) ? text : STATUS_CODES[status] ?? ''

function onDrain (this: ExchangeResponse): void { this[EXCHANGE].onDrain() }
function onClose (this: ExchangeResponse): void { this[EXCHANGE].onClosed() }
// Most bodies are read together with their head. Sent with the body, the head costs no system call of its own.
const flushHead = (exchange: ServerExchange): void => { exchange.flushHead() }
const ignore = (): void => {}

/**
 * One request and its response, on their way between a client and a server. Bodies stream both ways: who takes nothing
 * stops the other.
 *
 *   begun ──► forwarded ──► head of the response ──► body ──► over
 *     │           └─ unreachable: forwarded to another
 *     └─ refused
 */
export class ServerExchange extends WheelTimer implements HttpExchange, Dispatcher.DispatchHandler {
  readonly path: string
  readonly #connection: HttpConnection
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #limits: RequestLimits
  readonly #hasBody: boolean
  /** The client waits for a word before it sends the body. */
  #expectsContinue: boolean
  #events: ExchangeEvents | undefined
  #controller: Dispatcher.DispatchController | undefined
  /** The connection that carries the request. */
  #lane: RequestLane | undefined
  /** Changes of the headers of the request, and of the response. */
  #requestEdits: HeaderEdits | undefined
  #responseEdits: HeaderEdits | undefined
  /** Set-Cookie headers that we add. */
  #cookies: readonly string[] | undefined
  #reason: CloseReason | undefined
  #detail = ''
  /** Bytes of the request's body that went to the server, and of the response's that came. */
  #sent = 0
  #bytes = 0
  #retried = false
  #moved = -1
  #over = false
  /** What was read of the body before it was forwarded. */
  #peeked: PeekedBody | undefined

  constructor (
    connection: HttpConnection,
    request: IncomingMessage,
    response: ServerResponse,
    expectsContinue: boolean,
    limits: RequestLimits
  ) {
    super()
    this.#connection = connection
    this.#request = request
    this.#response = response
    this.#limits = limits
    this.#expectsContinue = expectsContinue
    this.path = pathOf(request)
    this.#hasBody = request.headers['transfer-encoding'] !== undefined ||
      Number(request.headers['content-length'] ?? 0) > 0
    ;(response as ExchangeResponse)[EXCHANGE] = this
    response.on('drain', onDrain)
    response.on('close', onClose)
    // Without a listener the loss of a client would be an error of the process.
    request.on('error', ignore)
    wheel.arm(this, limits.timeoutMs)
  }

  get client (): ClientFacts { return this.#connection.client }
  get method (): string { return this.#request.method ?? '' }
  get host (): string { return this.#request.headers.host ?? '' }
  get headers (): HttpFacts['headers'] { return this.#request.headers as HttpFacts['headers'] }
  get httpVersion (): string { return this.#request.httpVersion }
  get rawHeaders (): readonly string[] { return this.#request.rawHeaders }
  get secure (): boolean { return this.#connection.secure }

  /** Set the receiver of the events; it is called with those that have happened meanwhile. */
  begin (events: ExchangeEvents): void {
    this.#events = events
    if (Number(this.#request.headers['content-length'] ?? 0) > this.#limits.maxBodyBytes)
      this.refuse(413, 'protocol-error', `the body is larger than ${this.#limits.maxBodyBytes} bytes`)
  }

  /** True once it is answered, or its client is gone. */
  get over (): boolean { return this.#over || this.#response.writableEnded || this.#response.destroyed }

  /** Read up to `limit` bytes of the body, which are forwarded later. */
  peek (limit: number, done: (body: Uint8Array | 'full' | undefined) => void): void {
    if (!this.#hasBody || limit === 0) return done(undefined)
    this.#continue()
    this.#peeked = new PeekedBody(this.#request, limit, body => { if (!this.over) done(body) })
  }

  /** Ask for the body, where the client waits to be asked. */
  #continue (): void {
    if (!this.#expectsContinue) return
    this.#expectsContinue = false
    this.#response.writeContinue()
  }

  /** Send it to a server. */
  forward (target: RequestTarget, cookies?: readonly string[]): void {
    if (this.over) return
    this.#cookies = cookies
    this.#continue()
    const { address } = this.client
    const { timeoutMs } = this.#limits
    const { headers } = this.#request
    // Only announced ones: whether there are others is known when the body has gone.
    const behind = headers.trailer !== undefined && headers['transfer-encoding'] !== undefined &&
      this.#peeked === undefined
    const lane = behind ? undefined : target.lane()
    this.#lane = lane
    ;(lane ?? target.trailers).dispatch({
      method: this.method,
      path: this.path,
      headers: editHeaders(
        requestHeaders(this.#request, { address, secure: this.secure, host: this.host }),
        this.#requestEdits
      ),
      body: this.#hasBody ? this.#peeked?.whole() ?? this.#request : null,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs
    }, this)
  }

  /** Answer it with a status of our own. `reason`: the counted outcome. */
  refuse (
    status: number,
    reason: CloseReason,
    why: string,
    detail = why,
    given?: RefusalResponse,
    retryAfterSeconds?: number
  ): void {
    if (this.over) return
    this.#reason ??= reason
    this.#detail ||= detail
    const body = given?.body ?? `${why}\n`
    const response = this.#response
    // An unread body would be read forever, or taken for the next request.
    if (!this.#request.complete || this.#connection.endsWith(this)) response.shouldKeepAlive = false
    const behind = [...(given?.headers ?? []).flat(), ...retryAfterSeconds === undefined ? [] : ['Retry-After', String(retryAfterSeconds)]]
    response.writeHead(status, STATUS_CODES[status], ['Content-Type', `${given?.contentType ?? 'text/plain'}; charset=utf-8`, 'Content-Length', String(Buffer.byteLength(body)), ...behind])
    response.end(this.method === 'HEAD' ? undefined : body)
  }

  respond ({ reason, detail, status, headers, body }: GivenResponse): void {
    if (this.over) return
    this.#reason ??= reason
    this.#detail ||= detail
    const response = this.#response
    if (!this.#request.complete || this.#connection.endsWith(this)) response.shouldKeepAlive = false
    const bare = status === 204 || status === 304
    response.writeHead(status, STATUS_CODES[status] ?? '', [...settable(headers).flat(), ...bare ? [] : ['Content-Length', String(body.length)]])
    response.end(this.method === 'HEAD' || bare ? undefined : body)
  }

  change (
    { request, response }: { readonly request: HeaderEdits | undefined, readonly response: HeaderEdits | undefined }
  ): void {
    this.#requestEdits = request
    this.#responseEdits = response
  }

  cut (reason: CloseReason, why: string): void {
    if (this.#over) return
    this.#reason ??= reason
    this.#detail ||= why
    this.#request.socket.destroy()
  }

  // ── the server's side ────────────────────────────────────────────────────

  onRequestStart (controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.over) controller.abort(new Error('the client is gone'))
  }

  onBodySent (chunk: Buffer | string): void {
    this.#sent += chunk.length
    if (this.#sent <= this.#limits.maxBodyBytes || this.#reason !== undefined) return
    this.refuse(413, 'protocol-error', `the body is larger than ${this.#limits.maxBodyBytes} bytes`)
    this.#controller?.abort(new Error('the body is too large'))
  }

  onResponseStart (
    controller: Dispatcher.DispatchController,
    status: number,
    _headers: unknown,
    statusMessage?: string
  ): void {
    const response = this.#response
    if (response.headersSent) return
    // Parsers read any three digits (RFC 9110 §15).
    if (status < 100) {
      controller.abort(new Error(`status ${status} of the server is none`))
      return
    }
    const headers = responseHeaders(controller.rawHeaders as readonly Buffer[])
    if (status < 200) {
      this.#inform(status, reasonPhrase(status, statusMessage), headers)
      return
    }
    this.#events?.onAnswered(status)
    // Node throws for an announcement in front of a body without chunks, which has no trailers.
    if (
      this.#request.httpVersion === '1.0' || this.method === 'HEAD' || status === 204 || status === 304 ||
      hasHeader(headers, 'content-length')
    ) removeHeader(headers, 'trailer')
    // It says the length of a body that there is not (RFC 9110 §8.6).
    if (status === 204) removeHeader(headers, 'content-length')
    if (this.#responseEdits !== undefined) editHeaders(headers, this.#responseEdits)
    if (this.#cookies !== undefined) for (const cookie of this.#cookies) headers.push('Set-Cookie', cookie)
    if (this.#connection.endsWith(this)) response.shouldKeepAlive = false
    response.writeHead(status, reasonPhrase(status, statusMessage), headers)
    process.nextTick(flushHead, this)
  }

  /**
   * Pass an interim response on, as Early Hints (RFC 9110 §15.2). Lost where it cannot be sent now: the client reads
   * nothing, or another response comes first.
   */
  #inform (status: number, text: string, headers: string[]): void {
    const { socket } = this.#response
    if (
      this.#request.httpVersion === '1.0' || status === 100 || socket === null || !socket.writable ||
      socket.writableNeedDrain
    ) return
    // It has no body (RFC 9110 §8.6).
    removeHeader(headers, 'content-length')
    const lines = Array.from({ length: headers.length / 2 }, (_, i) => `${headers[2 * i]!}: ${headers[2 * i + 1]!}\r\n`)
    // Node can write only some of them itself, and checks their headers.
    socket.write(`HTTP/1.1 ${status} ${text}\r\n${lines.join('')}\r\n`, 'latin1')
  }

  /** Send a head that came without a part of its body. */
  flushHead (): void {
    if (this.#bytes === 0 && !this.over) this.#response.flushHeaders()
  }

  onResponseData (controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length
    if (!this.#response.destroyed && !this.#response.write(chunk)) controller.pause()
  }

  onResponseEnd (controller: Dispatcher.DispatchController): void {
    const raw = (controller.rawTrailers ?? []) as readonly Buffer[]
    if (raw.length > 0) {
      const flat = responseHeaders(raw)
      this.#response.addTrailers(
        Array.from({ length: flat.length / 2 }, (_, i): [string, string] => [flat[2 * i]!, flat[2 * i + 1]!])
      )
    }
    this.#response.end()
    const lane = this.#lane
    this.#lane = undefined
    lane?.release()
  }

  onResponseError (
    _controller: Dispatcher.DispatchController | undefined,
    error: Error & { readonly code?: string }
  ): void {
    this.#controller = undefined
    const lane = this.#lane
    this.#lane = undefined
    lane?.drop()
    if (this.over) return
    if (error instanceof Unreachable) {
      this.#events?.onUnreachable(error.link)
      return
    }
    if (this.#response.headersSent) {
      this.#fail('server-reset', error.message)
      return
    }
    if (!this.#retried && !this.#hasBody && safe.has(this.method) && !timeouts.has(error.code ?? '')) {
      // A server may close an idle connection at the moment in which it is used again (RFC 9112 §9.3.1).
      this.#retried = true
      this.#events?.onUnreachable({ kind: 'reset', message: error.message })
    } else if (timeouts.has(error.code ?? '')) this.refuse(504, 'idle-timeout', 'the server did not answer in time')
    else {
      this.#detail = error.message
      this.refuse(502, 'server-reset', 'the server closed the connection, or its answer is no HTTP')
    }
  }

  // ── the client's side ────────────────────────────────────────────────────

  onDrain (): void { this.#controller?.resume() }

  onClosed (): void {
    if (this.#over) return
    this.#over = true
    this.#peeked?.letGo()
    wheel.cancel(this)
    const finished = this.#response.writableFinished
    if (!finished) this.#controller?.abort(new Error('the client is gone'))
    const reason = this.#reason ?? (finished ? undefined : 'client-reset')
    const { statusCode, headersSent } = this.#response
    this.#events?.onDone({ status: headersSent ? statusCode : 0, reason, detail: this.#detail, bytes: this.#bytes })
    this.#connection.onExchangeOver(this)
  }

  /** Everything of the request was read, so that another may follow it. */
  get complete (): boolean { return this.#request.complete }

  /** The client's side is stuck: it sends no more of the body, or reads no more of the response. */
  override onTimeout (): void {
    const { socket } = this.#request
    const moved = socket.bytesRead + socket.bytesWritten
    if (moved === this.#moved && (!this.#request.complete || this.#response.writableLength > 0)) {
      if (this.#response.headersSent) this.#fail('idle-timeout', 'the client took nothing')
      else {
        this.refuse(408, 'idle-timeout', 'the body of the request stopped')
        this.#controller?.abort(new Error('the body of the request stopped'))
      }
      return
    }
    this.#moved = moved
    wheel.arm(this, this.#limits.timeoutMs)
  }

  override onFault (error: unknown): void { this.#fail('internal-error', String(error)) }

  /** The response cannot continue: the end of the connection shows the client. */
  #fail (reason: CloseReason, detail: string): void {
    this.#reason ??= reason
    this.#detail ||= detail
    this.#response.destroy()
  }
}
