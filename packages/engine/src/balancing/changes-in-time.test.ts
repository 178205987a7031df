// What time changes of a service comes also if the configuration has changed meanwhile.
import { expect, test } from 'vitest'
import { parseConfig } from '@weirlb/model'
import { emptyLbVserverStats, emptyServiceStats } from '../stats/empty.ts'
import type { Placement } from './balancer.ts'
import { LbRuntime } from './lb-vserver.ts'
import { methods } from './methods.ts'
import { ServiceRuntime } from './service.ts'

const start = (method: string) => {
  const config = parseConfig({
    services: ['a', 'b'].map(name => ({ name, address: '127.0.0.1', port: 1, monitors: [] })),
    lbVservers: [{ name: 'lb', method, services: [{ name: 'a' }, { name: 'b' }] }]
  })
  const services = new Map(
    config.services.map(
      service => [
        service.name,
        new ServiceRuntime(service, { address: '127.0.0.1', port: 1, timeoutMs: 0, layers: [] }, emptyServiceStats())
      ]
    )
  )
  const clock = { now: 1000 }
  const sessions = { claim () {}, find () {}, pin () {}, release () {} }
  const lb = new LbRuntime(
    config.lbVservers[0]!,
    sessions as never,
    name => methods[name as 'token'](),
    () => clock.now,
    emptyLbVserverStats()
  )
  const configure = (): void => {
    lb.configure(config.lbVservers[0]!, services)
  }
  configure()
  const pick = (): string => {
    let found = ''
    lb.pick({
      token: undefined,
      session: undefined,
      client: { address: '127.0.0.1', port: 1 },
      tried: [],
      stray: undefined,
      anyHealth: false,
      known: undefined,
      onPlaced (_: unknown, { name }: ServiceRuntime) {
        found = name
      },
      onNoService () {}
    } as unknown as Placement)
    return found
  }
  return {
    a: services.get('a')!,
    b: services.get('b')!,
    clock,
    configure,
    picks: (count: number) => new Set(Array.from({ length: count }, pick))
  }
}

test('a suspect service is taken again when its time is over', () => {
  const { a, clock, configure, picks } = start('round-robin')
  a.dialFailed(clock.now)
  expect(picks(4)).toEqual(new Set(['b']))
  configure()
  clock.now += 1999
  expect(picks(4)).toEqual(new Set(['b']))
  clock.now += 20
  expect(picks(4)).toEqual(new Set(['a', 'b']))
})

test('a refusal, and the times of replies, count no more when their time is over', () => {
  const { a, b, clock, configure, picks } = start('least-response-time')
  a.latencyMs = 1
  b.latencyMs = 100
  expect(picks(3)).toEqual(new Set(['a']))
  a.refused(clock.now)
  expect(picks(3)).toEqual(new Set(['b']))
  configure()
  clock.now += 2010
  expect(picks(3)).toEqual(new Set(['a']))
  a.repliedAfter(500, clock.now)
  configure()
  expect(picks(3)).toEqual(new Set(['b']))
  clock.now += 10_010
  expect(picks(3)).toEqual(new Set(['a']))
})
