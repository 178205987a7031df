import { expect, test } from 'vitest'
import type { IdleReport, Result } from '../result.ts'
import { joined } from './joined.ts'

const idle = (id: string, kbPerConnection: number): IdleReport => ({
  kind: 'idle',
  id,
  title: id,
  paths: [{ path: 'Weir', kbPerConnection, emptyKb: 1, cpuShare: 0 }]
})

const part = (reports: IdleReport[], more: Partial<Result> = {}): Result => ({
  date: '2026-01-01',
  command: `npm run bench -- --only ${reports.map(report => report.id).join(',')}`,
  machine: { cores: 2, cpu: 'c', kernel: 'k', memoryGb: 1 },
  commit: 'abc',
  effort: { rounds: 1, warmUpSeconds: 1, seconds: 1 },
  paths: [{ name: 'Weir', version: '1' }],
  reports,
  failures: [],
  skipped: [],
  ...more
})

test('parts of a run are one, in the order of the scenarios, and the later of two results counts', () => {
  const failed = part([idle('A', 1)], { failures: [{ scenario: 'A', path: 'Weir', why: 'it broke' }] })
  const result = joined([
    part([idle('B', 2)]),
    failed,
    part([idle('A', 3)], { paths: [{ name: 'HAProxy', version: '2' }, { name: 'Weir', version: '1' }] })
  ], ['A', 'B', 'C'])
  expect(result.reports).toEqual([idle('A', 3), idle('B', 2)])
  expect(result.failures).toEqual([])
  expect(result.paths.map(path => path.name)).toEqual(['Weir', 'HAProxy'])
  expect(result.command).toBe('npm run bench -- --only B; npm run bench -- --only A')
})

test('parts of two commits or machines are not joined', () => {
  expect(() => joined([part([]), part([], { commit: 'def' })], [])).toThrow('results of two commits, abc and def')
  expect(() => joined([part([]), part([], { machine: { cores: 4, cpu: 'c', kernel: 'k', memoryGb: 1 } })], [])).toThrow(
    'two machines'
  )
  expect(() => joined([], [])).toThrow('no result was given')
})
