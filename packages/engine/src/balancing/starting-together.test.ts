// Services that start together get their keys whichever of them is probed first; one that joins waits for its verdict.
import { expect, test } from 'vitest'
import { parseConfig, type LbVserver } from '@weirlb/model'
import { emptyLbVserverStats, emptyServiceStats } from '../stats/empty.ts'
import type { Placement } from './balancer.ts'
import { LbRuntime } from './lb-vserver.ts'
import { methods } from './methods.ts'
import { ServiceRuntime } from './service.ts'

const config = parseConfig({
  services: ['a', 'b'].map(name => ({ name, address: '127.0.0.1', port: 1 })),
  lbVservers: [{ name: 'lb', method: 'token', services: [{ name: 'a' }, { name: 'b' }] }]
})
const [both] = config.lbVservers as [LbVserver]
const onlyA: LbVserver = { ...both, services: both.services.filter(({ name }) => name === 'a') }

/** A new LB vserver; `a` has passed its first probe, `b` has not been probed. */
const start = () => {
  const target = { address: '127.0.0.1', port: 1, timeoutMs: 0, layers: [] }
  const services = new Map(
    config.services.map(service => [service.name, new ServiceRuntime(service, target, emptyServiceStats())])
  )
  services.get('a')!.health = 'up'
  const sessions = { claim () {}, find () {}, pin () {}, release () {} }
  const lb = new LbRuntime(both, sessions as never, name => methods[name as 'token'](), () => 0, emptyLbVserverStats())
  const pick = (token: string): string => {
    let found = ''
    lb.pick({
      token,
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
    services,
    configure: (to: LbVserver) => {
      lb.configure(to, services)
    },
    picks: () => new Set(Array.from({ length: 50 }, (_, i) => pick(`token-${i}`)))
  }
}

test('a new LB vserver takes them all as equal, though one is probed already', () => {
  const { configure, picks } = start()
  configure(both)
  expect(picks()).toEqual(new Set(['a', 'b']))
  configure(both)
  expect(picks()).toEqual(new Set(['a', 'b']))
})

test('a service that joins one that is up waits for its first verdict', () => {
  const { services, configure, picks } = start()
  configure(onlyA)
  configure(both)
  expect(picks()).toEqual(new Set(['a']))
  services.get('b')!.health = 'up'
  expect(picks()).toEqual(new Set(['a', 'b']))
})
