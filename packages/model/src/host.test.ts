import { describe, expect, test } from 'vitest'
import type { WeirError } from './error.ts'
import { hostFault } from './host.ts'
import { parseConfig, parseEntity } from './parse-config.ts'

const issuesOf = (run: () => unknown): WeirError['issues'] => {
  try { run() } catch (error) { return (error as WeirError).issues }
  return []
}

describe('the address of a service', () => {
  test.each([
    '127.0.0.1',
    '::1',
    'fe80::1%eth0',
    '::ffff:10.0.0.1',
    'localhost',
    'broker-1.farm.example',
    'broker-1.farm.example.',
    'my_service',
    'a1',
    '7even',
    'x.1a',
    'bücher.example',
    `${'a'.repeat(63)}.b`
  ])('may be %s', address => {
    expect(parseEntity('services', { name: 's', address, port: 1 }).address).toBe(address)
  })

  test.each<[string, string]>([
    ['[::1]', 'an IPv6 address stands without brackets here: "::1"; got "[::1]"'],
    ['localhost:1883', 'the port has a field of its own: address "localhost", port 1883; got "localhost:1883"'],
    ['127.0.0.1:1883', 'the port has a field of its own: address "127.0.0.1", port 1883; got "127.0.0.1:1883"'],
    ['[::1]:1883', 'the port has a field of its own: address "::1", port 1883; got "[::1]:1883"'],
    [
      'mqtt://broker.example:1883/x',
      'expected an IP address or a host name, not a URL: address "broker.example", port 1883; got "mqtt://broker.example:1883/x"'
    ],
    [
      'https://broker.example',
      'expected an IP address or a host name, not a URL: "broker.example"; got "https://broker.example"'
    ],
    ['tcp://[::1]:1', 'expected an IP address or a host name, not a URL: address "::1", port 1; got "tcp://[::1]:1"'],
    ['http://a b', 'expected an IP address or a host name, not a URL; got "http://a b"'],
    ['[::1', 'expected an IP address or a host name; got "[::1"'],
    ['::g', 'expected an IP address or a host name; got "::g"'],
    ['fe80::1%', 'expected an IP address or a host name; got "fe80::1%"'],
    ['a:b', 'expected an IP address or a host name; got "a:b"'],
    ['two words', 'expected an IP address, or a host name of letters, digits, "-", "_" and "."; got "two words"'],
    [' localhost', 'expected an IP address, or a host name of letters, digits, "-", "_" and "."; got " localhost"'],
    ['a..b', 'expected an IP address, or a host name of letters, digits, "-", "_" and "."; got "a..b"'],
    ['-a', 'expected an IP address, or a host name of letters, digits, "-", "_" and "."; got "-a"'],
    ['a-.b', 'expected an IP address, or a host name of letters, digits, "-", "_" and "."; got "a-.b"'],
    [
      `${'a'.repeat(64)}.b`,
      `expected an IP address, or a host name of letters, digits, "-", "_" and "."; got "${'a'.repeat(64)}.b"`
    ],
    ['.', 'expected an IP address, or a host name of letters, digits, "-", "_" and "."; got "."'],
    ['127.1', 'expected an IP address with four numbers, or a host name whose last part is no number; got "127.1"'],
    [
      '256.0.0.1',
      'expected an IP address with four numbers, or a host name whose last part is no number; got "256.0.0.1"'
    ],
    [
      '0x7f000001',
      'expected an IP address with four numbers, or a host name whose last part is no number; got "0x7f000001"'
    ]
  ])('is not %s', (address, message) => {
    expect(issuesOf(() => parseEntity('services', { name: 's', address, port: 1 }))).toEqual([{
      path: 'address',
      message
    }])
    expect(
      issuesOf(() => parseConfig({ services: [{ name: 's', address: 'a', port: 1 }, { name: 't', address, port: 1 }] }))
    ).toEqual([{ path: 'services[1].address', message }])
  })

  test('that is text of a private key is not shown', () => {
    const [issue] = issuesOf(() =>
      parseEntity('services', { name: 's', address: '-----BEGIN PRIVATE KEY-----', port: 1 })
    )
    expect(issue?.message).toMatch(/got PEM text$/)
  })
})

test('the server name of a service is a name as well', () => {
  const tls = (serverName: string) =>
    parseEntity('services', { name: 's', address: 'a', port: 1, type: 'USER_SSL_TCP', tls: { serverName } })
  expect(tls('broker.example').tls?.serverName).toBe('broker.example')
  expect(issuesOf(() => tls('broker.example:8883'))).toEqual([{
    path: 'tls.serverName',
    message: 'the port has a field of its own: address "broker.example", port 8883; got "broker.example:8883"'
  }])
})

test('the address of a user vserver is told its right form', () => {
  const vserver = (address: string) =>
    parseEntity('userVservers', { name: 'v', protocol: 'p', defaultLb: 'l', port: 1, address })
  expect(vserver('::').address).toBe('::')
  expect(issuesOf(() => vserver('[::]'))).toEqual([{
    path: 'address',
    message: 'expected ipv4 or ipv6, without brackets: "::"; got "[::]"'
  }])
  expect(issuesOf(() => vserver('[::1]:80'))).toEqual([{
    path: 'address',
    message: 'expected ipv4 or ipv6, without brackets and port: "::1"; got "[::1]:80"'
  }])
})

test('text as long as a request may be is judged at once', () => {
  // Of the processor's time: others use this machine too.
  const from = process.cpuUsage()
  for (const text of ['a:'.repeat(1_000_000), 'a..'.repeat(1_000_000), `${'['.repeat(1_000_000)}`, `x://${'@'.repeat(1_000_000)}`]) expect(hostFault(text)).toBeTypeOf('string')
  const { user } = process.cpuUsage(from)
  expect(user / 1000).toBeLessThan(2000)
})
