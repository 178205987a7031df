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

test('times of first replies are added to those of probes, for ten seconds after the last one', () => {
  const service = makeService()
  const noted: string[] = []
  const watcher = {
    counts: true,
    times: true,
    onCounts () {
      noted.push('counts')
    },
    onStanding () {},
    onTimed () {
      noted.push('timed')
    }
  }
  service.watch(watcher)
  expect([service.timesReplies, service.responseMs]).toEqual([true, undefined])
  service.latencyMs = 5
  expect(service.responseMs).toBe(5)
  service.repliedAfter(100, 1000)
  service.repliedAfter(200, 2000)
  expect(service.responseMs).toBeCloseTo(115)
  expect(service.nextChange(2000)).toBe(12_000)
  service.expire(11_999)
  expect(service.responseMs).toBeCloseTo(115)
  service.expire(12_000)
  expect([service.responseMs, service.nextChange(12_000)]).toEqual([5, Infinity])
  // An average of long ago is not gone on with.
  service.repliedAfter(30, 20_000)
  expect(service.responseMs).toBe(35)
  expect(noted.filter(what => what === 'timed')).toHaveLength(2)
  service.unwatch(watcher)
  expect(service.timesReplies).toBe(false)
})

test('a refusal counts for two seconds, and the times before it no more', () => {
  const service = makeService()
  service.refused(1000)
  expect(service.refuses).toBe(false)
  service.watch({ counts: true, times: true, onCounts () {}, onStanding () {}, onTimed () {} })
  service.latencyMs = 5
  service.repliedAfter(0.1, 1000)
  service.refused(1000)
  expect([service.refuses, service.responseMs, service.nextChange(1000)]).toEqual([true, 5, 3000])
  service.expire(2999)
  expect(service.refuses).toBe(true)
  service.expire(3000)
  expect(service.refuses).toBe(false)
})
