/** One path in one round. */
export interface Sample {
  readonly perSecond: number
  /** CPU time of the proxy's processes per unit of work; undefined on the direct path. */
  readonly cpuUs: number | undefined
  readonly p50: number
  readonly p99: number
  /** All of the proxy's processes at the end of the round, connections open. */
  readonly memoryKb: number | undefined
  /** CPU time per unit of work of what stands at the two ends. */
  readonly loadUs: number
  readonly backendUs: number
  /** Connects that did not reach the server of the same client ID before. */
  readonly moved: number
}

export interface ScenarioResult {
  readonly id: string
  readonly title: string
  readonly unit: string
  /** Samples of a round by the name of the path. */
  readonly rounds: Readonly<Record<string, Sample>>[]
}

export interface IdleResult { readonly path: string, readonly connections: number, readonly kbPerConnection: number, readonly emptyKb: number }

/** A path that broke under a scenario, and how. */
export interface Failure { readonly scenario: string, readonly path: string, readonly why: string }

/** What a run writes down. */
export interface Result {
  readonly date: string
  readonly command: string
  readonly machine: { readonly cores: number, readonly cpu: string, readonly kernel: string, readonly memoryGb: number }
  readonly commit: string
  readonly effort: { readonly rounds: number, readonly warmUpSeconds: number, readonly seconds: number }
  readonly paths: readonly { readonly name: string, readonly version: string, readonly missing?: string }[]
  readonly scenarios: ScenarioResult[]
  readonly idle: IdleResult[]
  readonly failures: Failure[]
  /** Ids that a quick run had no time for. */
  readonly skipped: string[]
}
