import type { Bytes } from '../bytes.ts'

/** A split that the guest is called for later: for the parts, if it makes them, and for the one reply. */
export interface PendingSplit {
  /** Returns the messages for servers with these keys each. */
  parts (keys: number[][]): Bytes[]
  /** `entries`: as `Event.gather` has them. */
  gather (entries: readonly Bytes[], discarded: boolean): Bytes
}
