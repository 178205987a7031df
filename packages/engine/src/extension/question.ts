import type { Asker } from './asker.ts'
import type { GuestClient } from './guest-client.ts'

/** A request that a dead guest did not run. */
export interface Question {
  readonly client: GuestClient
  /** Undefined: the client is to be opened, and that is all. */
  readonly asker: Asker | undefined
  readonly event: number
  readonly bytes: Uint8Array
  readonly frameLength: number
  readonly arg: number
  readonly answered: boolean
}
