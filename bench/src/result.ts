/** One path in one round. Latencies in milliseconds, undefined where nothing comes back. */
export interface Sample {
  readonly perSecond: number
  /**
   * CPU time of the proxy's processes per unit of work, the kernel's workers of their rings included; undefined on the
   * direct path.
   */
  readonly cpuUs: number | undefined
  readonly p50: number | undefined
  readonly p99: number | undefined
  readonly p999: number | undefined
  /** All of the proxy's processes at the end of the round, connections open. */
  readonly memoryKb: number | undefined
  /** CPU time per unit of work of what stands at the two ends. */
  readonly loadUs: number
  readonly backendUs: number
  /**
   * CPU time per unit of work of everything that ran on the machine meanwhile: proxy, ends, kernel threads, other work.
   */
  readonly machineUs: number
  /** Of `cpuUs`: the kernel's workers of io_uring, which do what a ring could not do at once. */
  readonly ringUs: number | undefined
  /** Connects that did not reach the server of the same client ID before. */
  readonly moved: number
  /** TLS sessions that were resumed, as a share of what was done. */
  readonly resumed: number
  /** Messages that were sent and did not arrive, as a share; 0 where the load waits for answers. */
  readonly lost: number
}

/** A row of a scenario: a path, and in which variant where there are several. */
export interface Row { readonly name: string, readonly path: string, readonly variant: string }

/** A load put on every row in turn, round by round. */
export interface TimedReport {
  readonly kind: 'timed'
  readonly id: string
  readonly title: string
  readonly unit: string
  /** The path that the others are held against; undefined: HAProxy. */
  readonly beside?: string | undefined
  readonly rows: readonly Row[]
  /** Samples of a round by the name of the row. */
  readonly rounds: Readonly<Record<string, Sample>>[]
  /** The rate that an open loop kept, by variant. */
  readonly paces: Readonly<Record<string, number>> | undefined
  /** Paths that have no part in it. */
  readonly without: readonly { readonly path: string, readonly why: string }[]
}

/** What idle connections cost. */
export interface IdleReport {
  readonly kind: 'idle'
  readonly id: string
  readonly title: string
  /** `cpuShare`: of a core, all processes of the proxy together, with all connections open. */
  readonly paths: {
    readonly path: string
    readonly kbPerConnection: number
    readonly emptyKb: number
    readonly cpuShare: number | undefined
  }[]
}

/** What a growing configuration costs. */
export interface ConfigReport {
  readonly kind: 'config'
  readonly id: string
  readonly title: string
  readonly sizes: {
    readonly path: string
    readonly vservers: number
    readonly configuredMs: number
    readonly addServiceMs: number | undefined
    readonly memoryKb: number
    readonly cpuUs: number
  }[]
}

export type Report = TimedReport | IdleReport | ConfigReport

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
  readonly reports: Report[]
  readonly failures: Failure[]
  /** Ids that a quick run had no time for. */
  readonly skipped: string[]
}
