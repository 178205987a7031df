import { expect, test } from 'vitest'
import { alternativeNames, nameAttributes } from './client-certificate.ts'

// Printed by Node 24 for a certificate made with OpenSSL 3.0.
test('a name has all its attributes, also two of one type and two in one RDN', () => {
  expect(
    nameAttributes(
      'C=DE\nO=Acme\\, Inc \\+ Sons\nO=line\nCN=multi + OU=ü\\\\x q =\nCN=a\\+b\nserialNumber=5\n2.3.4.5=odd'
    )
  ).toEqual([
    { type: 'C', value: 'DE' },
    { type: 'O', value: 'Acme, Inc + Sons' },
    { type: 'O', value: 'line' },
    { type: 'CN', value: 'multi' },
    { type: 'OU', value: 'ü\\x q =' },
    { type: 'CN', value: 'a+b' },
    { type: 'serialNumber', value: '5' },
    { type: '2.3.4.5', value: 'odd' }
  ])
  expect(nameAttributes('CN=a\\0ACN=evil')).toEqual([{ type: 'CN', value: 'a\nCN=evil' }])
  expect(nameAttributes('CN=ends in \\\\ + OU=b')).toEqual([{ type: 'CN', value: 'ends in \\' }, { type: 'OU', value: 'b' }])
  expect(nameAttributes('CN=a \\+ OU=no')).toEqual([{ type: 'CN', value: 'a + OU=no' }])
  expect([nameAttributes(''), nameAttributes(undefined)]).toEqual([[], []])
})

test('a value that looks like further names is one', () => {
  expect(
    alternativeNames(
      'DNS:a.test, DNS:*.b.test, URI:"spiffe://x/a\\u002cb", URI:urn:qDNS:evil.test, email:x@y.z, IP Address:10.0.0.1, IP Address:0:0:0:0:0:0:0:1, DirName:CN=dirname, othername:<unsupported>'
    )
  ).toEqual([
    { type: 'DNS', value: 'a.test' },
    { type: 'DNS', value: '*.b.test' },
    { type: 'URI', value: 'spiffe://x/a,b' },
    { type: 'URI', value: 'urn:qDNS:evil.test' },
    { type: 'email', value: 'x@y.z' },
    { type: 'IP Address', value: '10.0.0.1' },
    { type: 'IP Address', value: '0:0:0:0:0:0:0:1' },
    { type: 'DirName', value: 'CN=dirname' },
    { type: 'othername', value: '<unsupported>' }
  ])
  expect(alternativeNames('URI:"a, DNS:evil.test", DNS:good.test')).toEqual([
    { type: 'URI', value: 'a, DNS:evil.test' },
    { type: 'DNS', value: 'good.test' }
  ])
  expect(alternativeNames(undefined)).toEqual([])
})
