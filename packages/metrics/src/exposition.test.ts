import { expect, test } from 'vitest'
import { exposition } from './exposition.ts'
import type { Family, Sample } from './family.ts'

const counter: Family = { name: 'weir_a_total', type: 'counter', help: 'A.', labels: ['x'] }
const histogram: Family = { name: 'weir_h_seconds', type: 'histogram', help: 'H.', labels: ['x'], bounds: [0.5, 1] }
const empty: Family = { name: 'weir_none', type: 'gauge', help: 'None.', labels: [] }
const of = (count: number, value: Sample['value']): Sample[] =>
  Array.from({ length: count }, (_, i) => ({ labels: [`"${i}"`], value }))

test.each([['prometheus', 'weir_a_total', '\n\n', '\n'], ['openmetrics', 'weir_a', '\n', '\n# EOF\n']] as const)('%s: many samples are one family, as few are', async (format, name, between, end) => {
  const { text } = await exposition([[counter, of(1000, 3)], [histogram, of(600, { counts: [1, 0, 2], sum: 4.5 })], [empty, []]], format)
  const counters = ['# HELP weir_a_total A.', '# TYPE weir_a_total counter'].map(line => line.replace('weir_a_total', name))
  const histograms = Array.from({ length: 600 }, (_, i) => {
    const x = `x="\\"${i}\\""`
    return [...['0.5', '1', '+Inf'].map((le, at) => `weir_h_seconds_bucket{le="${le}",${x}} ${[1, 1, 3][at]!}`), `weir_h_seconds_sum{${x}} 4.5`, `weir_h_seconds_count{${x}} 3`]
  }).flat()
  expect(text).toBe([
    [...counters, ...Array.from({ length: 1000 }, (_, i) => `weir_a_total{x="\\"${i}\\""} 3`)].join('\n'),
    ['# HELP weir_h_seconds H.', '# TYPE weir_h_seconds histogram', ...histograms].join('\n'),
    ['# HELP weir_none None.', '# TYPE weir_none gauge'].join('\n')
  ].join(between) + end)
})
