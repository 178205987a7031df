import type { Path } from '../paths/path.ts'
import type { Failure, Report } from '../result.ts'
import type { Ends } from './ends.ts'
import type { Proxies } from './proxies.ts'

/** How long, how often and how much; `--quick` has less of everything. */
export interface Effort {
  readonly rounds: number
  /** Rounds at most, where ratios are not known well after `rounds`. */
  readonly mostRounds: number
  readonly warmUpSeconds: number
  readonly seconds: number
  /** Idle connections, the rest before their memory is counted, and for how long their CPU time is counted then. */
  readonly idle: number
  readonly settleMs: number
  readonly quietMs: number
  /** Sizes that S11 goes through. */
  readonly connections: readonly number[]
  readonly vservers: readonly number[]
  /** Paths that take part, where not all do. */
  readonly paths?: readonly string[]
}

/** What a scenario runs with. */
export interface Bench {
  readonly ends: Ends
  readonly proxies: Proxies
  /** The direct path first. */
  readonly paths: readonly Path[]
  readonly effort: Effort
  readonly failures: Failure[]
}

/** Something that is measured on every path. */
export interface Scenario {
  readonly id: string
  readonly title: string
  /** Left out of a quick run. */
  readonly long?: true
  measure (bench: Bench): Promise<Report>
}

/** Whether a path is measured with this effort. */
export const takesPart = ({ effort }: Bench, { name }: Path): boolean =>
  effort.paths === undefined || effort.paths.includes(name)
