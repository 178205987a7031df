import type { CloseReason, ServiceFailure } from '@weirlb/model'
import {
  type ClientFacts,
  type ExchangeEvents,
  type ExchangeOutcome,
  type HttpExchange,
  isChallengePath,
  type LinkError,
  type RefusalResponse,
  type Transport,
  wheel,
  WheelTimer
} from '@weirlb/link'
import type { Affinity } from '../balancing/affinity.ts'
import type { Balancer, Known, Placement, Queued } from '../balancing/balancer.ts'
import type { Keeping } from '../balancing/keeping.ts'
import type { Marked } from '../balancing/marks.ts'
import type { ServiceRuntime } from '../balancing/service.ts'
import { clientView } from '../client-view.ts'
import { type FunctionOutcome, passes } from '../edge/outcome.ts'
import type { EndRecord, RecordSink } from '../life-record.ts'
import type { Refusal } from '../gate/gate.ts'
import type { RequestInspection } from '../gate/request-inspection.ts'
import { hostOf, type RuledRequest } from '../gate/rule-subject.ts'
import type { RuleMatches } from '../gate/rule-watch.ts'
import { type Log, reportFault } from '../log.ts'

/** A request's interface of its vserver. */
export interface HttpEntrance {
  readonly name: string
  readonly transport: Transport
  readonly log: Log
  /** Takes the records of requests beside the log. */
  readonly records: RecordSink | undefined
  readonly logsRequests: boolean
  onServiceFailed (service: string, failure: ServiceFailure, message: string): void
  /** Inspects requests; undefined: they are not. */
  readonly inspection: RequestInspection | undefined
  readonly ruleMatches: RuleMatches
  /** What a challenged client gets. */
  challenge (client: ClientFacts, request: RuledRequest): RefusalResponse
  /** The response to the endpoint of challenges. */
  challengeAnswer(
    client: ClientFacts,
    request: RuledRequest
  ): { readonly status: number, readonly response: RefusalResponse }
  /** Why a client may not have this request served, if it may not. */
  requestRefusal (client: ClientFacts, request: RuledRequest, matches?: RuleMatches): Refusal | undefined
  /** What an edge function decides on a request that may be served; undefined: none is asked, and it passes. */
  decision (client: ClientFacts, request: RuledRequest): Promise<FunctionOutcome> | undefined
  /** A server has begun to answer a request, so long after it was placed. */
  onFirstReply (ms: number): void
  /** A server has answered with this status. */
  onResponse (client: ClientFacts, request: RuledRequest, status: number): void
  onRequestBegun (request: HttpRequest): void
  onRequestDone (request: HttpRequest, reason: CloseReason | undefined): void
}

/** Statuses of what a gate refuses. */
const refusalStatus = (reason: CloseReason): number => reason === 'limit' ? 503 : reason === 'rate-limit' ? 429 : 403

/**
 * One HTTP request on its way to a service of an LB vserver. No extension sees it, so that its client is known by an
 * address, a header or a cookie.
 *
 *   begin ──► gate ──► edge function ──► LB vserver ──► service ──► forwarded ──► done
 *                                            ▲                          │
 *                                            └──── the next service ────┘ unreachable
 */
export class HttpRequest extends WheelTimer implements Placement, Marked, ExchangeEvents {
  readonly token = undefined
  readonly session = undefined
  readonly published = undefined
  tried: readonly ServiceRuntime[] = []
  asking: Balancer | undefined
  proposal: ServiceRuntime | undefined
  queued: Queued | undefined = undefined
  stray: string | undefined
  anyHealth = false
  affinity: Affinity | undefined = undefined
  keeping: Keeping | undefined = undefined
  key: string | undefined = undefined
  known: Known | undefined = undefined
  readonly entrance: HttpEntrance
  readonly #route: Balancer | undefined
  /** The LB vserver that chose the last service. */
  #lb: Balancer | undefined
  readonly #exchange: HttpExchange
  readonly #since = performance.now()
  /** When the last service was sent it. */
  #askedAt = 0
  #service: ServiceRuntime | undefined
  /** The entry of its client is held and must be released. */
  #held = false
  /** Set-Cookie headers by cookie. */
  #cookies: Map<string, string> | undefined
  #over = false
  /** The head of its response has come. */
  #begun = false
  /** The service of the last attempt, for the log. */
  #asked: string | undefined
  /** Why its time is limited, if it is. */
  #leaving: CloseReason | undefined

  /** `route`: undefined where requests are not served any more, to a client that was connected before. */
  constructor (entrance: HttpEntrance, route: Balancer | undefined, exchange: HttpExchange) {
    super()
    this.entrance = entrance
    this.#route = route
    this.#exchange = exchange
  }

