// The interface between a connection and an LB vserver, live or in a rehearsal.
import type { LbVserver } from '@weirlb/model'
import type { FindSink } from '../persistence/session-directory.ts'
import type { Criteria } from './method.ts'
import type { ClientFacts } from '@weirlb/link'
import type { Affinity } from './affinity.ts'
import type { Keeping } from './keeping.ts'
import type { Kept } from './keepings.ts'
import type { KeySource } from './persistences.ts'
import type { ServiceRuntime } from './service.ts'

/** The criteria for a service. */
export interface Wish extends Criteria, KeySource {
  readonly client: ClientFacts
  /** Services that this connection failed to reach. */
  readonly tried: readonly ServiceRuntime[]
  /** Service that a session named and that is not bound here any more. */
  readonly stray: string | undefined
  /** Services that their monitors report down are taken too, if there is no other. */
  readonly anyHealth: boolean
  /** A link to this service is there already: its limit of clients does not matter. */
  linkedTo? (service: ServiceRuntime): boolean
}

/** A client that only the service of an existing session may have. */
export interface Known extends FindSink {
  /** There is no entry, or its service is gone. */
  onUnknown (): void
}

/** The place of a client in the waiting line of an LB vserver. */
export interface Queued {
  /** It is being placed, and an answer about that is under way. */
  readonly awaitsAnswer: boolean
  /** It waits there no more. */
  quit (): void
  /** The same for a client that has a service now. */
  served (): void
}

/** A connection, or one message of it, that is placed at a service. */
export interface Placement extends Wish, Kept, FindSink {
  readonly client: ClientFacts
  /** The recipient of the directory's result: the LB vserver that sent the claim. */
  asking: Balancer | undefined
  /** The balancer that routing gave, to which it returns when it has to be placed again. */
  readonly route: Balancer
  /** Set by `route`. */
  anyHealth: boolean
  /** The entry that keeps the client in a pool of a GLB. */
  affinity: Affinity | undefined
  proposal: ServiceRuntime | undefined
  /** Its place in a waiting line. */
  queued: Queued | undefined
  /** Service that a session named and that is not bound here any more. */
  stray: string | undefined
  onPlaced (lb: Balancer, service: ServiceRuntime, held: boolean): void
  /** `limit`: every service that could take the client is full. */
  onNoService (reason: 'no-service' | 'limit'): void
  onClaimed (service: string, hit: boolean): void
  /** The client is gone, or ends: it needs no service. */
  readonly over: boolean
  /** The client has ended its side: where it would have to wait for a service it needs none. */
  readonly clientEnded: boolean
  /** Something was thrown while it was placed, apart from any call of its own. */
  onPlacementFault (error: unknown): void
  /** Undefined: any service will do. */
  known: Known | undefined
}

/** Services that a message for all goes to, by name, and the LB vserver that has them. */
export interface EveryService { readonly by: Balancer, readonly services: readonly ServiceRuntime[] }

/** Finds services of an LB vserver by tokens alone, many for one message. */
export interface ByToken {
  /**
   * Returns the service for the token in these bytes, as `pick` would at once, and counts it. Undefined: the token has
   * to be placed by itself.
   */
  serviceFor (bytes: Uint8Array, from: number, to: number): ServiceRuntime | undefined
}

/** An LB vserver as the connections see it that it places. */
export interface Balancer {
  readonly name: string
  readonly config: Pick<LbVserver, 'onDown' | 'onDownRatePerSecond'>
  /** Entries keep clients at their services. */
  readonly persistent: boolean
  /** The table of the keys that an extension names, where they keep clients; of a GLB, that is its pools' matter. */
  readonly sessions: Keeping | undefined
  /** Find a service; exactly one of onPlaced, onNoService and onUnknown follows, maybe before this returns. */
  pick (placement: Placement): void
  /** Undefined: more than tokens decides now, and each has to be placed by itself. */
  readonly byToken?: ByToken | undefined
  /** The directory's result for a pick; the placement now holds the entry. */
  claimed (placement: Placement, service: string, hit: boolean): void
  /** The directory's result for a pick of a known client: the service of its entry; undefined: there is none. */
  found (placement: Placement, service: string | undefined): void
  /** The directory has returned a result, or the result is no longer needed. */
  unpropose (placement: Placement, unused: boolean): void
  /** True when this service is bound here and can take the client: the one that a session it holds has named. */
  takes (service: ServiceRuntime, wish: Wish): boolean
  /**
   * Returns all its services that are enabled, up or not, or its backup's if it has none; of a GLB those of the pool
   * that a client goes to now.
   */
  every (wish: Wish): EveryService
  /** A session that the client holds was used again. */
  onKnown (): void
  /** The server gave the client a key of its own: it keeps the pool of this LB vserver. */
  adopt? (placement: Placement, key: string, lb: Balancer): void
}

/** Clients of a service that went down are closed at once; with a rate, a job closes them. */
export const closesAtOnce = ({ config }: Balancer): boolean =>
  config.onDown === 'close' && config.onDownRatePerSecond === undefined
