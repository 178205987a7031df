import { dial, type ByteLink, type LinkError, type Dial, type DialSink } from '@weirlb/link'
import type { CloseReason } from '@weirlb/model'
import type { AnswerReader } from '../extension/answer.ts'
import { storedKey } from '../persistence/session-key.ts'
import type { Balancer, Known } from '../balancing/balancer.ts'
import type { Keeping } from '../balancing/keeping.ts'
import type { ServiceRuntime } from '../balancing/service.ts'
import type { ClientSide } from './client-side.ts'
import { BasePlacement, tellClosed, tellDialFailed, tellRefused } from './placement.ts'

/** Most keys of a connection beside its session. */
const MAX_BESIDE = 16

/** Receives the link to the chosen server. */
export interface ChosenServer { onServer (link: ByteLink): void }

/**
 * How one connection comes to its server, and what it holds there.
 *
 *   begin ──► LB vserver ──► (session directory) ──► service ──► dial ──► connected
 *                 ▲                                                │
 *                 └────────────── the next service ────────────────┘ failed, or closed before its first byte
 */
export class ServerChoice extends BasePlacement implements DialSink, Known {
  readonly #server: ChosenServer
  /** The balancer that routing gave. */
  route!: Balancer
  /** The LB vserver that chose the service. */
  #lb: Balancer | undefined
  #service: ServiceRuntime | undefined
  /** It has accepted the connection. */
  #established = false
  #dial: Dial | undefined
  /** The session's entry is held and must be released. */
  #held = false
  /** Further keys of its server, which it holds. */
  #beside: string[] | undefined
  /** The table that has them. */
  #besideIn: Keeping | undefined
  /** The end of the last server that did not answer. */
  #lastEnd: { readonly reason: CloseReason, readonly detail: string } | undefined

  constructor (connection: ClientSide, server: ChosenServer) {
    super(connection)
    this.#server = server
  }

