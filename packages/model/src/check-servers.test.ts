import { describe, expect, test } from 'vitest'
import { checkConfig } from './check-config.ts'
import type { ConfigInput } from './entity-input.ts'
import type { WeirError } from './error.ts'
import { memberName } from './member.ts'
import { parseConfig } from './parse-config.ts'

const check = (change: ConfigInput): WeirError | undefined => {
  try { checkConfig(parseConfig(change)) } catch (error) { return error as WeirError }
  return undefined
}

const member = { address: '10.0.0.1', port: 80 }
const lb = { name: 'lb', services: [{ name: 'g' }] }

test('names, SRV names and groups pass', () => {
  expect(check({
    services: [{ name: 'a', address: 'a.example', port: 80, resolve: 'all' }, { name: 's', address: '_mqtt._tcp.example.com', port: 0, resolve: 'all' }],
    serviceGroups: [{ name: 'g', members: [member, { address: 'b.example', port: 80 }, { address: '::1', port: 80 }] }],
    lbVservers: [{ name: 'lb', services: [{ name: 'a' }, { name: 's' }, { name: 'g', weight: 3 }] }]
  })).toBeUndefined()
})

describe('refused is', () => {
  test.each<[string, ConfigInput, string, string, string]>([
    ['a group with the name of a service', { services: [{ name: 'g', ...member }], serviceGroups: [{ name: 'g' }] },
      'name-taken', 'serviceGroups[0].name', "there is a service 'g', and LB vservers bind both by name"],
    ['a member twice', { serviceGroups: [{ name: 'g', members: [member, { address: 'h.example', port: 80 }, { address: 'H.example.', port: 80, weight: 2 }] }] },
      'config-invalid', 'serviceGroups[0].members[2].address', "member 'h.example:80' of service group 'g' is there already, as members[1]; give it a weight instead"],
    ['a member twice, in two spellings of its address', { serviceGroups: [{ name: 'g', members: [{ address: '::1', port: 80 }, { address: '0:0::1', port: 80 }] }] },
      'config-invalid', 'serviceGroups[0].members[1].address', "member '[::1]:80' of service group 'g' is there already, as members[0]; give it a weight instead"],
    ['no port', { services: [{ name: 's', address: 'a.example', port: 0 }] },
      'config-invalid', 'services[0].port', 'must be at least 1; got 0. Only an SRV name, such as _mqtt._tcp.example.com, has its ports in DNS'],
    ['a port beside SRV records', { services: [{ name: 's', address: '_mqtt._tcp.example.com', port: 1883, resolve: 'all' }] },
      'config-invalid', 'services[0].port', 'the records of SRV name "_mqtt._tcp.example.com" have the port; expected 0, got 1883'],
    ['an SRV name as one server', { serviceGroups: [{ name: 'g', members: [{ address: '_mqtt._tcp.example.com', port: 0 }] }] },
      'config-invalid', 'serviceGroups[0].members[0].resolve', 'SRV name "_mqtt._tcp.example.com" stands for several servers; expected "all", got "first"'],
    ['several addresses of an address', { services: [{ name: 's', ...member, resolve: 'all' }] },
      'config-invalid', 'services[0].resolve', '"10.0.0.1" is an IP address, and only a host name has several; expected "first", or a name'],
    ['a group of another type', { serviceGroups: [{ name: 'g', type: 'HTTP' }], lbVservers: [lb] },
      'config-invalid', 'lbVservers[0].services[0].name', "service group 'g' is of type HTTP, but LB vserver 'lb' takes USER_TCP"],
    ['a group that is bound twice', { serviceGroups: [{ name: 'g' }], lbVservers: [{ ...lb, services: [{ name: 'g' }, { name: 'g' }] }] },
      'config-invalid', 'lbVservers[0].services[1].name', "service group 'g' is bound twice; give it a weight instead"],
    ['TLS of a plain group', { serviceGroups: [{ name: 'g', tls: {} }] },
      'config-invalid', 'serviceGroups[0].tls', "only a service of type USER_SSL_TCP or USER_WSS or HTTPS takes tls, or one with startTls; service group 'g' is USER_TCP"],
    ['an unknown certkey of a group', { serviceGroups: [{ name: 'g', type: 'HTTPS', tls: { ca: 'x' } }] }, 'reference-unknown', 'serviceGroups[0].tls.ca', "no certkey 'x'; there are: (none)"],
    ['an unknown monitor of a group', { serviceGroups: [{ name: 'g', monitors: [{ type: 'named', name: 'x' }] }] }, 'reference-unknown', 'serviceGroups[0].monitors[0].name', "no monitor 'x'; there are: (none)"],
    ['a threshold that no monitor of a group reaches', { serviceGroups: [{ name: 'g', monitorThreshold: 5 }] },
      'config-invalid', 'serviceGroups[0].monitorThreshold', "monitorThreshold 5 is more than all monitors of service group 'g' weigh, which is 1"]
  ])('%s', (_, change, code, path, message) => {
    const error = check(change)
    expect(error?.code).toBe(code)
    expect(error?.issues).toEqual([{ path, message }])
  })
})

test('members have one name for every spelling of their address', () => {
  expect(
    ['10.0.0.1', '2001:DB8::0:1', 'Mqtt.Example.COM.', 'bücher.example'].map(address => memberName('g', address, 80))
  ).toEqual(['g@10.0.0.1:80', 'g@[2001:db8::1]:80', 'g@mqtt.example.com:80', 'g@xn--bcher-kva.example:80'])
})
