// Clients that prove who they are with a pre-shared key, over both versions of TLS.
import { until } from '@weirlb/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import type { ConnectionOptions } from 'node:tls'
import { Authority, type IssuedCertificate } from '../support/pki.ts'
import { told, whoami } from './whoami.ts'

const KEY = '00112233445566778899aabbccddeeff'
const certkeys = [{ name: 'meters', psk: `# the meters\nmeter-1:${KEY}\nmeter:2:ffee\n` }]

/** A client with a key. Node's own list of ciphers leaves those for TLS 1.2 out. */
const psk = (identity: string, key = KEY, options: ConnectionOptions = {}): ConnectionOptions => ({
  ciphers: 'PSK:TLS_AES_128_GCM_SHA256',
  pskCallback: () => ({ identity, psk: Buffer.from(key, 'hex') }),
  checkServerIdentity: () => undefined,
  ...options
})

let root: Authority
let server: IssuedCertificate
let device: IssuedCertificate
beforeAll(async () => {
  root = await Authority.root()
  server = await root.issue({ names: [{ type: 'dns', value: 'localhost' }] })
  device = await root.issue({ subject: 'CN=meter-3' })
})

test('over TLS 1.2, without any certificate', async () => {
  const bench = await whoami(certkeys, [], { psk: ['meters'] })
  const only = { maxVersion: 'TLSv1.2' } as const
  expect(await told(bench.connect(psk('meter-1', KEY, only)))).toMatchObject({ psk: 'meter-1' })
  expect(await told(bench.connect(psk('meter:2', 'ffee', only)))).toMatchObject({ psk: 'meter:2' })
  expect(bench.bench.engine.connections({}).map(({ psk }) => psk)).toEqual(['meter-1', 'meter:2'])
  for (const [identity, key] of [['meter-1', 'ffee'], ['stranger', KEY]] as const)
    await bench.connect(psk(identity, key, only)).refused()
  await bench.connect(only).refused()
  await until(() => bench.closed('tls-failed') + bench.closed('client-unverified') === 3, 'the counts')
  expect(JSON.stringify(bench.bench.log.lines)).not.toContain(KEY)
})

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('beside certificates, over %s', version => {
  const only = { minVersion: version, maxVersion: version }
  const all =
    () => [...certkeys, { name: 'server', cert: server.cert, key: server.key }, { name: 'devices', ca: root.cert }]

  test('with no certificate asked for, a client without a key is refused, also one that takes the certificate', async () => {
    const bench = await whoami(all(), ['server'], { psk: ['meters'] })
    await bench.connect(only).refused()
    await until(() => bench.closed('client-unverified') === 1, 'the count')
    expect(bench.refusals).toEqual(['client-unverified: it has no pre-shared key of this vserver'])
  })

  test('either is taken, each tells who it is, and nothing is resumed', async () => {
    const bench = await whoami(all(), ['server'], {
      psk: ['meters'],
      clientCertificate: 'mandatory',
      clientCa: ['devices']
    })
    const client = bench.connect({ ...only, cert: device.cert, key: device.key })
    const facts = await told(client)
    expect([facts.psk, facts.certificate?.['commonNames']]).toEqual([undefined, ['meter-3']])
    await bench.connect(only).refused()
    const again = bench.connect({ ...only, session: client.session })
    await again.refused()
    expect(again.socket.isSessionReused()).not.toBe(true)
  })
})

// Node's client takes no key over TLS 1.3; mosquitto_pub and openssl do: test/mqtt/client-identity.test.ts.
test('keys are read again, and an identity that is gone is refused', async () => {
  const bench = await whoami(certkeys, [], { psk: ['meters'] })
  const only = { maxVersion: 'TLSv1.2' } as const
  await told(bench.connect(psk('meter-1', KEY, only)))
  await bench.set({ psk: ['meters'] }, [{ name: 'meters', psk: 'meter-9:aabb' }])
  await bench.connect(psk('meter-1', KEY, only)).refused()
  expect(await told(bench.connect(psk('meter-9', 'aabb', only)))).toMatchObject({ psk: 'meter-9' })
})