  get route (): Balancer { return this.#route! }
  get client (): ClientFacts { return this.#exchange.client }
  get headers (): HttpExchange['headers'] { return this.#exchange.headers }
  get marked (): this { return this }
  get overTls (): boolean { return this.#exchange.secure }

  get over (): boolean { return this.#exchange.over }
  get clientEnded (): boolean { return this.over }
  onPlacementFault (error: unknown): void {
    this.#failed(error)
  }

  begin (): void {
    try { this.#begin() } catch (error) { this.#failed(error) }
  }

  #begin (): void {
    const exchange = this.#exchange
    this.entrance.onRequestBegun(this)
    exchange.begin(this)
    if (exchange.over) return
    const request = this.#ruled
    const refusal = this.entrance.requestRefusal(this.client, request)
    if (isChallengePath(exchange.path) && (refusal === undefined || refusal.challenge === true)) {
      const { status, response } = this.entrance.challengeAnswer(this.client, request)
      exchange.refuse(status, 'challenged', '', 'the endpoint of challenges', response)
      return
    }
    if (refusal !== undefined) this.#refuse(refusal, request)
    else if (this.entrance.inspection?.looksAt(this.client, request) === true)
      this.#inspect(this.entrance.inspection, request)
    else this.#askFunction(request)
  }

  #refuse ({ reason, detail, response, challenge, retryAfterSeconds }: Refusal, request: RuledRequest): void {
    const exchange = this.#exchange
    if (challenge === true) exchange.refuse(403, reason, '', detail, this.entrance.challenge(this.client, request))
    else exchange.refuse(
        response?.status ?? refusalStatus(reason),
        reason,
        'this client may not be served',
        detail,
        response,
        retryAfterSeconds
      )
  }

  #inspect (inspection: RequestInspection, request: RuledRequest): void {
    this.#exchange.peek(inspection.bodyBytes, body => {
      try {
        inspection.inspect(this.client, request, body, refusal => { this.#inspected(refusal, request) })
      } catch (error) {
        this.#failed(error)
      }
    })
  }

  #inspected (refusal: Refusal | undefined, request: RuledRequest): void {
    // Its client may have gone meanwhile.
    if (this.#over || this.#exchange.over) return
    try {
      if (refusal === undefined) this.#askFunction(request)
      else this.#refuse(refusal, request)
    } catch (error) {
      this.#failed(error)
    }
  }

  #askFunction (request: RuledRequest): void {
    const decision = this.entrance.decision(this.client, request)
    if (decision === undefined) this.#pick()
    else void decision.then(this.#decided)
  }

  /** The request as rules see it. */
  get #ruled (): RuledRequest {
    const { method, path, host, secure, httpVersion, headers, rawHeaders } = this.#exchange
    return {
      method,
      path,
      host: host === '' ? undefined : hostOf(host),
      secure,
      upgrade: false,
      httpVersion,
      headers,
      rawHeaders
    }
  }

  /** An edge function has decided. */
  readonly #decided = (outcome: FunctionOutcome): void => {
    const exchange = this.#exchange
    if (this.#over || exchange.over) return
    try {
      if (outcome.kind === 'respond') exchange.respond(outcome)
      else {
        if (outcome !== passes) exchange.change(outcome)
        this.#pick()
      }
    } catch (error) {
      this.#failed(error)
    }
  }

  /** Whether it is at this service. */
  uses (service: ServiceRuntime): boolean { return this.#service === service }

  /** It has this time to end by itself. */
  leaveWithin (ms: number, reason: CloseReason): void {
    if (this.#leaving !== undefined) return
    this.#leaving = reason
    wheel.arm(this, ms)
  }

  /** End it now. */
  cut (reason: CloseReason): void { this.#exchange.cut(reason, 'the request was cut') }

  override onTimeout (): void { this.cut(this.#leaving!) }
  override onFault (error: unknown): void { this.#failed(error) }

  #pick (): void {
    if (this.#route === undefined) this.#exchange.refuse(503, 'no-service', 'requests are not served here any more')
    else this.#route.pick(this)
  }

  onMarked (cookie: string, header: string | undefined): void {
    if (header === undefined) this.#cookies?.delete(cookie)
    else (this.#cookies ??= new Map()).set(cookie, header)
  }

  onPlaced (lb: Balancer, service: ServiceRuntime, held: boolean): void {
    this.#lb = lb
    this.#held = held
    this.#service = service
    this.#asked = service.name
    service.enter(false)
    service.established()
    service.stats.messages++
    this.#askedAt = performance.now()
    const cookies = this.#cookies
    this.#exchange.forward(
      service.origin(this.entrance.transport),
      cookies === undefined ? undefined : [...cookies.values()]
    )
  }

  /** The session directory has looked its entry up. */
  onFound (service: string | undefined): void {
    const lb = this.asking
    this.asking = undefined
    if (lb === undefined || this.#over) return
    try {
      lb.found(this, service)
    } catch (error) {
      this.#failed(error)
    }
  }

  onNoService (reason: 'no-service' | 'limit'): void {
    this.#leavePool()
    if (this.tried.length > 0) this.#exchange.refuse(502, 'dial-failed', 'no server could be reached')
    else this.#exchange.refuse(503, reason, 'no server can take the request now')
  }

  /** The session directory has answered. If the request is over by then, the entry is released. */
  onClaimed (service: string, hit: boolean): void {
    const lb = this.asking
    this.asking = undefined
    if (lb === undefined) return
    try {
      if (this.#over) {
        lb.unpropose(this, true)
        this.keeping!.release(this.key!)
        this.#leavePool()
      } else lb.claimed(this, service, hit)
    } catch (error) {
      this.#failed(error)
    }
  }

  /** A fault of Weir, in whatever called: the request ends alone. */
  #failed (error: unknown): void {
    reportFault(this.entrance.log, this.entrance.name, error, 'internal error of a request')
    try {
      this.cut('internal-error')
    } catch (again) {
      reportFault(this.entrance.log, this.entrance.name, again, 'internal error at the end of a request')
    }
  }

  onUnreachable (error: LinkError): void {
    try { this.#unreachable(error) } catch (fault) { this.#failed(fault) }
  }

  #unreachable ({ kind, message }: LinkError): void {
    const service = this.#service!
    this.#leave()
    // They name this service, and perhaps a pool that another takes the place of.
    this.#cookies?.clear()
    // A reused connection that was closed shows nothing about the server.
    if (kind === 'reset') service.stats.resent++
    else {
      service.dialFailed(performance.now())
      this.entrance.log.warn({ userVserver: this.entrance.name, service: service.name, detail: message }, 'dial failed')
      this.entrance.onServiceFailed(service.name, 'dial-failed', message)
      this.tried = [...this.tried, service]
    }
    this.#pick()
  }

  onAnswered (status: number): void {
    try { this.#answered(status) } catch (error) { this.#failed(error) }
  }

  #answered (status: number): void {
    const service = this.#service
    if (service === undefined) return
    const now = performance.now()
    this.#begun = true
    service.onFirstReply(now - this.#askedAt)
    this.entrance.onFirstReply(now - this.#askedAt)
    this.entrance.onResponse(this.client, this.#ruled, status)
    // Statuses of a server that cannot serve (RFC 9110 §15.6).
    if (status >= 502 && status <= 504) service.refused(now)
  }

  onDone (outcome: ExchangeOutcome): void {
    this.#over = true
    wheel.cancel(this)
    const { entrance } = this
    // Even if this throws, the request counts as open no longer.
    try {
      if (outcome.reason === 'server-reset' && !this.#begun && this.#service !== undefined)
        entrance.onServiceFailed(this.#service.name, 'closed', outcome.detail)
      try {
        this.#leave()
      } finally {
        entrance.onRequestDone(this, outcome.reason)
      }
      if (entrance.logsRequests) this.#log(outcome)
    } catch (error) {
      reportFault(entrance.log, entrance.name, error, 'internal error at the end of a request')
    }
  }

  #log ({ status, reason, detail, bytes }: ExchangeOutcome): void {
    const { entrance } = this
    const { client, method, path } = this.#exchange
    const record: EndRecord = {
      userVserver: entrance.name,
      lbVserver: this.#lb?.name,
      service: this.#asked,
      ...clientView(client),
      method,
      // A query may hold a secret.
      path: path.split('?', 1)[0],
      status,
      reason,
      detail: detail === '' ? undefined : detail,
      bytesOut: bytes,
      durationMs: Math.round(performance.now() - this.#since)
    }
    entrance.log.info(record, 'request')
    if (entrance.records?.wantsEnds === true) entrance.records.onEnd('request', record)
  }

  #leavePool (): void {
    this.affinity?.letGo()
    this.affinity = undefined
    this.queued?.quit()
  }

  #leave (): void {
    this.#leavePool()
    if (this.#held) {
      this.#held = false
      this.keeping!.release(this.key!)
    }
    const service = this.#service
    if (service === undefined) return
    this.#service = undefined
    service.leave(false, true)
  }
}
