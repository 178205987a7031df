import type { Affinity } from '../balancing/affinity.ts'
import type { Balancer, Known, Placement, Queued } from '../balancing/balancer.ts'
import type { ServiceRuntime } from '../balancing/service.ts'
import type { Keeping } from '../balancing/keeping.ts'
import type { KeySource } from '../balancing/persistences.ts'
import type { ClientFacts, LinkError } from '@weirlb/link'
import type { ClientSide } from './client-side.ts'

const NONE: readonly ServiceRuntime[] = []

/** A connection, or one message of it, on its way to a service: its keys, and what was tried. */
export abstract class BasePlacement implements Placement {
  protected readonly connection: ClientSide
  token: string | undefined
  session: string | undefined
  tried: readonly ServiceRuntime[] = NONE
  asking: Balancer | undefined
  proposal: ServiceRuntime | undefined
  queued: Queued | undefined = undefined
  stray: string | undefined
  anyHealth = false
  affinity: Affinity | undefined
  known: Known | undefined = undefined
  keeping: Keeping | undefined = undefined
  key: string | undefined = undefined

  constructor (connection: ClientSide) { this.connection = connection }

  get client (): ClientFacts { return this.connection.client.peer }
  get published (): ClientSide { return this.connection }
  get headers (): KeySource['headers'] { return this.client.http?.headers }
  // Its response was sent before there was a message.
  get marked (): undefined { return undefined }

  get over (): boolean { return this.connection.ending }
  // What a client has asked for before its end is done.
  get clientEnded (): boolean { return false }
  onPlacementFault (error: unknown): void { this.connection.onFault(error) }

  abstract readonly route: Balancer
  abstract onPlaced (lb: Balancer, service: ServiceRuntime, held: boolean): void

  /** The session directory has answered. If the connection is over by then, the entry is released. */
  onClaimed (service: string, hit: boolean): void {
    const lb = this.asking
    this.asking = undefined
    if (lb === undefined) return
    try {
      if (this.connection.ending) {
        lb.unpropose(this, true)
        this.keeping!.release(this.key!)
        this.leavePool()
      } else lb.claimed(this, service, hit)
    } catch (error) {
      this.connection.onFault(error)
    }
  }

  /** The session directory has looked the client's entry up. */
  onFound (service: string | undefined): void {
    const lb = this.asking
    this.asking = undefined
    if (lb === undefined || this.connection.ending) return
    try {
      lb.found(this, service)
    } catch (error) {
      this.connection.onFault(error)
    }
  }

  onNoService (reason: 'no-service' | 'limit'): void {
    this.leavePool()
    if (this.tried.length === 0) this.connection.finish(reason, '')
    else this.connection.finish('dial-failed', `tried ${this.tried.map(({ name }) => name).join(', ')}`)
  }

  /** Let go of the entry that keeps the client in its pool, and of its place in a waiting line. */
  leavePool (): void {
    this.affinity?.letGo()
    this.affinity = undefined
    this.queued?.quit()
  }

  /** The service could not be reached, and has got nothing: another may have it all. */
  avoid (service: ServiceRuntime): void { this.tried = [...this.tried, service] }
}

/** Report a failed dial of a service: to the log, and to its monitor. */
export const tellDialFailed = ({ vserver, id }: ClientSide, service: ServiceRuntime, detail: string): void => {
  vserver.log.warn({ userVserver: vserver.name, service: service.name, connection: id, detail }, 'dial failed')
  vserver.onServiceFailed(service.name, 'dial-failed', detail)
}

/** Report that a server closed a connection before its first byte, while a client waited for it. */
export const tellClosed = (
  { vserver }: Pick<ClientSide, 'vserver'>,
  service: ServiceRuntime,
  error: LinkError | undefined
): void => {
  vserver.onServiceFailed(
    service.name,
    'closed',
    error?.message ?? 'the server closed a connection before its first byte'
  )
}

/** Report a refusal of a service, as its extension understands it: to its counter, and to its monitors. */
export const tellRefused = ({ vserver }: ClientSide, service: ServiceRuntime, why: string): void => {
  service.stats.refused++
  service.refused(performance.now())
  vserver.onServiceFailed(service.name, 'refused', why)
}
