import { parseConfig } from '@weirlb/model'
import { expect, test } from 'vitest'
import { emptyServiceStats } from '../stats/empty.ts'
import { ServiceRuntime } from './service.ts'

const makeService = (): ServiceRuntime => {
  const [config] = parseConfig({ services: [{ name: 's', address: '127.0.0.1', port: 1 }] }).services
  return new ServiceRuntime(config!, { address: '127.0.0.1', port: 1, timeoutMs: 0, layers: [] }, emptyServiceStats())
}

test('a service whose dial failed is suspect for two seconds, or until a dial succeeds', () => {
  const service = makeService()
  expect(service.isSuspect(1000)).toBe(false)
  service.dialFailed(1000)
  expect([2999, 3000, 3001].map(now => service.isSuspect(now))).toEqual([true, false, false])
  service.dialFailed(3000)
  service.dialSucceeded()
  expect(service.isSuspect(3001)).toBe(false)
})

test('late replies make it suspect for longer each time, whatever its dials, and a reply ends that', () => {
  const service = makeService()
  const suspectAt = (...times: number[]): boolean[] => times.map(time => service.isSuspect(time))
  service.replyLate(1000)
  service.replyLate(1500)
  service.dialSucceeded()
  expect([service.maySuspect, ...suspectAt(1000, 2999, 3000)]).toEqual([true, true, true, false])
  expect(service.stats.unanswered).toBe(2)
  service.replyLate(4000)
  expect(suspectAt(7999, 8000)).toEqual([true, false])
  let at = 10_000
  for (let i = 0; i < 10; i++) {
    service.replyLate(at)
    at += 100_000
  }
  expect(suspectAt(at - 100_000 + 31_999, at - 100_000 + 32_000)).toEqual([true, false])
  service.replied()
  expect([service.maySuspect, ...suspectAt(at)]).toEqual([false, false])
  service.replyLate(at)
  expect(suspectAt(at + 1999, at + 2000)).toEqual([true, false])
})
