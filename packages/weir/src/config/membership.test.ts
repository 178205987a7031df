import { parseConfig, type ConfigInput } from '@weirlb/model'
import { expect, test } from 'vitest'
import {
  membershipOf,
  noMembership,
  probedServices,
  sameMembership,
  type Membership,
  type NamedAddress
} from './membership.ts'

const DRAIN_MS = 600_000

const at = (address: string, more: Partial<NamedAddress> = {}): NamedAddress => ({
  address,
  host: 'web.example',
  port: undefined,
  weight: 1,
  priority: 0,
  ...more
})

const made = (
  config: ConfigInput,
  names: Readonly<Record<string, readonly NamedAddress[]>>,
  before: Membership = noMembership,
  { now = 0, left = [] as readonly string[] } = {}
): Membership =>
  membershipOf(
    parseConfig(config),
    { addressesOf: host => names[host], hasLeft: member => left.includes(member) },
    before,
    now
  )

const namesIn = (list: readonly { readonly name: string }[]): string[] => list.map(({ name }) => name)
const web: ConfigInput = {
  services: [{ name: 'web', address: 'web.example', port: 80, resolve: 'all' }],
  lbVservers: [{ name: 'lb', services: [{ name: 'web', weight: 2, priority: 1 }] }]
}

test('members stand behind the services, and in their bindings', () => {
  const { services, lbVservers } = made(web, { 'web.example': [at('10.0.0.2'), at('10.0.0.1')] })
  expect(namesIn(services)).toEqual(['web', 'web@10.0.0.1:80', 'web@10.0.0.2:80'])
  expect(services[1]).toMatchObject({ address: 'web.example', addresses: ['10.0.0.1'], port: 80, resolve: 'first', state: 'enabled' })
  expect(lbVservers[0]!.services).toEqual([{ name: 'web@10.0.0.1:80', weight: 2, priority: 1 }, { name: 'web@10.0.0.2:80', weight: 2, priority: 1 }])
})

test('a member whose address is gone is bound nowhere, drains, and ends with its last client or its time', () => {
  const first = made(web, { 'web.example': [at('10.0.0.1'), at('10.0.0.2')] })
  const next = { 'web.example': [at('10.0.0.2')] }
  const leaving = made(web, next, first, { now: 5 })
  expect(leaving.services.find(({ name }) => name === 'web@10.0.0.1:80')!.state).toBe('draining')
  expect(leaving.members.get('web')!.at(-1)).toMatchObject({ leavesAt: 5 + DRAIN_MS })
  expect(namesIn(leaving.lbVservers[0]!.services)).toEqual(['web@10.0.0.2:80'])
  expect(namesIn(probedServices(leaving))).toEqual(['web@10.0.0.2:80'])
  // The time is that of the first change, whatever changes later.
  expect(made(web, next, leaving, { now: 99 }).members.get('web')!.at(-1)).toMatchObject({ leavesAt: 5 + DRAIN_MS })
  expect(namesIn(made(web, next, leaving, { left: ['web@10.0.0.1:80'] }).services)).toEqual(['web', 'web@10.0.0.2:80'])
  expect(namesIn(made(web, next, leaving, { now: 5 + DRAIN_MS }).services)).toEqual(['web', 'web@10.0.0.2:80'])
  const back = made(web, { 'web.example': [at('10.0.0.1'), at('10.0.0.2')] }, leaving)
  expect(sameMembership(back, first)).toBe(true)
})

test('a member that the operator removes ends at once, and so do all when their owner does', () => {
  const group = (...addresses: string[]): ConfigInput => ({
    serviceGroups: [{
      name: 'g',
      members: addresses.map(address => ({ address, port: 80, resolve: address.includes('web') ? 'all' : 'first' }))
    }]
  })
  const names = { 'web.example': [at('10.0.0.9')] }
  const before = made(group('10.0.0.1', '10.0.0.2', 'web.example'), names)
  expect(namesIn(before.services)).toEqual(['g@10.0.0.1:80', 'g@10.0.0.2:80', 'g@10.0.0.9:80'])
  expect(namesIn(made(group('10.0.0.2'), names, before).services)).toEqual(['g@10.0.0.2:80'])
  expect(made({}, names, before).services).toEqual([])
})

test('states of a group and of its members add up', () => {
  const states = (state: 'enabled' | 'draining' | 'disabled'): string[] =>
    made({
      serviceGroups: [{
        name: 'g',
        state,
        members: (['enabled', 'draining', 'disabled'] as const).map((each, i) => ({
          address: `10.0.0.${i}`,
          port: 80,
          state: each
        }))
      }]
    }, {}).services.map(service => service.state)
  expect(states('enabled')).toEqual(['enabled', 'draining', 'disabled'])
  expect(states('draining')).toEqual(['draining', 'draining', 'disabled'])
  expect(states('disabled')).toEqual(['disabled', 'disabled', 'disabled'])
})

test('one address by two members of a group is one server', () => {
  const { services } = made({
    serviceGroups: [{
      name: 'g',
      members: [{ address: '10.0.0.1', port: 80, weight: 7 }, { address: 'web.example', port: 80, resolve: 'all' }]
    }]
  }, { 'web.example': [at('10.0.0.1'), at('10.0.0.2')] })
  expect(namesIn(services)).toEqual(['g@10.0.0.1:80', 'g@10.0.0.2:80'])
})

test('weights multiply, and are scaled to 100 at most', () => {
  const config: ConfigInput = {
    services: [{ name: 'a', address: '10.0.0.3', port: 80 }],
    serviceGroups: [{
      name: 'g',
      members: [{ address: '10.0.0.1', port: 80, weight: 50 }, { address: '10.0.0.2', port: 80 }]
    }],
    lbVservers: [{ name: 'lb', services: [{ name: 'g', weight: 10 }, { name: 'a', weight: 100 }] }]
  }
  expect(made(config, {}).lbVservers[0]!.services.map(({ weight }) => weight)).toEqual([100, 2, 20])
})

test('there are no more than 1,024 members and 4,096 bindings', () => {
  const many = (name: string, n: number): NamedAddress[] =>
    Array.from({ length: 256 }, (_, i) => at(`10.${n}.0.${i}`, { host: name }))
  const groups = [0, 1, 2, 3, 4].map(g => ({
    name: `g${g}`,
    members: [0, 1, 2, 3, 4].map(n => ({ address: `n${n}.example`, port: 80 + g, resolve: 'all' as const }))
  }))
  const names = Object.fromEntries([0, 1, 2, 3, 4].map(n => [`n${n}.example`, many(`n${n}.example`, n)]))
  const { members, lbVservers } = made({
    serviceGroups: groups,
    lbVservers: [{ name: 'lb', services: groups.map(({ name }) => ({ name })) }]
  }, names)
  expect(groups.map(({ name }) => members.get(name)!.length)).toEqual([1024, 1024, 1024, 1024, 1024])
  expect(lbVservers[0]!.services).toHaveLength(4096)
})

test('a server by name keeps the order of its addresses', () => {
  const one: ConfigInput = { services: [{ name: 's', address: 'web.example', port: 80 }] }
  const first = made(one, { 'web.example': [at('10.0.0.1'), at('10.0.0.2')] })
  expect(first.services[0]!.addresses).toEqual(['10.0.0.1', '10.0.0.2'])
  expect(made(one, { 'web.example': [at('10.0.0.3'), at('10.0.0.2'), at('10.0.0.1')] }, first).services[0]!.addresses)
    .toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3'])
  expect(made(one, {}, first).services[0]!.addresses).toBeUndefined()
})
