/** A proxy that runs: where clients connect, and the process to whose tree its cost is charged. */
export interface Running {
  readonly port: number
  /** Undefined on the direct path: nothing stands between. */
  readonly pid: number | undefined
  stop (): Promise<void>
}

/** One way from the clients to the servers. */
export interface Path {
  readonly name: string
  /** Program and version, or why it cannot be measured here. */
  readonly version: string
  readonly missing?: string
  start (servers: readonly number[]): Promise<Running>
}
