// Clients that prove who they are with a certificate: who is taken, what the extension is told, and what is said of
// the others.
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { until } from '@weirlb/testing'
import { WebSocket } from 'ws'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Certificate } from '../support/certificate.ts'
import { atEnd } from '../support/engine-bench.ts'
import { Authority, selfSigned, type IssuedCertificate } from '../support/pki.ts'
import { told, whoami } from './whoami.ts'

const versions = ['TLSv1.2', 'TLSv1.3'] as const

let root: Authority
let stranger: Authority
let server: IssuedCertificate
let good: IssuedCertificate
let others: Record<string, Certificate>
let revokedList: string
beforeAll(async () => {
  root = await Authority.root()
  stranger = await Authority.root('Stranger')
  server = await root.issue({ names: [{ type: 'dns', value: 'localhost' }] })
  good = await root.issue({
    subject: [{ C: ['DE'] }, { O: ['Farm, Inc.'] }, { CN: ['meter-7'] }, { CN: ['second'] }],
    names: [
      { type: 'dns', value: 'meter-7.test' },
      { type: 'url', value: 'urn:dev:7' },
      { type: 'url', value: 'urn:a,b' },
      { type: 'email', value: 'm7@test' },
      { type: 'ip', value: '192.0.2.7' }
    ]
  })
  const revoked = await root.issue({ subject: 'CN=revoked' })
  revokedList = await root.revoke([revoked])
  others = {
    expired: await root.issue({ subject: 'CN=expired', from: -9, until: -1 }),
    'not yet valid': await root.issue({ subject: 'CN=early', from: 1, until: 9 }),
    'of another authority': await stranger.issue({ subject: 'CN=stranger' }),
    revoked,
    'self-signed': await selfSigned('self')
  }
})

const certkeys = () =>
  [{ name: 'server', ...server }, { name: 'devices', ca: root.cert, crl: revokedList }].map((
    { serial: _, ...certkey }: { serial?: string, name: string }
  ) => certkey)
const mandatory = { clientCertificate: 'mandatory', clientCa: ['devices'] } as const

