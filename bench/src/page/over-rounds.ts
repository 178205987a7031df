import { DIRECT } from '../paths/names.ts'
import type { Row, Sample, TimedReport } from '../result.ts'

type Of = (sample: Sample) => number | undefined

/** A number of each round in which the row has it. */
export const over = (report: TimedReport, row: Row, of: Of): number[] => {
  const found: number[] = []
  for (const round of report.rounds) {
    const sample = round[row.name]
    const number = sample === undefined ? undefined : of(sample)
    if (number !== undefined) found.push(number)
  }
  return found
}

/** The row of another path in the same variant, or in none. */
export const rowOf = (report: Pick<TimedReport, 'rows'>, path: string, variant: string): Row | undefined =>
  report.rows.find(row => row.path === path && row.variant === variant) ??
    report.rows.find(row => row.path === path && row.variant === '')

/** Two rows of the same round put together: the machine drifts more between rounds than paths differ. */
export const within = (
  report: TimedReport,
  row: Row,
  other: Row | undefined,
  of: Of,
  join: (ours: number, theirs: number) => number
): number[] => {
  const found: number[] = []
  for (const round of report.rounds) {
    const ours = round[row.name]
    const theirs = other === undefined ? undefined : round[other.name]
    const [a, b] = [ours === undefined ? undefined : of(ours), theirs === undefined ? undefined : of(theirs)]
    if (a !== undefined && b !== undefined) found.push(join(a, b))
  }
  return found
}

/**
 * Work per CPU second, as a multiple of another path's; of several, of the one that did most in that round. Rounds in
 * which one of them is missing do not count.
 */
export const workAgainst = (
  report: Pick<TimedReport, 'rows' | 'rounds'>,
  row: Row,
  ...paths: readonly string[]
): number[] => {
  const names = paths.map(path => rowOf(report, path, row.variant)?.name ?? '')
  const found: number[] = []
  for (const round of report.rounds) {
    const ours = round[row.name]?.cpuUs
    const best = Math.min(...names.map(name => round[name]?.cpuUs ?? NaN))
    if (ours !== undefined && best > 0) found.push(best / ours)
  }
  return found
}

/** Latency beyond that of the direct path. */
export const added = (report: TimedReport, row: Row, of: Of): number[] =>
  within(report, row, rowOf(report, DIRECT, row.variant), of, (ours, theirs) => ours - theirs)
