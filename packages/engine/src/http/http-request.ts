import type { CloseReason } from '@weirlb/model'
import type { ExchangeEvents, ExchangeOutcome, HttpExchange, LinkError, Peer, Transport } from '@weirlb/link'
import type { Balancer, Placement } from '../balancing/balancer.ts'
import type { ServiceRuntime } from '../balancing/service.ts'
import { clientView } from '../client-view.ts'
import type { Log } from '../log.ts'

/** A request's interface of its vserver. */
export interface HttpEntrance {
  readonly name: string
  readonly transport: Transport
  readonly log: Log
  readonly logsRequests: boolean
  onDialFailed (service: string, message: string): void
  onRequestDone (reason: CloseReason | undefined): void
}

/**
 * One HTTP request on its way to a service of an LB vserver. No extension sees it, so that it has no keys: the method alone decides.
 *
 *   begin ──► LB vserver ──► service ──► forwarded ──► done
 *                 ▲                          │
 *                 └──── the next service ────┘ unreachable
 */
export class HttpRequest implements Placement, ExchangeEvents {
  readonly token = undefined
  readonly session = undefined
  tried: readonly ServiceRuntime[] = []
  asking: Balancer | undefined
  proposal: ServiceRuntime | undefined
  stray: string | undefined
  readonly #entrance: HttpEntrance
  readonly #lb: Balancer
  readonly #exchange: HttpExchange
  readonly #since = performance.now()
  #service: ServiceRuntime | undefined
  /** The service of the last attempt, for the log. */
  #asked: string | undefined

  constructor (entrance: HttpEntrance, lb: Balancer, exchange: HttpExchange) {
    this.#entrance = entrance
    this.#lb = lb
    this.#exchange = exchange
  }

  get client (): Peer { return this.#exchange.client }

  begin (): void {
    this.#exchange.begin(this)
    if (!this.#exchange.over) this.#lb.pick(this)
  }

  onPlaced (_lb: Balancer, service: ServiceRuntime): void {
    this.#service = service
    this.#asked = service.name
    service.active++
    service.stats.connections++
    service.stats.messages++
    this.#exchange.forward(service.origin(this.#entrance.transport))
  }

  onNoService (reason: 'no-service' | 'limit'): void {
    if (this.tried.length > 0) this.#exchange.refuse(502, 'dial-failed', 'no server could be reached')
    else this.#exchange.refuse(503, reason, 'no server can take the request now')
  }

  // Without a session there is no claim.
  onClaimed (): void {}

  onUnreachable ({ kind, message }: LinkError): void {
    const service = this.#service!
    this.#leave()
    // A reused connection that was closed shows nothing about the server.
    if (kind === 'reset') service.stats.resent++
    else {
      service.dialFailed(performance.now())
      this.#entrance.log.warn({ userVserver: this.#entrance.name, service: service.name, detail: message }, 'dial failed')
      this.#entrance.onDialFailed(service.name, message)
      this.tried = [...this.tried, service]
    }
    this.#lb.pick(this)
  }

  onDone ({ status, reason, detail, bytes }: ExchangeOutcome): void {
    this.#leave()
    const entrance = this.#entrance
    entrance.onRequestDone(reason)
    if (!entrance.logsRequests) return
    const { client, method, path } = this.#exchange
    entrance.log.info({
      userVserver: entrance.name,
      lbVserver: this.#lb.name,
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

  #leave (): void {
    const service = this.#service
    if (service === undefined) return
    this.#service = undefined
    service.active--
    service.stats.connections--
  }
}
