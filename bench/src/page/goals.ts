import {
  FILTER,
  HALF,
  HAPROXY,
  HUNDRED_RULES,
  INSPECTED,
  NO_RULES,
  ON_THREAD,
  PLAIN,
  PREREAD,
  TUNNELLED,
  TWEMPROXY,
  URING_INSPECTED,
  URING_ON_THREAD,
  URING_SHARED,
  URING_TUNNELLED
} from '../paths/names.ts'
import type { IdleReport, Result, Sample, TimedReport } from '../result.ts'
import { median } from '../statistics.ts'
import { cell, NONE, ratio, table } from './markdown.ts'
import { added, rowOf, within, workAgainst } from './over-rounds.ts'

/** What a goal is about, and the numbers that a run found for it: one a round. */
interface Goal {
  readonly scenario: string
  readonly what: string
  readonly atLeast?: number
  readonly atMost?: number
  measured (result: Result): number[]
}

const timedReport = (result: Result, id: string): TimedReport | undefined =>
  result.reports.find((report): report is TimedReport => report.id === id && report.kind === 'timed')

/** Of several others the best counts. */
const work = (scenario: string, path: string, others: readonly string[], atLeast: number, variant = ''): Goal => ({
  scenario,
  what: `${path}: work per CPU second, ${others.length === 1 ? '' : 'the better of '}${others.join(' and ')} = 1`,
  atLeast,
  measured (result) {
    const report = timedReport(result, scenario)
    const row = report === undefined ? undefined : rowOf(report, path, variant)
    return row === undefined ? [] : workAgainst(report!, row, ...others)
  }
})

/** Of what a closed loop gets through the plain proxy. */
const throughput = (scenario: string, path: string, atLeast: number): Goal => ({
  scenario,
  what: `${path}: round trips/s, ${PLAIN} = 1`,
  atLeast,
  measured (result) {
    const report = timedReport(result, scenario)
    const row = report === undefined ? undefined : rowOf(report, path, '')
    return row === undefined
      ? []
      : within(report!, row, rowOf(report!, PLAIN, ''), (sample: Sample) =>
        sample.perSecond, (ours, theirs) =>
        ours / theirs)
  }
})

/** All of the latency, the ends' included, as a multiple of what it is through HAProxy. */
const latency = (scenario: string, path: string, quantile: 'p50' | 'p99', atMost: number): Goal => ({
  scenario,
  what: `${path}: ${quantile} as a multiple of ${HAPROXY}'s`,
  atMost,
  measured (result) {
    const report = timedReport(result, scenario)
    const row = report === undefined ? undefined : rowOf(report, path, HALF)
    return row === undefined
      ? []
      : within(report!, row, rowOf(report!, HAPROXY, HALF), (sample: Sample) =>
        sample[quantile], (ours, theirs) =>
        ours / theirs)
  }
})

/** The added p99 of a path as a multiple of HAProxy's, where HAProxy adds any. */
const addedLatency = (scenario: string, path: string, atMost: number): Goal => ({
  scenario,
  what: `${path}: added p99 as a multiple of ${HAPROXY}'s`,
  atMost,
  measured (result) {
    const report = timedReport(result, scenario)
    const rows = report === undefined ? [] : [rowOf(report, path, HALF), rowOf(report, HAPROXY, HALF)]
    if (rows[0] === undefined || rows[1] === undefined) return []
    const [ours, theirs] = rows.map(row => median(added(report!, row!, sample => sample.p99)))
    return ours === undefined || theirs === undefined || theirs <= 0 ? [] : [ours / theirs]
  }
})

const idleMemory = (scenario: string, path: string, atMost: number): Goal => ({
  scenario,
  what: `${path}: KB per idle connection`,
  atMost,
  measured: result => result.reports
    .filter((report): report is IdleReport => report.id === scenario && report.kind === 'idle')
    .flatMap(report => report.paths.filter(each => each.path === path).map(each => each.kbPerConnection))
})

/** Above one by what rounds differ anyway. */
const SAME = 1.05

const sameOnTwoWorkers = (scenario: string, path: string): Goal => ({
  scenario,
  what: `${path}: CPU per message on two workers as a multiple of that on one`,
  atMost: SAME,
  measured (result) {
    const report = timedReport(result, scenario)
    const [one, two] = ['1 worker', '2 workers'].map(variant =>
      report?.rows.find(row => row.path === path && row.variant === variant)
    )
    return two === undefined ? [] : within(report!, two, one, sample => sample.cpuUs, (two, one) => two / one)
  }
})