describe.each(versions)('over %s', version => {
  const only = { minVersion: version, maxVersion: version }

  test('a verified certificate is told of with all that it says', async () => {
    const bench = await whoami(certkeys(), ['server'], mandatory)
    const { serialNumber, fingerprint256, validFromDate, validToDate } = new X509Certificate(good.cert)
    expect((await told(bench.with(good, only))).certificate).toEqual({
      subject: [{ type: 'C', value: 'DE' }, { type: 'O', value: 'Farm, Inc.' }, { type: 'CN', value: 'meter-7' }, { type: 'CN', value: 'second' }],
      issuer: [{ type: 'CN', value: 'Test Root' }],
      commonNames: ['meter-7', 'second'],
      dns: ['meter-7.test'],
      uris: ['urn:dev:7', 'urn:a,b'],
      emails: ['m7@test'],
      addresses: ['192.0.2.7'],
      serial: serialNumber,
      fingerprint: fingerprint256.replaceAll(':', '').toLowerCase(),
      notBefore: validFromDate.toISOString(),
      notAfter: validToDate.toISOString()
    })
  })

  const codes: Record<string, string> = {
    expired: 'CERT_HAS_EXPIRED',
    'not yet valid': 'CERT_NOT_YET_VALID',
    'of another authority': 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    revoked: 'CERT_REVOKED',
    'self-signed': 'DEPTH_ZERO_SELF_SIGNED_CERT'
  }
  test.each(Object.keys(codes))('one that is %s is refused, mandatory or optional, and counted', async name => {
    // With lists OpenSSL's last word about a certificate of an unknown authority is that it has no list of it.
    const lists = name === 'revoked' ? certkeys() : [...certkeys().slice(0, 1), { name: 'devices', ca: root.cert }]
    const bench = await whoami(lists, ['server'], mandatory)
    const refused = [`client-unverified: its certificate was not verified: ${codes[name]}`]
    await bench.with(others[name]!, only).refused()
    await until(() => bench.closed('client-unverified') === 1, 'the count')
    expect(bench.refusals).toEqual(refused)
    await bench.set({ ...mandatory, clientCertificate: 'optional' })
    await bench.with(others[name]!, only).refused()
    await until(() => bench.closed('client-unverified') === 2, 'the count')
    expect(bench.refusals).toEqual([...refused, ...refused])
  })

  test('another authority is told of by what the client sends of it', async () => {
    const { cert, key } = others['of another authority']!
    const bench = await whoami(certkeys(), ['server'], mandatory)
    const cases = [['UNABLE_TO_VERIFY_LEAF_SIGNATURE', { cert, key }], ['UNABLE_TO_GET_CRL', {
      cert: cert + stranger.cert,
      key
    }]] as const
    for (const [index, [, certificate]] of cases.entries()) {
      await bench.with(certificate, only).refused()
      await until(() => bench.closed('client-unverified') === index + 1, 'the count')
    }
    expect(bench.refusals).toEqual(
      cases.map(([code]) => `client-unverified: its certificate was not verified: ${code}`)
    )
  })

  test('none is refused where it is mandatory, served where it is optional, and not asked for where it is off', async () => {
    const bench = await whoami(certkeys(), ['server'], mandatory)
    await bench.connect(only).refused()
    await until(() => bench.closed('client-unverified') === 1, 'the count')
    expect(bench.refusals).toEqual(['client-unverified: it has no certificate'])
    await bench.set({ ...mandatory, clientCertificate: 'optional' })
    expect((await told(bench.connect(only))).certificate).toBeUndefined()
    expect((await told(bench.with(good, only))).certificate).toMatchObject({ commonNames: ['meter-7', 'second'] })
    await bench.set({})
    expect((await told(bench.with(good, only))).certificate).toBeUndefined()
    expect((await told(bench.with(others['self-signed']!, only))).certificate).toBeUndefined()
  })

  test('a chain is taken as long as verifyDepth allows', async () => {
    const first = await root.intermediate('First')
    const second = await first.intermediate('Second')
    const [near, far] = [await first.issue({ subject: 'CN=near' }), await second.issue({ subject: 'CN=far' })]
    const nearChain = { ...near, cert: near.cert + first.cert }
    const farChain = { ...far, cert: far.cert + second.cert + first.cert }
    const authorities = (
      ca: string
    ) => [{ name: 'server', cert: server.cert, key: server.key }, { name: 'devices', ca }]
    const bench = await whoami(authorities(root.cert), ['server'], mandatory)
    expect((await told(bench.with(farChain, only))).certificate).toMatchObject({ commonNames: ['far'] })
    await bench.set({ ...mandatory, verifyDepth: 1 }, authorities(root.cert + first.cert + second.cert))
    const nearby = bench.with(nearChain, only)
    expect((await told(nearby)).certificate).toMatchObject({ commonNames: ['near'] })
    await bench.with(farChain, only).refused()
    await bench.set({ ...mandatory, verifyDepth: 0 })
    expect((await told(bench.with(good, only))).certificate).toMatchObject({ commonNames: ['meter-7', 'second'] })
    await bench.with(nearChain, { ...only, session: await until(() => nearby.session, 'a ticket') }).refused()
    await until(() => bench.closed('client-unverified') === 2, 'the count')
    expect(bench.refusals).toEqual([1, 0].map(depth => `client-unverified: its certificate was not verified: verifyDepth is ${depth}, and through the certificates of clientCa it is further from a root`))
  })

  test('a list of the root and none of an authority below it refuses those of that authority', async () => {
    const below = await root.intermediate('Below')
    const { cert, ...rest } = await below.issue({ subject: 'CN=below' })
    const bench = await whoami(certkeys(), ['server'], mandatory)
    await bench.with({ ...rest, cert: cert + below.cert }, only).refused()
    await until(() => bench.closed('client-unverified') === 1, 'the count')
    expect(bench.refusals).toEqual(['client-unverified: its certificate was not verified: UNABLE_TO_GET_CRL'])
    await bench.set(mandatory, [...certkeys().slice(0, 1), {
      name: 'devices',
      ca: root.cert,
      crl: revokedList + await below.revoke([])
    }])
    expect((await told(bench.with({ ...rest, cert: cert + below.cert }, only))).certificate).toMatchObject({
      commonNames: ['below']
    })
  })

  test('a list that is out of date refuses everybody', async () => {
    const bench = await whoami(
      [...certkeys().slice(0, 1), {
        name: 'devices',
        ca: root.cert,
        crl: await root.revoke([], { from: -9, until: -1 })
      }],
      ['server'],
      mandatory
    )
    await bench.with(good, only).refused()
    await until(() => bench.closed('client-unverified') === 1, 'the count')
    expect(bench.refusals).toEqual(['client-unverified: its certificate was not verified: CRL_HAS_EXPIRED'])
  })

  test('a session is resumed with the identity that it had, and not once it may not be taken any more', async () => {
    const short = await root.issue({ subject: 'CN=short' })
    const bench = await whoami(certkeys(), ['server'], mandatory)
    const first = bench.with(short, only)
    expect((await told(first)).certificate).toMatchObject({ commonNames: ['short'] })
    const session = await until(() => first.session, 'a ticket')
    const again = bench.with(short, { ...only, session })
    expect((await told(again)).certificate).toMatchObject({ commonNames: ['short'] })
    expect(again.socket.isSessionReused()).toBe(true)
    // Without its certificate a client has no more than the ticket, and that is enough.
    const alone = bench.connect({ ...only, session })
    expect((await told(alone)).certificate).toMatchObject({ commonNames: ['short'] })
    expect(alone.socket.isSessionReused()).toBe(true)

    await bench.set(mandatory, [...certkeys().slice(0, 1), {
      name: 'devices',
      ca: root.cert,
      crl: await root.revoke([short])
    }])
    await bench.connect({ ...only, session }).refused()
    await bench.with(short, { ...only, session }).refused()
    await until(() => bench.closed('client-unverified') === 2, 'the count')
    expect(bench.refusals).toEqual([
      'client-unverified: it has no certificate',
      'client-unverified: its certificate was not verified: CERT_REVOKED'
    ])
  })
})

