import { describe, expect, test } from 'vitest'
import { checkConfig } from './check-config.ts'
import { certkeySecrets, withoutSecrets } from './certkey.ts'
import { WeirError } from './error.ts'
import { parseConfig } from './parse-config.ts'

const acme = { directory: 'https://ca.test/directory', domains: ['a.test'] }

/** The issues with a certkey `c` of this `acme`, path and message. */
const issues = (fields: object, ...more: object[]): string[] => {
  try {
    checkConfig(parseConfig({ certkeys: [{ name: 'c', ...fields }, ...more] }))
    return []
  } catch (error) {
    if (!(error instanceof WeirError)) throw error
    return [error.code, ...error.issues.map(({ path, message }) => `${path}: ${message}`)]
  }
}

test('host names are taken in lower case, with the defaults', () => {
  expect(
    parseConfig({ certkeys: [{ name: 'c', acme: { ...acme, domains: ['A.Test', 'xn--bcher-kva.test', 'lan'] } }] })
      .certkeys[0]!.acme
  ).toEqual({
    directory: 'https://ca.test/directory',
    domains: ['a.test', 'xn--bcher-kva.test', 'lan'],
    challenge: 'tls-alpn-01',
    keyType: 'P-256'
  })
})

describe.each(['tls-alpn-01', 'http-01'])('with %s', challenge => {
  test.each([
    ['*.a.test', 'a wildcard needs the challenge dns-01, which Weir does not have; name each host; got "*.a.test"'],
    ['192.0.2.1', 'certificates are ordered for host names, not for IP addresses; got "192.0.2.1"'],
    ['2001:db8::1', 'certificates are ordered for host names, not for IP addresses; got "2001:db8::1"'],
    ['a.test.', 'expected a host name without a dot at its end; got "a.test."'],
    ['a.b.1', 'expected a host name of letters, digits and "-" (names beyond ASCII in their `xn--` form); got "a.b.1"'],
    [
      'bücher.test',
      'expected a host name of letters, digits and "-" (names beyond ASCII in their `xn--` form); got "bücher.test"'
    ]
  ])('the domain %s is refused', (domain, message) => {
    expect(issues({ acme: { ...acme, challenge, domains: ['ok.test', domain] } })).toEqual([
      'config-invalid',
      `certkeys[0].acme.domains[1]: ${message}`
    ])
  })
})

test.each<[string, object, string]>([
  ['no domain', { domains: [] }, 'domains: must be at least 1 entries long; got 0'],
  ['a domain twice', { domains: ['a.test', 'A.test'] }, 'domains[1]: "a.test" is there twice'],
  [
    'a directory over http',
    { directory: 'http://ca.test/' },
    'directory: expected an https URL, as https://acme-v02.api.letsencrypt.org/directory (RFC 8555 §6.1); got "http://ca.test/"'
  ],
  [
    'a directory that is no URL',
    { directory: 'letsencrypt' },
    'directory: expected an https URL, as https://acme-v02.api.letsencrypt.org/directory (RFC 8555 §6.1); got "letsencrypt"'
  ],
  [
    'a password in the directory',
    { directory: 'https://me:hunter2@ca.test/' },
    'directory: an authority\'s directory has no user name and no password in its URL'
  ],
  ['another challenge', { challenge: 'dns-01' }, 'challenge: expected one of tls-alpn-01, http-01; got "dns-01"'],
  [
    'a MAC key of other characters',
    { externalAccountBinding: { keyId: 'k', hmacKey: 'se cret' } },
    'externalAccountBinding.hmacKey: expected base64url; got a hidden value'
  ]
])('%s is refused', (_, more, message) => {
  expect(issues({ acme: { ...acme, ...more } })).toEqual(['config-invalid', `certkeys[0].acme.${message}`])
})

test.each(['cert', 'ca', 'certFile', 'ocspFile'])('acme beside %s is refused', field => {
  const text = field.endsWith('File') ? '/etc/c.pem' : '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n'
  expect(issues({ acme, [field]: text })).toEqual(['config-invalid', `certkeys[0].${field}: certkey 'c': \`${field}\` stands beside \`acme\`, which brings its own certificate and key; give one of them`])
})

test('the certkey that verifies the authority exists, and has a bundle', () => {
  expect(issues({ acme: { ...acme, ca: 'd' } })).toEqual([
    'reference-unknown',
    'certkeys[0].acme.ca: no certkey \'d\'; there are: c'
  ])
  expect(issues({ acme: { ...acme, ca: 'c' } })).toEqual([
    'config-invalid',
    'certkeys[0].acme.ca: certkey \'c\': certkey \'c\' has no ca bundle; those that have: (none)'
  ])
})

test('a shown certkey has no secret, however deep', () => {
  const binding = { keyId: 'k', hmacKey: 'c2VjcmV0' }
  const certkey = { name: 'c', key: 'KEY', psk: 'a:00', acme: { ...acme, externalAccountBinding: binding } }
  expect(withoutSecrets(certkey)).toEqual({ name: 'c', acme: { ...acme, externalAccountBinding: { keyId: 'k' } } })
  expect(certkey.acme.externalAccountBinding).toBe(binding)
  expect(withoutSecrets({ name: 'c', acme })).toEqual({ name: 'c', acme })
  expect(certkeySecrets).toHaveLength(3)
})