/** What rules add to a message that is inspected anyway. */
const ruleCost = (path: string, atMost: number): Goal => ({
  scenario: 'S16',
  what: `${path}: µs of CPU that ${HUNDRED_RULES} add to a message`,
  atMost,
  measured (result) {
    const report = timedReport(result, 'S16')
    const row = report?.rows.find(each => each.path === path && each.variant === HUNDRED_RULES)
    return row === undefined
      ? []
      : within(report!, row, rowOf(report!, path, NO_RULES), sample => sample.cpuUs, (ours, theirs) => ours - theirs)
  }
})

/** What Weir is to reach on Node's sockets, and on io_uring. */
export const goals: readonly Goal[] = [
  work('S1-50', TUNNELLED, [HAPROXY], 0.85),
  work('S1-50', INSPECTED, [HAPROXY], 0.8),
  work('S1-50', INSPECTED, [FILTER], 1),
  work('S2', TUNNELLED, [HAPROXY], 0.95),
  work('S2', INSPECTED, [FILTER], 1.3),
  work('S3-16K', TUNNELLED, [HAPROXY], 1),
  work('S3-16K', INSPECTED, [FILTER], 5),
  work('S4', TUNNELLED, [HAPROXY], 0.55),
  work('S5-full', TUNNELLED, [HAPROXY], 0.9),
  work('S5-resumed', TUNNELLED, [HAPROXY], 0.8),
  idleMemory('S6', TUNNELLED, 6),
  idleMemory('S6-TLS', TUNNELLED, 25),
  addedLatency('S7', TUNNELLED, 1.1),
  throughput('S8', INSPECTED, 0.75),
  throughput('S8', ON_THREAD, 0.75),
  sameOnTwoWorkers('S10', TUNNELLED),
  work('S12', TUNNELLED, [HAPROXY], 0.8),
  work('S13', INSPECTED, [HAPROXY], 0.8),
  work('S15', TUNNELLED, [HAPROXY], 0.5),
  work('S16', INSPECTED, [FILTER], 3, HUNDRED_RULES),
  ruleCost(INSPECTED, 2),
  work('S1-50', URING_TUNNELLED, [HAPROXY, PREREAD], 1.05),
  work('S1-50', URING_INSPECTED, [HAPROXY, PREREAD], 0.95),
  work('S1-50', URING_ON_THREAD, [HAPROXY], 1.6),
  work('S2', URING_TUNNELLED, [HAPROXY, PREREAD], 1.1),
  work('S2', URING_INSPECTED, [HAPROXY, PREREAD], 1),
  work('S3-16K', URING_TUNNELLED, [HAPROXY], 1.1),
  work('S4', URING_TUNNELLED, [HAPROXY], 1.3),
  idleMemory('S6', URING_TUNNELLED, 3),
  work('S7', URING_TUNNELLED, [HAPROXY], 1.1, HALF),
  work('S7', URING_INSPECTED, [HAPROXY], 1, HALF),
  work('S7', URING_ON_THREAD, [HAPROXY], 0.8, HALF),
  latency('S7', URING_TUNNELLED, 'p50', 1),
  latency('S7', URING_TUNNELLED, 'p99', 1),
  work('S17-1', URING_SHARED, [TWEMPROXY], 1.2),
  work('S17-16', URING_SHARED, [TWEMPROXY], 2)
]

/** In words, by the median of the rounds; says so where the rounds do not agree. */
export const verdict = (
  { atLeast = -Infinity, atMost = Infinity }: Pick<Goal, 'atLeast' | 'atMost'>,
  numbers: readonly number[]
): string => {
  if (numbers.length === 0) return 'not measured'
  const holds = (number: number): boolean => number >= atLeast && number <= atMost
  const reached = holds(median(numbers))
  const agree = numbers.every(number => holds(number) === reached)
  return (reached ? 'reached' : 'not reached') + (agree ? '' : ', not in every round')
}

const wasRun = ({ reports, failures }: Result, scenario: string): boolean =>
  reports.some(report => report.id === scenario) || failures.some(failure => failure.scenario === scenario)

/** Each goal of the scenarios that were run, beside what was measured. */
export const goalsTable = (result: Result): string =>
  table(
    ['goal', 'scenario', 'wanted', 'measured', ''],
    goals.filter(goal => wasRun(result, goal.scenario)).map(goal => {
      const numbers = goal.measured(result)
      return [
        goal.what,
        goal.scenario,
        goal.atLeast === undefined ? `≤ ${goal.atMost}` : `≥ ${goal.atLeast}`,
        numbers.length === 0 ? NONE : cell(numbers, ratio),
        verdict(goal, numbers)
      ]
    })
  )
