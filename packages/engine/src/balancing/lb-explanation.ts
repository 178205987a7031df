import type { LbVserver } from '@weirlb/model'
import type { Refusal } from './service.ts'

/**
 * What spoke against a candidate. `suspect`: a dial failed a moment ago; `unknown`: it is new here, or failing, and no verdict has come yet;
 * `tried`: in vain, by this connection.
 */
export type Refused = Refusal | 'tried' | 'suspect' | 'unknown'

/** How an LB vserver chooses. */
export interface LbExplanation {
  readonly lbVserver: string
  readonly state: LbVserver['state']
  readonly method: string
  /** What the order of the candidates comes from. */
  readonly order: string
  /** In the method's order. `spare`: not looked at, because one before it was taken. */
  readonly candidates: readonly {
    readonly service: string
    readonly weight: number
    readonly connections: number
    readonly verdict: 'proposed' | 'skipped' | 'spare'
    readonly why: Refused | undefined
  }[]
  /** The persistence entry of the session key; undefined without a key, or where nothing is pinned. */
  readonly session: { readonly key: string, /** Service that it names; undefined: there is none. */ readonly entry: string | undefined, /** It decides. */ readonly used: boolean } | undefined
  /** The one that is chosen here. */
  readonly service: string | undefined
  readonly by: 'session' | 'method' | undefined
  /** Why there is none, when there is no backup either. */
  readonly refusal: 'no-service' | 'limit' | undefined
  /** How the backup chooses, when this one has none to offer. */
  readonly backup: LbExplanation | undefined
}
