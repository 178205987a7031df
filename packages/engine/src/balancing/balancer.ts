// What a connection needs of an LB vserver, and the other way round: an LB vserver at work, or a rehearsal of one.
import type { LbVserver } from '@weirlb/model'
import type { Criteria } from './method.ts'
import type { ServiceRuntime } from './service.ts'

/** What the choice of a service depends on. */
export interface Wish extends Criteria {
  /** Services that this connection has tried in vain. */
  readonly tried: readonly ServiceRuntime[]
  /** Service that a session named and that is not bound here any more. */
  readonly stray: string | undefined
  /** A link to this service is there already: its limit of clients does not matter. */
  linkedTo? (service: ServiceRuntime): boolean
}

/** A connection, or one message of it, that is placed at a service. */
export interface Placement extends Wish {
  /** Where the directory's answer goes: the LB vserver that asked, and the service it proposed. */
  asking: Balancer | undefined
  proposal: ServiceRuntime | undefined
  /** Service that a session named and that is not bound here any more. */
  stray: string | undefined
  onPlaced (lb: Balancer, service: ServiceRuntime, held: boolean): void
  /** `limit`: every service that could take the client is full. */
  onNoService (reason: 'no-service' | 'limit'): void
  onClaimed (service: string, hit: boolean): void
}

/** An LB vserver as the connections see it that it places. */
export interface Balancer {
  readonly name: string
  readonly config: Pick<LbVserver, 'onDown'>
  /** A key keeps its service. */
  readonly persistent: boolean
  /** Find a service; exactly one of onPlaced and onNoService follows, maybe before this returns. */
  pick (placement: Placement): void
  /** The directory's answer to a pick; the placement holds the entry now. */
  claimed (placement: Placement, service: string, hit: boolean): void
  /** The directory has answered, or nobody waits for it any more. */
  unpropose (placement: Placement, unused: boolean): void
  pin (key: string, service: ServiceRuntime): void
  release (key: string): void
  /** True when this service is bound here and can take the client: the one that a session it holds has named. */
  takes (service: ServiceRuntime, wish: Wish): boolean
  /** A session that the client holds was used again. */
  onKnown (): void
}