  get lb (): Balancer | undefined { return this.#lb }
  get service (): ServiceRuntime | undefined { return this.#service }
  override get clientEnded (): boolean { return this.connection.clientEnded }
  /** Another server would do as well. */
  get mayMove (): boolean { return this.known === undefined }

  /** Choose by the keys of the first forwarded message; without keys if it was not inspected. */
  begin (answer: AnswerReader | undefined): void {
    const { connection } = this
    const { routing } = connection.vserver
    if (answer !== undefined) {
      this.token = answer.token
      this.session = answer.session === undefined ? undefined : storedKey(answer.session)
      if (answer.known) this.known = this
      const refused = this.session === undefined
        ? undefined
        : connection.vserver.keyRefusal(this.session, connection.client, connection)
      if (refused !== undefined) {
        connection.finish('flood', refused)
        return
      }
    }
    const route = routing.route(connection, answer?.via)
    if (route === undefined) {
      connection.finish('extension-error', routing.unboundVia(answer!.via!))
      return
    }
    this.route = route
    connection.moveTo('choosing')
    route.pick(this)
  }

  onPlaced (lb: Balancer, service: ServiceRuntime, held: boolean): void {
    this.#lb = lb
    this.#held = held
    this.#service = service
    this.connection.moveTo('dialling')
    service.enter(false)
    service.dialBegun()
    this.connection.firstTimes?.dialled(service)
    this.#dial = dial(this.connection.vserver.transport, service.target, this, this.connection)
  }

  onConnected (link: ByteLink): void {
    this.#dial = undefined
    // Until an inlet takes it, what goes wrong is the connection's all the same.
    const service = this.#service!
    service.dialSucceeded()
    service.established()
    this.#established = true
    link.meter = service.meter
    try {
      this.connection.firstTimes?.connected(this.connection.vserver, service)
      this.#server.onServer(link)
    } catch (error) {
      this.connection.onFault(error)
      link.abort()
    }
  }

  onFailed (error: LinkError): void {
    this.#dial = undefined
    try {
      this.#failed(error)
    } catch (fault) {
      this.connection.onFault(fault)
    }
  }

  #failed (error: LinkError): void {
    const service = this.#service!
    service.dialFailed(performance.now())
    tellDialFailed(this.connection, service, error.message)
    // Nothing has been sent to the server that failed, so another may have it all.
    this.#lastEnd = undefined
    this.#next()
  }

  /** The server closed its connection before its first byte: another gets what it was sent. */
  resend (error: LinkError | undefined): void {
    const { vserver, id } = this.connection
    const service = this.#service!
    vserver.log.warn(
      { userVserver: vserver.name, service: service.name, connection: id, detail: error?.message },
      'server closed before its first byte'
    )
    this.noteClosed(error)
    this.moveOn(
      error === undefined ? { reason: 'server-closed', detail: '' } : { reason: 'server-reset', detail: error.message }
    )
  }

  /** The server closed its connection before its first byte. */
  noteClosed (error: LinkError | undefined): void {
    if (this.#service !== undefined) tellClosed(this.connection, this.#service, error)
  }

  /** The extension reports that the server refused the client for a reason of its own. */
  noteRefused (why: string): void { if (this.#service !== undefined) tellRefused(this.connection, this.#service, why) }

  /** Another server gets what this one was sent. `end`: how the connection ends if there is no other. */
  moveOn (end: { readonly reason: CloseReason, readonly detail: string }): void {
    this.#service!.stats.resent++
    this.#lastEnd = end
    this.#next()
  }

  /** Time for the server's first byte, in milliseconds; 0: any. */
  get firstReplyMs (): number { return (this.#service?.config.firstReplyTimeoutSeconds ?? 0) * 1000 }

  /** The server's first byte did not come in time: the service is suspect. Returns that as text. */
  noteLate (): string {
    const { vserver, id } = this.connection
    const service = this.#service!
    const why = `service '${service.name}' sent nothing within ${service.config.firstReplyTimeoutSeconds} s`
    service.replyLate(performance.now())
    vserver.log.warn(
      { userVserver: vserver.name, service: service.name, connection: id },
      'server did not begin to answer in time'
    )
    vserver.onServiceFailed(service.name, 'unanswered', why)
    return why
  }

  #next (): void {
    const service = this.#service!
    this.leave()
    this.avoid(service)
    this.connection.moveTo('choosing')
    this.route.pick(this)
  }

  override onNoService (reason: 'no-service' | 'limit'): void {
    if (this.#lastEnd === undefined) super.onNoService(reason)
    else this.connection.finish(this.#lastEnd.reason, this.#lastEnd.detail)
  }

  /** The server gave the client a key of its own (MQTT 5 Assigned Client Identifier). */
  rebind (raw: string): void {
    const lb = this.#lb
    if (raw === '' || lb === undefined || this.#service === undefined) return
    const key = storedKey(raw)
    this.route.adopt?.(this, key, lb)
    const { sessions } = lb
    this.session = key
    // The client has an entry of a type that comes before session keys.
    if (sessions === undefined || (this.#held && this.keeping!.rank < sessions.rank)) return
    if (this.#held) this.keeping!.release(this.key!)
    this.keeping = sessions
    this.key = key
    this.#held = true
    sessions.pin(key, this.#service.name)
  }

  /** The extension named a further key of its server. False: there are too many. */
  pinBeside (raw: string): boolean {
    const lb = this.#lb
    const sessions = lb?.sessions
    if (raw === '' || this.#service === undefined || sessions === undefined) return true
    this.#besideIn = sessions
    const keys = this.#beside ??= []
    const key = storedKey(raw)
    if (keys.includes(key)) return true
    if (keys.length === MAX_BESIDE) return false
    keys.push(key)
    sessions.pin(key, this.#service.name)
    return true
  }

  onUnknown (): void {
    if (this.tried.length > 0) super.onNoService('no-service')
    else this.connection.finish('session-unknown', '')
  }

  /** The pending server is not needed any more. */
  cancelDial (): void {
    this.#dial?.cancel()
    this.#dial = undefined
  }

  /** Let go of the service and of the session's entry. */
  leave (): void {
    this.leavePool()
    const service = this.#service
    if (service === undefined) return
    service.leave(false, this.#established)
    this.#established = false
    this.#service = undefined
    if (this.#held) {
      this.#held = false
      this.keeping!.release(this.key!)
    }
    for (const key of this.#beside ?? []) this.#besideIn!.release(key)
    this.#beside = undefined
  }
}
