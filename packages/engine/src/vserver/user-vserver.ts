import { type CloseReason, type LayerName, type UserVserver, WeirError, type ServiceFailure } from '@weirlb/model'
import { type ByteLink, ByteMeter, type Challenges, choiceOf, type ClientFacts, type HttpExchange, type LinkError, nobody, passesThrough, type ProtocolChoice, type ServerLayer, type Transport } from '@weirlb/link'
import { clientView } from '../client-view.ts'
import type { ExtensionHost } from '../extension/extension-host.ts'
import type { ExtensionVersions } from '../extension/extension-versions.ts'
import { compileGate, type Gate, type Refusal } from '../gate/gate.ts'
import { HttpRequest, type HttpEntrance } from '../http/http-request.ts'
import { failureReason } from '../layer-failure.ts'
import type { Log } from '../log.ts'
import { coarseClock } from '../connection/coarse-clock.ts'
import { Connection } from '../connection/connection.ts'
import type { Front } from '../connection/front.ts'
import type { UserVserverStats } from '../stats/stats.ts'
import type { GlbRuntime } from '../balancing/glb.ts'
import type { LbRuntime } from '../balancing/lb-vserver.ts'
import type { RequestRoutes, Routes } from '../balancing/routing.ts'
import type { Acceptor, Entrance, ListenerSlot } from './listener-slot.ts'
import { PassingFront } from './passing-front.ts'
import { Strangers, type StrangersVserver } from './strangers.ts'

/** Shared by all vservers of an engine. */
export interface EngineContext {
  readonly worker: number
  readonly transport: Transport
  readonly log: Log
  /** Serves connections that no extension inspects. */
  readonly passing: ExtensionHost
  /** Every open connection by number. */
  readonly connections: Map<number, Connection>
  /** Every HTTP request under way. */
  readonly requests: Set<HttpRequest>
  /** Answers to authorities that validate host names. */
  readonly challenges: Challenges
  nextConnection (): number
  onServiceFailed (service: string, failure: ServiceFailure, message: string): void
  onConnectionGone (connection: Connection): void
  onRequestGone (): void
}

/** A running user vserver: accepts clients and holds their settings. */
export class VserverRuntime implements Acceptor, Front, HttpEntrance, StrangersVserver {
  readonly name: string
  /** The guest's index of it. */
  readonly index: number
  /** Its counters, except for bytes. */
  readonly stats: UserVserverStats
  readonly meter = new ByteMeter()
  readonly #context: EngineContext
  #config: UserVserver
  /** For clients that the gate refuses; made when there is the first. */
  #strangers: Strangers | undefined
  /** Undefined: everything passes. */
  #gate: Gate | undefined
  #extension: ExtensionVersions | undefined
  routing!: Routes<LbRuntime | GlbRuntime>
  /** For clients whose TLS does not end here. */
  readonly passing = new PassingFront(this)
  /** Leads HTTP requests that are no WebSockets, where they are taken. */
  requestRouting: RequestRoutes<LbRuntime | GlbRuntime> | undefined
  /** For new clients. */
  layers: readonly ServerLayer[] = []
  tlsLayers: readonly ServerLayer[] = []

  constructor (index: number, config: UserVserver, extension: ExtensionVersions | undefined, context: EngineContext, stats: UserVserverStats) {
    this.index = index
    this.name = config.name
    this.#extension = extension
    this.#context = context
    this.stats = stats
    this.#config = config
    this.config = config
  }

