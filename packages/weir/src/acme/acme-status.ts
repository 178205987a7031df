/** How far the order of a certkey is. */
export interface AcmeStatus {
  /**
   * `waiting`: nothing listens that could answer the authority; `ordering`: an order is under way; `issued`: it has the
   * certificate it wants; `failing`: the last order failed.
   */
  readonly state: 'waiting' | 'ordering' | 'issued' | 'failing'
  /** When the next order begins, which is the renewal of an issued certificate: ISO 8601 in UTC. */
  readonly nextOrder?: string | undefined
  /** Orders that failed since the last certificate. */
  readonly failures: number
  /** Why the last of them failed, or what is waited for. */
  readonly reason?: string | undefined
}
