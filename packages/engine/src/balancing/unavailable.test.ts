// The services that no entry may lead to are known from the last client, and are right whatever has changed since.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseConfig, type ServiceState } from '@weirlb/model'
import { emptyLbVserverStats, emptyServiceStats } from '../stats/empty.ts'
import type { Placement } from './balancer.ts'
import { LbRuntime } from './lb-vserver.ts'
import { methods } from './methods.ts'
import { ServiceRuntime } from './service.ts'

const COUNT = 5
const config = parseConfig({
  services: Array.from(
    { length: COUNT },
    (_, i) => ({ name: `s${i}`, address: '127.0.0.1', port: 1 + i, monitors: [], maxClients: i < 2 ? 1 : 0 })
  ),
  lbVservers: [{
    name: 'lb',
    method: 'round-robin',
    persistence: { type: 'user-session' },
    services: Array.from({ length: COUNT }, (_, i) => ({ name: `s${i}` }))
  }]
})
const at = fc.nat(COUNT - 1)
const change = fc.oneof(
  fc.record({
    what: fc.constant('health' as const),
    at,
    health: fc.constantFrom('up' as const, 'down' as const, 'unknown' as const)
  }),
  fc.record({
    what: fc.constant('state' as const),
    at,
    state: fc.constantFrom<ServiceState>('enabled', 'sessions-only', 'draining', 'disabled')
  }),
  fc.record({ what: fc.constant('client' as const), at }),
  fc.record({ what: fc.constant('dial' as const), at }),
  fc.record({ what: fc.constant('overfull' as const), names: fc.subarray(config.services.map(({ name }) => name)) })
)

test('whatever changes between two clients', () => {
  fc.assert(fc.property(fc.array(change, { maxLength: 30 }), changes => {
    const claims: { readonly unavailable: readonly string[], readonly proposal: string }[] = []
    const sessions = {
      claim: (claim: typeof claims[number]) => {
        claims.push(claim)
      },
      find () {},
      pin () {},
      release () {}
    }
    const services = new Map(
      config.services.map(
        service => [
          service.name,
          new ServiceRuntime(service, { address: '127.0.0.1', port: 1, timeoutMs: 0, layers: [] }, emptyServiceStats())
        ]
      )
    )
    const list = [...services.values()]
    const [lbConfig] = config.lbVservers
    const lb = new LbRuntime(
      lbConfig!,
      sessions as never,
      name => methods[name as 'token'](),
      () => performance.now(),
      emptyLbVserverStats()
    )
    lb.configure(lbConfig!, services)
    let overfull: readonly string[] = []
    const inside = new Set<ServiceRuntime>()
    for (const each of changes) {
      if (each.what === 'overfull') {
        overfull = each.names
        lb.steerFrom(overfull)
      } else {
        const service = list[each.at]!
        if (each.what === 'health') service.health = each.health
        else if (each.what === 'state') service.configure({ ...service.config, state: each.state }, service.target)
        else if (each.what === 'dial') service.dialFailed(performance.now())
        else if (inside.delete(service)) service.leave(false, false)
        else {
          inside.add(service)
          service.enter(false)
        }
      }
      claims.length = 0
      lb.pick({
        token: undefined,
        session: 'key',
        client: { address: '127.0.0.1', port: 1 },
        tried: [],
        stray: undefined,
        anyHealth: false,
        known: undefined,
        route: lb,
        onPlaced () {},
        onNoService () {}
      } as unknown as Placement)
      if (claims.length === 0) continue
      const keeps = (service: ServiceRuntime): boolean =>
        service.refusal === undefined ||
        (service.refusal === 'sessions-only' && service.health !== 'down' && !service.full)
      // Where only an overfull one can be had, entries may lead to all of them.
      const allOverfull = overfull.includes(claims[0]!.proposal)
      expect(claims[0]!.unavailable).toEqual(
        list.filter(service => !keeps(service) || (overfull.includes(service.name) && !allOverfull)).map(({ name }) =>
          name
        )
      )
    }
  }))
})