test('over a secure WebSocket it is the same, and so is a refusal', async () => {
  const bench = await whoami(certkeys(), ['server'], mandatory, 'wss')
  const socket = new WebSocket(`wss://127.0.0.1:${bench.port}/`, {
    cert: good.cert,
    key: good.key,
    rejectUnauthorized: false
  })
  atEnd(() => {
    socket.terminate()
  })
  const [line] = await once(socket, 'message') as [Buffer]
  expect(JSON.parse(line.toString())).toMatchObject({
    certificate: { commonNames: ['meter-7', 'second'] },
    http: { path: '/' }
  })
  const refused = new WebSocket(`wss://127.0.0.1:${bench.port}/`, {
    cert: others['self-signed']!.cert,
    key: others['self-signed']!.key,
    rejectUnauthorized: false
  })
  await once(refused, 'error')
  await until(() => bench.closed('client-unverified') === 1, 'the count')
})

test('the log and the list of connections show whose certificate it is', async () => {
  const bench = await whoami(certkeys(), ['server'], mandatory)
  const client = bench.with(good)
  await told(client)
  const certificate = 'C=DE,O=Farm\\, Inc.,CN=meter-7,CN=second'
  expect(bench.bench.engine.connections({})).toMatchObject([{ certificate, psk: undefined }])
  client.socket.destroy()
  expect(await bench.bench.log.ends()).toMatchObject([{ certificate }])
})

test('over TLS 1.3 a client believes itself connected before it is refused, over 1.2 it does not', async () => {
  const bench = await whoami(certkeys(), ['server'], mandatory)
  const seen: Record<string, boolean> = {}
  for (const version of versions) {
    for (const [name, certificate] of [['none', undefined], ['self-signed', others['self-signed']!]] as const) {
      const client = bench.connect({ minVersion: version, maxVersion: version, ...certificate })
      await client.refused()
      seen[`${version} ${name}`] = client.secured
    }
  }
  expect(seen).toEqual({
    'TLSv1.2 none': false,
    'TLSv1.2 self-signed': false,
    'TLSv1.3 none': true,
    'TLSv1.3 self-signed': true
  })
})
