import type { ByteLink, LinkError, Dial, DialSink } from '@weirlb/link'
import type { AnswerReader } from '../extension/answer.ts'
import { storedKey } from '../persistence/session-key.ts'
import type { LbRuntime, Picker } from '../balancing/lb-vserver.ts'
import type { ServiceRuntime } from '../balancing/service.ts'
import type { ClientSide } from './client-side.ts'
import type { OneServer } from './one-server.ts'

const NONE: readonly ServiceRuntime[] = []

/**
 * How one connection comes to its server, and what it holds there.
 *
 *   begin ──► LB vserver ──► (session directory) ──► service ──► dial ──► connected
 *                 ▲                                                │
 *                 └────────────── the next service ────────────────┘ failed
 */
export class ServerChoice implements Picker, DialSink {
  readonly #connection: ClientSide
  readonly #server: OneServer
  #lb: LbRuntime | undefined
  #service: ServiceRuntime | undefined
  #dial: Dial | undefined
  /** The session's entry is held: it must be let go. */
  #held = false

  // Picker
  tokenKey: string | undefined
  sessionKey: string | undefined
  tried: readonly ServiceRuntime[] = NONE
  asking: LbRuntime | undefined
  proposal: ServiceRuntime | undefined
  stray: string | undefined

  constructor (connection: ClientSide, server: OneServer) {
    this.#connection = connection
    this.#server = server
  }

  get lb (): LbRuntime | undefined { return this.#lb }
  get service (): ServiceRuntime | undefined { return this.#service }

  /** Choose by the keys of the first forwarded message; without keys when nobody was asked about it. */
  begin (answer: AnswerReader | undefined): void {
    const { vserver } = this.#connection
    let lb: LbRuntime | undefined = vserver.lb
    if (answer !== undefined) {
      this.tokenKey = answer.token
      this.sessionKey = answer.session === undefined ? undefined : storedKey(answer.session)
      if (answer.via !== undefined) lb = vserver.via.get(answer.via)
    }
    if (lb === undefined) {
      this.#connection.finish('extension-error', vserver.unboundVia(answer!.via!))
      return
    }
    this.#connection.onChoosing()
    lb.pick(this)
  }

  onClaimed (service: string, hit: boolean): void {
    try {
      this.#claimed(service, hit)
    } catch (error) {
      this.#connection.onFault(error)
    }
  }

  #claimed (service: string, hit: boolean): void {
    const lb = this.asking
    this.asking = undefined
    if (lb === undefined) return
    if (this.#connection.over) {
      lb.unpropose(this, true)
      lb.release(this.sessionKey!)
      return
    }
    lb.claimed(this, service, hit)
  }

  onPicked (lb: LbRuntime, service: ServiceRuntime, held: boolean): void {
    this.#lb = lb
    this.#held = held
    this.#service = service
    this.#connection.moveTo('dialling')
    service.active++
    service.stats.connections++
    service.stats.dialled++
    this.#dial = this.#connection.vserver.transport.dial(service.dialOptions, this)
  }

  onNoService (reason: 'no-service' | 'limit'): void {
    if (this.tried.length === 0) this.#connection.finish(reason, '')
    else this.#connection.finish('dial-failed', `tried ${this.tried.map(s => s.name).join(', ')}`)
  }

  onConnected (link: ByteLink): void {
    this.#dial = undefined
    // Until an inlet takes it, what goes wrong is the connection's all the same.
    this.#service!.dialSucceeded()
    try {
      this.#server.onServer(link)
    } catch (error) {
      this.#connection.onFault(error)
      link.abort()
    }
  }

  onFailed (error: LinkError): void {
    this.#dial = undefined
    try {
      this.#failed(error)
    } catch (fault) {
      this.#connection.onFault(fault)
    }
  }

  #failed (error: LinkError): void {
    const service = this.#service!
    const { vserver, id } = this.#connection
    service.dialFailed(performance.now())
    vserver.log.warn({ userVserver: vserver.name, service: service.name, connection: id, detail: error.message }, 'dial failed')
    vserver.onDialFailed(service.name, error.message)
    const lb = this.#lb!
    this.leave()
    this.tried = [...this.tried, service]
    // Nothing has been sent to the server that failed, so another may have it all.
    this.#connection.moveTo('choosing')
    lb.pick(this)
  }

  /** The server gave the client a key of its own (MQTT 5 Assigned Client Identifier). */
  rebind (raw: string): void {
    const lb = this.#lb
    if (raw === '' || lb === undefined || this.#service === undefined || !lb.persistent) return
    if (this.#held) lb.release(this.sessionKey!)
    const key = storedKey(raw)
    this.sessionKey = key
    this.#held = true
    lb.pin(key, this.#service)
  }

  /** Nobody waits for the server any more. */
  cancelDial (): void {
    this.#dial?.cancel()
    this.#dial = undefined
  }

  /** Let go of the service and of the session's entry. */
  leave (): void {
    const service = this.#service
    if (service === undefined) return
    service.active--
    service.stats.connections--
    this.#service = undefined
    if (this.#held) {
      this.#held = false
      this.#lb!.release(this.sessionKey!)
    }
  }
}
