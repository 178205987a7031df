import { countsOf, sumOf, type Histogram } from '@weirlb/engine'
import { until } from '@weirlb/testing'
import { afterEach, expect, test } from 'vitest'
import { ProcessWatch } from './process-watch.ts'

const countOf = (histogram: Histogram): number => countsOf(histogram).reduce((sum, count) => sum + count, 0)
const watch = new ProcessWatch('1')
const other = new ProcessWatch('2')
afterEach(() => {
  watch.stop()
  other.stop()
})

test('it counts how late timers are, each that is due during a delay', async () => {
  watch.start()
  await until(() => countOf(watch.figures().loopDelayMs) > 2, 'timers')
  const before = watch.figures()
  const blocked = performance.now() + 500
  while (performance.now() < blocked);
  await until(() => countOf(watch.figures().loopDelayMs) > countOf(before.loopDelayMs), 'the timer after the delay')
  const after = watch.figures()
  // Every 100 ms for half a second: at least 400, 300, 200, 100 and 0 ms late.
  expect(countOf(after.loopDelayMs) - countOf(before.loopDelayMs)).toBeGreaterThanOrEqual(5)
  expect(sumOf(after.loopDelayMs) - sumOf(before.loopDelayMs)).toBeGreaterThan(990)
  expect(after.loopBusyMs - before.loopBusyMs).toBeGreaterThanOrEqual(499)
  expect(after.cpuMs).toBeGreaterThan(before.cpuMs)
  expect(after.residentBytes).toBeGreaterThan(2 ** 20)
})

test('figures that were taken stay as they are, and after the end nothing is counted', async () => {
  watch.start()
  const before = watch.figures().loopDelayMs
  const counted = countOf(before)
  await until(() => countOf(watch.figures().loopDelayMs) > counted, 'a timer')
  expect(countOf(before)).toBe(counted)
  watch.stop()
  const last = countOf(watch.figures().loopDelayMs)
  // As long as another one has counted a few.
  other.start()
  await until(() => countOf(other.figures().loopDelayMs) > 2, 'timers of another')
  expect(countOf(watch.figures().loopDelayMs)).toBe(last)
})