  get config (): UserVserver { return this.#config }

  set config (config: UserVserver) {
    this.#config = config
    this.#gate = compileGate(config, this.stats)
  }

  /** The extension of its clients. Plain HTTP has none, and no connections either. */
  get extension (): ExtensionVersions {
    if (this.#extension === undefined) throw new WeirError('config-invalid', `user vserver '${this.name}' forwards HTTP requests and has no extension`)
    return this.#extension
  }

  set extension (extension: ExtensionVersions | undefined) { this.#extension = extension }

  /** The vserver is removed. */
  forget (): void {
    this.#extension?.current.forgetVserver(this.index)
    this.#extension?.canary?.forgetVserver(this.index)
  }

  get worker (): number { return this.#context.worker }
  get transport (): Transport { return this.#context.transport }
  get log (): Log { return this.#context.log }

  /** Take the clients of this listener from now on, with these layers on their links; `tlsLayers`: when they ask for TLS. */
  listen (slot: ListenerSlot, layers: readonly ServerLayer[], tlsLayers: readonly ServerLayer[]): void {
    this.layers = layers
    this.tlsLayers = tlsLayers
    slot.listener!.setKeepAlive(this.config.tcpKeepAlive)
    slot.serve(this)
  }

  /** Why a client that has come through the layers would be refused now, if it would. */
  refusal (client: ClientFacts): Refusal | undefined { return this.#gate?.onClient(client) }

  /** True for a server name whose TLS would not end here. */
  passes (serverName: string): boolean { return passesThrough(this.layers, serverName) }

  /** What a client's first bytes would choose, where several protocols share the port. */
  choice (bytes: Uint8Array): ProtocolChoice | undefined { return choiceOf(this.layers, bytes) }

  entranceFor (link: ByteLink): Entrance | undefined {
    const refusal = this.#gate?.onAccept(link.peer.address)
    if (refusal === undefined) return this
    if (this.#context.challenges.waiting && this.layers.some(({ name }) => validating.has(name))) return this.#strangers ??= new Strangers(this, this.#context.challenges)
    // A reset leaves nothing behind here and gives no reason.
    this.#refuse(link.peer, refusal)
    link.sink = nobody
    link.abort()
    return undefined
  }

  onStranger (client: ClientFacts): void {
    const { address } = client
    this.#refuse(client, this.#gate?.onAccept(address) ?? { reason: 'not-allowed', detail: `${address} was not in allowFrom` })
  }

  accept (link: ByteLink): void {
    if (this.#gate !== undefined) {
      const refusal = this.#gate.onClient(link.peer)
      if (refusal !== undefined) {
        this.#refuse(link.peer, refusal)
        link.sink = nobody
        link.close(refusal.reason)
        return
      }
    }
    this.#arrived(link.peer)
    const number = this.#context.nextConnection()
    const passes = link.peer.passed === true
    const connection = passes ? this.passing.connectionOf(number, this.#context.passing, link) : new Connection(number, this, this.extension.pick(), link)
    this.stats.connections++
    connection.host.account.joined()
    this.#context.connections.set(connection.number, connection)
    coarseClock.hold()
    try {
      if (passes) this.passing.begin(connection)
      else connection.start()
    } catch (error) {
      connection.onFault(error)
    }
  }

  #refuse (client: ClientFacts, refusal: Refusal): void {
    this.#arrived(client)
    this.#count(refusal.reason)
    this.log.info({ userVserver: this.name, ...clientView(client), ...refusal }, 'connection refused')
  }

  layerFailed (layer: LayerName, client: ClientFacts, { kind, message }: LinkError, silent: boolean): void {
    const reason = failureReason(layer, kind, silent)
    this.#arrived(client)
    this.#count(reason)
    if (!silent || this.config.logSilentClients) this.log.info({ userVserver: this.name, ...clientView(client), reason, detail: message }, 'connection refused')
  }

  request (exchange: HttpExchange): void { new HttpRequest(this, this.requestRouting?.route(exchange.host, exchange.path), exchange).begin() }

  served (client: ClientFacts, bytesRead: number, bytesWritten: number): void {
    this.#arrived(client)
    this.meter.read += bytesRead
    this.meter.written += bytesWritten
    this.#count('client-closed')
  }

  get logsRequests (): boolean { return this.config.http?.logRequests !== false }

  requestRefusal (client: ClientFacts): Refusal | undefined { return this.#gate?.onRequest(client) }

  onRequestBegun (request: HttpRequest): void { this.#context.requests.add(request) }

  onRequestDone (request: HttpRequest, reason: CloseReason | undefined): void {
    this.#context.requests.delete(request)
    this.#context.onRequestGone()
    const outcome = reason ?? 'answered'
    this.stats.requests[outcome] = (this.stats.requests[outcome] ?? 0) + 1
  }

  onServiceFailed (service: string, failure: ServiceFailure, message: string): void { this.#context.onServiceFailed(service, failure, message) }

  onConnectionClosed (connection: Connection, reason: CloseReason): void {
    this.stats.connections--
    this.#count(reason)
    connection.host.account.left(reason === 'extension-error' || reason === 'extension-down')
    this.#context.connections.delete(connection.number)
    coarseClock.release()
    this.#context.onConnectionGone(connection)
  }

  #arrived ({ protocol }: ClientFacts): void {
    this.stats.accepted++
    if (protocol !== undefined) this.stats.protocols[protocol] = (this.stats.protocols[protocol] ?? 0) + 1
  }

  #count (reason: CloseReason): void {
    this.stats.closed[reason] = (this.stats.closed[reason] ?? 0) + 1
  }

  /** Its statistics now: a copy. */
  snapshot (): UserVserverStats {
    const { stats, meter } = this
    return { ...stats, bytesIn: meter.read, bytesOut: meter.written, closed: { ...stats.closed }, requests: { ...stats.requests }, protocols: { ...stats.protocols } }
  }
}

/** Layers that authorities validate host names on. A listener with one of them is on Node's sockets. */
const validating: ReadonlySet<LayerName> = new Set(['tls', 'http', 'choose'])
