/**
 * `waiting`: no answer yet. `resolved`: the last answer is in use. `stale`: the last known addresses are. `absent` and
 * `failing`: there are none.
 */
export type NameState = 'waiting' | 'resolved' | 'stale' | 'absent' | 'failing'

/** What is known of a host name. */
export interface NameStatus {
  readonly name: string
  readonly state: NameState
  /** Why the last look-up, or a part of it, has failed. */
  readonly reason: string | undefined
  /** Addresses in use. */
  readonly addresses: number
  /** Addresses of the answer beyond the maximum. */
  readonly ignored: number
  /** End of the last look-up, ISO 8601. */
  readonly checkedAt: string | undefined
  /** The next look-up, ISO 8601; undefined while one is under way. */
  readonly nextAt: string | undefined
}
