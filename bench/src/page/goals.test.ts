import { expect, test } from 'vitest'
import { HAPROXY, PREREAD, TUNNELLED, URING_TUNNELLED } from '../paths/names.ts'
import type { Result, Sample, TimedReport } from '../result.ts'
import { goals, goalsTable, verdict } from './goals.ts'

test('a goal is reached by the median, and the page says where rounds do not agree', () => {
  expect(verdict({ atLeast: 1 }, [1, 1.2, 1.1])).toBe('reached')
  expect(verdict({ atLeast: 1 }, [0.9, 1.2, 1.1])).toBe('reached, not in every round')
  expect(verdict({ atMost: 6 }, [7])).toBe('not reached')
  expect(verdict({ atMost: 6 }, [5, 7, 8])).toBe('not reached, not in every round')
  expect(verdict({ atMost: 6 }, [])).toBe('not measured')
})

const sample = (cpuUs: number | undefined, p99: number): Sample => ({
  perSecond: 1000,
  cpuUs,
  p50: 1,
  p99,
  p999: p99,
  machineUs: 1,
  ringUs: 0,
  memoryKb: 1000,
  loadUs: 1,
  backendUs: 1,
  moved: 0,
  resumed: 0,
  lost: 0
})

const report = (id: string): TimedReport => ({
  kind: 'timed', id, title: '', unit: 'round trip', paces: undefined, without: [],
  rows: ['direct', HAPROXY, PREREAD, TUNNELLED, URING_TUNNELLED].map(path => ({ name: path, path, variant: '' })),
  // The second round was twice as slow for everybody: the ratio is taken within a round.
  rounds: [1, 2].map(slow => ({
    direct: sample(undefined, slow),
    [HAPROXY]: sample(9 * slow, 2 * slow),
    [PREREAD]: sample(8 * slow, 2 * slow),
    [TUNNELLED]: sample(10 * slow, 3 * slow),
    [URING_TUNNELLED]: sample(10 * slow, 1.5 * slow)
  }))
})

const result: Result = {
  date: '',
  command: '',
  commit: '',
  machine: { cores: 1, cpu: '', kernel: '', memoryGb: 1 },
  effort: { rounds: 2, warmUpSeconds: 1, seconds: 1 },
  paths: [],
  failures: [],
  skipped: [],
  reports: [report('S1-50'), report('S7')]
}

test('ratios come from within a round, against the best of several; added latency is beyond the direct path', () => {
  const measured = (scenario: string): number[][] =>
    goals.filter(goal => goal.scenario === scenario).map(goal => goal.measured(result))
  expect(measured('S1-50')).toEqual([[0.9, 0.9], [], [], [0.8, 0.8], [], []])
  expect(measured('S7')).toEqual([[2], [0.9, 0.9], [], [], [1, 1], [0.75, 0.75]])
})

test('the table holds every goal of the scenarios that were run, measured or not', () => {
  const lines = goalsTable(result).split('\n')
  expect(lines).toHaveLength(
    goals.filter(({ scenario }) => result.reports.some(({ id }) => id === scenario)).length + 2
  )
  expect(lines[2]).toContain('| ≥ 0.85 | 0.90 (0.90–0.90) | reached |')
  expect(lines[3]).toContain('| – | not measured |')
})
