/** The process that inspects the HTTP requests of a worker. */
export interface InspectorStatus {
  readonly worker: number
  /**
   * `starting`: it loads the rules, and requests wait for it; `absent`: it cannot inspect, and is tried again every 30
   * seconds; `restarting`: it has ended, and inspects again when it is `up`.
   */
  readonly state: 'starting' | 'up' | 'absent' | 'restarting'
  /** Why it is absent, or has ended. */
  readonly reason?: string | undefined
  /** Since when it is so (ISO 8601). */
  readonly since: string
  /** How often it has ended by itself since its worker started. */
  readonly restarts: number
  /** The last of these ends: when (ISO 8601), and why. */
  readonly lastEnd?: { readonly at: string, readonly reason: string } | undefined
}
