import { spawnSync } from 'node:child_process'
import { TIME_SCALE } from '../testing/time-scale.ts'
import { expect, test } from 'vitest'
import { TimerWheel, WheelTimer } from './wheel.ts'

const TICK = 5

class Probe extends WheelTimer {
  firedAt: number[] = []
  then: (() => void) | undefined
  onTimeout (): void {
    this.firedAt.push(performance.now())
    this.then?.()
  }
}

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise(resolve => setTimeout(resolve, 1))
}

test('a timer fires once, not early', async () => {
  const wheel = new TimerWheel(TICK)
  const timer = new Probe()
  const start = performance.now()
  wheel.arm(timer, 40)
  expect(timer.armed).toBe(true)
  await until(() => timer.firedAt.length > 0)
  expect(timer.firedAt[0]! - start).toBeGreaterThanOrEqual(40)
  expect(timer.armed).toBe(false)
  expect(wheel.armed).toBe(0)
})

test('timers fire in the order of their ticks', async () => {
  const wheel = new TimerWheel(TICK)
  const fired: number[] = []
  for (const ms of [60, 20, 40, 0]) {
    const timer = new Probe()
    timer.then = () => fired.push(ms)
    wheel.arm(timer, ms)
  }
  await until(() => fired.length === 4)
  expect(fired).toEqual([0, 20, 40, 60])
})

test('re-arming to a later and to an earlier time counts, and the timer fires once', async () => {
  const wheel = new TimerWheel(TICK)
  const later = new Probe()
  const earlier = new Probe()
  const start = performance.now()
  wheel.arm(later, 10)
  wheel.arm(later, 60)
  wheel.arm(earlier, 60_000)
  wheel.arm(earlier, 10)
  expect(wheel.armed).toBe(2)
  await until(() => wheel.armed === 0)
  expect(later.firedAt).toHaveLength(1)
  expect(later.firedAt[0]! - start).toBeGreaterThanOrEqual(60)
  expect(earlier.firedAt).toHaveLength(1)
})

test('a cancelled timer does not fire; cancelling twice is harmless', async () => {
  const wheel = new TimerWheel(TICK)
  const cancelled = new Probe()
  const other = new Probe()
  wheel.arm(cancelled, 10)
  wheel.arm(other, 30)
  wheel.cancel(cancelled)
  wheel.cancel(cancelled)
  expect(wheel.armed).toBe(1)
  await until(() => other.firedAt.length === 1)
  expect(cancelled.firedAt).toHaveLength(0)
})

test('a timer may arm itself, and cancel its neighbour in the same slot', async () => {
  const wheel = new TimerWheel(TICK)
  const first = new Probe()
  const neighbour = new Probe()
  first.then = () => {
    wheel.cancel(neighbour)
    if (first.firedAt.length < 3) wheel.arm(first, 0)
  }
  wheel.arm(first, 10)
  wheel.arm(neighbour, 10)
  await until(() => first.firedAt.length === 3)
  expect(neighbour.firedAt).toHaveLength(0)
  expect(wheel.armed).toBe(0)
})

test('a time of more than one turn is kept', async () => {
  const wheel = new TimerWheel(1)
  const timer = new Probe()
  const start = performance.now()
  wheel.arm(timer, 700)
  await until(() => timer.firedAt.length === 1)
  expect(timer.firedAt[0]! - start).toBeGreaterThanOrEqual(699)
})

test('a wheel with nothing armed starts again with the right time', async () => {
  const wheel = new TimerWheel(TICK)
  const timer = new Probe()
  wheel.arm(timer, 0)
  await until(() => timer.firedAt.length === 1)
  await until(() => performance.now() - timer.firedAt[0]! > 30)
  const start = performance.now()
  wheel.arm(timer, 20)
  await until(() => timer.firedAt.length === 2)
  expect(timer.firedAt[1]! - start).toBeGreaterThanOrEqual(20)
})

test('time in which the process did not run is not counted', async () => {
  const wheel = new TimerWheel(TICK)
  const timer = new Probe()
  wheel.arm(timer, 200)
  const blocked = performance.now() + 400
  while (performance.now() < blocked);
  const start = performance.now()
  await until(() => timer.firedAt.length === 1)
  // Of the block four ticks count, and the rest of the time follows it.
  expect(timer.firedAt[0]! - start).toBeGreaterThanOrEqual(200 - 6 * TICK)
  const now = wheel.now
  expect(performance.now() - now).toBeGreaterThanOrEqual(400 - 6 * TICK)
})

test('a timer that is armed behind a block has its whole time', async () => {
  const wheel = new TimerWheel(TICK)
  const other = new Probe()
  const timer = new Probe()
  wheel.arm(other, 60_000)
  const blocked = performance.now() + 100
  while (performance.now() < blocked);
  wheel.arm(timer, 60)
  const start = performance.now()
  await until(() => timer.firedAt.length === 1)
  expect(timer.firedAt[0]! - start).toBeGreaterThanOrEqual(60 - 5 * TICK)
  wheel.cancel(other)
})

test('an armed timer does not keep the process alive', () => {
  const program = `import { TimerWheel, WheelTimer } from ${JSON.stringify(new URL('./wheel.ts', import.meta.url).href)}
    class Timer extends WheelTimer { onTimeout () {} }
    new TimerWheel().arm(new Timer(), 60_000)`
  const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    timeout: 20_000 * TIME_SCALE
  })
  expect(status).toBe(0)
})
