import type { LbVserver, PersistenceType } from '@weirlb/model'
import type { Refusal } from './service.ts'

/**
 * Reasons against a candidate. `suspect`: a dial failed recently; `unknown`: it is new here, or failing, and has no
 * verdict yet; `tried`: this connection failed to reach it; `overfull`: a rebalance gives clients to the others.
 */
export type Refused = Refusal | 'tried' | 'suspect' | 'unknown' | 'overfull'

/** What one type of persistence knows about a client. */
export interface TriedPersistence {
  readonly type: PersistenceType
  /** For people; undefined without a key, and for a cookie that names the service itself. */
  readonly key: string | undefined
  /** Service, or pool, of its entry or cookie; undefined: there is none. */
  readonly entry: string | undefined
  /** It decides. */
  readonly used: boolean
  /** Why it does not decide. */
  readonly why: string | undefined
}

/** How a GLB chooses a pool. */
export interface GlbExplanation {
  readonly glb: string
  readonly steering: string
  /** The entry that keeps a client in its pool; undefined without a key, or without affinity. */
  readonly session: {
    readonly key: string
    /** Pool that it names. */
    readonly entry: string | undefined
    /** It decides. */
    readonly used: boolean
  } | undefined
  /** The types of its affinity that were asked, in order. */
  readonly persistence: readonly TriedPersistence[]
  /**
   * In the order of the configuration. `out`: fewer services than `minimumUp` can take the client; `spare`: another
   * pool was chosen.
   */
  readonly pools: readonly {
    readonly pool: string
    readonly available: number
    readonly minimumUp: number
    /** Average time in which its services pass their probes. */
    readonly latencyMs: number | undefined
    readonly verdict: 'chosen' | 'out' | 'spare'
  }[]
  readonly fallback: { readonly pool: string, readonly chosen: boolean } | undefined
}

/** How an LB vserver chooses. */
export interface LbExplanation {
  readonly lbVserver: string
  readonly state: LbVserver['state']
  readonly method: string
  /** Source of the candidates' order. */
  readonly order: string
  /** What of the client's name, path and fields led it to the GLB; undefined: nothing, or it was not asked. */
  readonly rule: { readonly pattern: string, readonly path: string | undefined, readonly field: string | undefined } | undefined
  /** The GLB that led the client here; undefined: none. */
  readonly glb: GlbExplanation | undefined
  /** By priority, in the method's order. `spare`: not considered, because an earlier one was taken. */
  readonly candidates: readonly {
    readonly service: string
    readonly weight: number
    /** Tier: lower ones come first. */
    readonly priority: number
    readonly connections: number
    readonly verdict: 'proposed' | 'skipped' | 'spare'
    readonly why: Refused | undefined
  }[]
  /** Undefined where clients do not spill over. `spilled`: this one goes to the backup. */
  readonly spillover: { readonly connections: number, readonly limit: number, readonly spilled: boolean } | undefined
  /** Undefined without a queue. A client that is refused by `limit` would wait if there is room. */
  readonly queue: { readonly waiting: number, readonly limit: number } | undefined
  /** The persistence entry of the session key; undefined without a key, or where nothing is pinned. */
  readonly session: {
    readonly key: string
    /** Service that it names; undefined: there is none. */
    readonly entry: string | undefined
    /** It decides. */
    readonly used: boolean
  } | undefined
  /** The types of persistence that were asked, in order: the last one decides, or says why none does. */
  readonly persistence: readonly TriedPersistence[]
  /** The one that is chosen here. */
  readonly service: string | undefined
  readonly by: 'session' | 'method' | undefined
  /** Why there is none, when there is no backup either. */
  readonly refusal: 'no-service' | 'limit' | undefined
  /** How the backup chooses, when this one has none to offer, or spills over. */
  readonly backup: LbExplanation | undefined
}
