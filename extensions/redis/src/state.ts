import type { Bytes } from '@weirlb/sdk'
import type { Transaction } from './transaction.ts'

/** Version of the protocol. */
export type Version = 2 | 3

/** What is kept of one client. */
export interface State {
  version: Version
  /** What it calls itself. */
  name: Bytes
  /** Its commands since MULTI. */
  transaction: Transaction | undefined
  /** The place of the keys that it watches. */
  watched: Bytes | undefined
  /** It has subscribed, in a version in which messages cannot be told from replies: it may do nothing else any more. */
  subscribed: boolean
}

export const newState = (): State => ({
  version: 2,
  name: new Uint8Array(0),
  transaction: undefined,
  watched: undefined,
  subscribed: false
})
