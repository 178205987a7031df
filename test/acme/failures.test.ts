// Orders that come to nothing: what is said of them, where, and when the next one begins.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FileStorage } from '@weirlb/core'
import { until } from '@weirlb/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWithPebble } from '../support/describe-with.ts'
import { atEnd } from '../support/engine-bench.ts'
import { freePort } from '../support/free-port.ts'
import { fakeAuthority, problem } from '../support/fake-authority.ts'
import { startPebble } from '../support/pebble.ts'
import { TlsClient } from '../support/tls-client.ts'
import { AcmeBench, ordered, tlsVserver } from './acme-bench.ts'

let directory: string
beforeAll(() => { directory = mkdtempSync(join(tmpdir(), 'weir-acme-')) })
afterAll(() => { rmSync(directory, { recursive: true }) })

const minute = 60_000
/** How long from now, in milliseconds. */
const away = (time: string | undefined): number => Date.parse(time!) - Date.now()

describeWithPebble('pebble refuses', () => {
  test('a domain whose port nobody listens on: the domain and the reason are everywhere, and a restart changes nothing', async () => {
    const pebble = await startPebble()
    const port = await freePort()
    const bench = await AcmeBench.start(ordered(pebble), [tlsVserver(port)], { storage: new FileStorage(directory) })
    const { value, reason, acme } = await bench.comesTo('failing')
    const said = acme!.reason!
    expect(said).toMatch(/^domain 'a\.test': the authority refuses tls-alpn-01: Failed to connect to 127\.0\.0\.1:\d+ for the tls-alpn-01 challenge \(unauthorized\)$/)
    expect([value, reason, acme!.failures]).toEqual(['down', `no certificate yet: ${said}`, 1])
    expect(away(acme!.nextOrder)).toBeGreaterThan(0)
    expect(away(acme!.nextOrder)).toBeLessThanOrEqual(minute)
    expect(bench.events).toMatchObject([{
      type: 'certificate-failed',
      certkey: 'c',
      reason: said,
      nextAttempt: acme!.nextOrder
    }])
    expect(await bench.weir.userVservers.status('tls')).toMatchObject({
      value: 'down',
      reason: `certkey 'c': no certificate yet: ${said}`,
      listening: { address: '127.0.0.1', port }
    })
    const client = new TlsClient(port, { servername: 'a.test' })
    await client.refused()
    expect(client.error?.code).toBe('ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE')
    await bench.weir.stop({ graceMs: 0 })
    const orders = pebble.orders()
    const again = await AcmeBench.start(ordered(pebble), [tlsVserver(port)], { storage: new FileStorage(directory) })
    expect((await again.status()).acme).toEqual(acme)
    expect(pebble.orders()).toBe(orders)
  })

  test('an account without a key of its own; the right one is used at once, and is nowhere shown', async () => {
    const macKey = 'zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W'
    const port = await freePort()
    const pebble = await startPebble({ tlsPort: port, macKeys: { 'kid-1': macKey } })
    const bench = await AcmeBench.start(ordered(pebble), [tlsVserver(port)])
    expect((await bench.comesTo('failing')).acme!.reason).toMatch(/\(externalAccountRequired\)$/)
    await bench.weir.certkeys.patch('c', { acme: { externalAccountBinding: { keyId: 'kid-1', hmacKey: macKey } } })
    await bench.comesTo('issued')
    const { value: shown } = bench.weir.certkeys.require('c')
    expect(shown.acme!.externalAccountBinding).toEqual({ keyId: 'kid-1' })
    // As it was read, it can be written again.
    await bench.weir.certkeys.replace('c', shown)
    await bench.weir.config.replace(bench.weir.config.get().value)
    expect((await bench.status()).acme!.state).toBe('issued')
    await expect(
      bench.weir.certkeys.patch('c', { acme: { externalAccountBinding: { keyId: 'kid-2', hmacKey: null } } })
    ).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringContaining('needs the MAC key of its account') as string
    })
    expect(bench.log.join('')).not.toContain(macKey)
  })

  test('an account that it does not know any more: another one is made', async () => {
    const port = await freePort()
    const first = await startPebble({ tlsPort: port })
    const bench = await AcmeBench.start(ordered(first), [tlsVserver(port)])
    await bench.comesTo('issued')
    await first.restart()
    await bench.weir.certkeys.patch('c', { acme: { domains: ['b.test'] } })
    await until(async () => (await bench.status()).certificate?.names[0] === 'b.test', 'the other domain')
    expect(bench.events.map(({ type }) => type)).toEqual(['certificate-issued', 'certificate-issued'])
  })
})

test('an authority that never answers holds up neither other authorities nor the end', async () => {
  const silent = await fakeAuthority(() => {})
  const other = await fakeAuthority((_request, response) => { problem(response, 403, 'unauthorized', 'not you') })
  const [ca, c] = ordered(silent)
  const [otherCa, d] = ordered(other)
  const bench = await AcmeBench.start([ca!, c!, { ...otherCa!, name: 'other' }, { ...d!, name: 'd', acme: { ...d!.acme!, ca: 'other' } }], [tlsVserver(0, { certificates: ['c', 'd'] })])
  await until(async () => (await bench.weir.certkeys.status('d')).acme?.state === 'failing', 'the other authority')
  expect((await bench.status())).toMatchObject({ value: 'down', reason: 'no certificate yet: it is being ordered', acme: { state: 'ordering', failures: 0 } })
  await bench.weir.stop({ graceMs: 0 })
  expect(bench.log.join('')).toContain('"msg":"stopped"')
})

test('an order waits for a user vserver that could answer', async () => {
  const authority = await fakeAuthority((_request, response) => { problem(response, 403, 'unauthorized', 'not you') })
  const bench = await AcmeBench.start(ordered(authority, { challenge: 'http-01' }), [tlsVserver(0)])
  const waits = 'no user vserver with HTTP listens, which could answer the authority (http-01)'
  expect(await bench.status()).toMatchObject({
    value: 'down',
    reason: `no certificate yet: ${waits}`,
    acme: { state: 'waiting', failures: 0, reason: waits }
  })
  await bench.weir.userVservers.create({
    name: 'web',
    protocol: 'HTTP',
    address: '127.0.0.1',
    port: 0,
    defaultLb: 'web'
  })
  await bench.comesTo('failing')
  expect(authority.asked).toContain('POST /account')
})

test('an archive that Weir has not written prevents the start: it may hold keys', async () => {
  const other = mkdtempSync(join(tmpdir(), 'weir-acme-'))
  atEnd(() => { rmSync(other, { recursive: true }) })
  writeFileSync(join(other, 'acme.json'), '{"accounts":7}')
  const authority = await fakeAuthority(() => {})
  await expect(AcmeBench.start(ordered(authority), [tlsVserver(0)], { storage: new FileStorage(other) })).rejects
    .toMatchObject({ code: 'storage-failed', message: expect.stringContaining('acme.json') as string })
})
