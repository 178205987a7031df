import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { emptyEngineStats, emptyExtensionStats, emptyServiceStats } from './empty.ts'
import { mergeStats, whatStays } from './merge.ts'
import type { EngineStats } from './stats.ts'
import { statFields } from './fields.ts'
import { observe } from './histogram.ts'

const name = fc.constantFrom(...Object.getOwnPropertyNames(Object.prototype), 'a', 'b')
const counts = fc.array(fc.tuple(name, fc.nat(5)), { maxLength: 6 })

/** Statistics of one process, as its own or as another process reads them. */
const statsOf = (
  services: readonly (readonly [string, number])[],
  counters: readonly (readonly [string, number])[],
  sent: boolean
): EngineStats => {
  const stats = emptyEngineStats()
  for (const [service, dialled] of services) stats.services[service] = { ...emptyServiceStats(), dialled }
  for (const [counter, count] of counters)
    (stats.extensions[counter] ??= emptyExtensionStats()).counters[counter] = count
  return sent ? JSON.parse(JSON.stringify(stats)) as EngineStats : stats
}

test('statistics add up under any names, and the parts stay as they are', () => {
  fc.assert(fc.property(fc.array(fc.tuple(counts, counts, fc.boolean()), { maxLength: 3 }), processes => {
    const parts = processes.map(([services, counters, sent]) => statsOf(services, counters, sent))
    const before = JSON.stringify(parts)
    const total = mergeStats([emptyEngineStats(), ...parts])
    expect(JSON.stringify(parts)).toBe(before)
    const names = new Set(processes.flatMap(([services]) => services.map(([service]) => service)))
    expect(new Set(Object.keys(total.services))).toEqual(names)
    const sum = (part: 0 | 1, of: string): number =>
      processes.reduce((all, process) => all + (new Map(process[part]).get(of) ?? 0), 0)
    for (const service of names) expect(total.services[service]!.dialled).toBe(sum(0, service))
    for (const counter of Object.keys(total.extensions))
      expect(total.extensions[counter]!.counters[counter]).toBe(sum(1, counter))
  }))
})

test('times of a process that has ended stay counted, and its gauges do not', () => {
  const stats = statsOf([['a', 1]], [], false)
  const { dialMs, ...service } = stats.services['a']!
  for (const ms of [0.1, 3, 1e6]) observe(dialMs, statFields.services.dialMs.bounds, ms)
  stats.services['a'] = { ...service, dialMs, connections: 7 }
  const left = whatStays(JSON.parse(JSON.stringify(stats)) as EngineStats)
  expect(left.services['a']).toEqual({ ...stats.services['a'], connections: 0 })
  const total = mergeStats([left, stats]).services['a']!
  expect([total.dialMs, total.connections]).toEqual([dialMs.map(number => 2 * number), 7])
})
