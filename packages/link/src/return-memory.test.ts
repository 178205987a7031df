import { getHeapSpaceStatistics } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { returnMemory } from './return-memory.ts'

const youngBytes = (): number =>
  getHeapSpaceStatistics().find(space => space.space_name === 'new_space')!.physical_space_size

test('the young generation is given back, and no other context gets the collector', () => {
  // Survivors make V8 widen it.
  let kept: object[] = []
  for (let round = 0; round < 20; round++) kept = Array.from({ length: 50_000 }, (_, i) => ({ round, i }))
  const before = youngBytes()
  expect(kept).toHaveLength(50_000)
  expect(before).toBeGreaterThan(2e6)
  returnMemory()
  expect(youngBytes()).toBeLessThan(before / 2)
  expect(runInNewContext('typeof gc')).toBe('undefined')
})
