import type { CloseReason, ServiceFailure } from '@weirlb/model'
import { type ClientFacts, type ExchangeEvents, type ExchangeOutcome, type HttpExchange, type LinkError, type Transport, wheel, WheelTimer } from '@weirlb/link'
import type { Affinity } from '../balancing/affinity.ts'
import type { Balancer, Placement, Queued } from '../balancing/balancer.ts'
import type { Keeping } from '../balancing/keeping.ts'
import type { Marked } from '../balancing/marks.ts'
import type { ServiceRuntime } from '../balancing/service.ts'
import { clientView } from '../client-view.ts'
import type { Refusal } from '../gate/gate.ts'
import type { Log } from '../log.ts'

/** A request's interface of its vserver. */
export interface HttpEntrance {
  readonly name: string
  readonly transport: Transport
  readonly log: Log
  readonly logsRequests: boolean
  onServiceFailed (service: string, failure: ServiceFailure, message: string): void
  /** Why a client may not have this request served, if it may not. */
  requestRefusal (client: ClientFacts): Refusal | undefined
  onRequestBegun (request: HttpRequest): void
  onRequestDone (request: HttpRequest, reason: CloseReason | undefined): void
}

/** Statuses of what a gate refuses. */
const refusalStatus = (reason: CloseReason): number => reason === 'limit' ? 503 : 403

/**
 * One HTTP request on its way to a service of an LB vserver. No extension sees it, so that its client is known by an
 * address, a header or a cookie.
 *
 *   begin ──► gate ──► LB vserver ──► service ──► forwarded ──► done
 *                          ▲                          │
 *                          └──── the next service ────┘ unreachable
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
  readonly known = undefined
  readonly entrance: HttpEntrance
  readonly #route: Balancer | undefined
  /** The LB vserver that chose the last service. */
  #lb: Balancer | undefined
  readonly #exchange: HttpExchange
  readonly #since = performance.now()
  #service: ServiceRuntime | undefined
  /** The entry of its client is held and must be released. */
  #held = false
  /** Set-Cookie headers by cookie. */
  #cookies: Map<string, string> | undefined
  #over = false
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
  onPlacementFault (error: unknown): void {
    this.entrance.log.error({ userVserver: this.entrance.name, error: (error as Error | undefined)?.stack ?? String(error) }, 'a request was not placed')
    this.cut('internal-error')
  }

  begin (): void {
    const exchange = this.#exchange
    this.entrance.onRequestBegun(this)
    exchange.begin(this)
    if (exchange.over) return
    const refusal = this.entrance.requestRefusal(this.client)
    if (refusal !== undefined) exchange.refuse(refusalStatus(refusal.reason), refusal.reason, 'this client may not be served', refusal.detail)
    else this.#pick()
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
  override onFault (error: unknown): void { throw error }

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
    service.stats.messages++
    const cookies = this.#cookies
    this.#exchange.forward(service.origin(this.entrance.transport), cookies === undefined ? undefined : [...cookies.values()])
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

  /** An answer of the directory may have come from another process: an exception would be uncaught. */
  #failed (error: unknown): void {
    this.entrance.log.error({ userVserver: this.entrance.name, error: String((error as Error | undefined)?.stack ?? error) }, 'request failed')
    this.cut('internal-error')
  }

  onUnreachable ({ kind, message }: LinkError): void {
    const service = this.#service!
    this.#leave()
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

  onDone ({ status, reason, detail, bytes }: ExchangeOutcome): void {
    this.#over = true
    this.#leave()
    wheel.cancel(this)
    const { entrance } = this
    entrance.onRequestDone(this, reason)
    if (!entrance.logsRequests) return
    const { client, method, path } = this.#exchange
    entrance.log.info({
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
    }, 'request')
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
    service.leave(false)
  }
}
