import type { FloodControlId } from '@weirlb/model'
import type { FloodDecision } from './flood-decision.ts'

/** How the controls against floods of a user vserver take a client that connects now. Nothing is counted. */
export interface FloodLook {
  /** It is in defence mode. */
  readonly defending: boolean
  /** Nothing refuses or suspects the address: `exemptFrom` has it, or an access rule allows it. */
  readonly exempt: boolean
  /** The address has had a good session. */
  readonly knownGood: boolean
  /** Threat score of the address. */
  readonly threat: number
  /** What would refuse the connection, or challenge the request; undefined: nothing does. */
  readonly control: FloodDecision | undefined
  readonly detail: string | undefined
  /** Controls that are on, and that depend on times or on what a connection does later. */
  readonly undecided: readonly FloodControlId[]
}

/** What no capture shows: the pace of a client's bytes, its handshakes and its silence. */
export const undecidable: readonly FloodControlId[] = [
  'D005',
  'D006',
  'D008',
  'D009',
  'D010',
  'D013',
  'D015',
  'D021',
  'D022'
]
