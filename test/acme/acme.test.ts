// Certificates that are ordered from an authority (RFC 8555), with pebble.
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { FileStorage } from '@weirlb/core'
import { until } from '@weirlb/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWithPebble } from '../support/describe-with.ts'
import { freePort } from '../support/free-port.ts'
import { startPebble } from '../support/pebble.ts'
import { AcmeBench, ordered, tlsVserver } from './acme-bench.ts'

let directory: string
beforeAll(() => { directory = mkdtempSync(join(tmpdir(), 'weir-acme-')) })
afterAll(() => { rmSync(directory, { recursive: true }) })

/** A TLS client that verifies the server by its name. */
const client = async (
  port: number,
  ca: string,
  servername = 'a.test',
  more: ConnectionOptions = {}
): Promise<TLSSocket> => {
  const socket = connect({ port, host: '127.0.0.1', servername, ca, ...more })
  await once(socket, 'secureConnect')
  return socket
}

describeWithPebble('a certificate from pebble', () => {
  test('is ordered over TLS, kept, and not ordered again after a restart', async () => {
    const port = await freePort()
    const pebble = await startPebble({ tlsPort: port })
    const certkeys = ordered(pebble, { domains: ['a.test', 'b.test'] })
    const first = await AcmeBench.start(certkeys, [tlsVserver(port)], { storage: new FileStorage(directory) })
    await first.comesTo('issued')
    const root = await pebble.root()
    const socket = await client(port, root)
    expect(socket.getPeerCertificate().subjectaltname).toBe('DNS:a.test, DNS:b.test')
    const { fingerprint256 } = socket.getPeerCertificate()
    socket.destroy()
    expect(await first.status()).toMatchObject({
      value: 'up',
      hasKey: true,
      certificate: { names: ['a.test', 'b.test'], keyType: 'EC P-256' },
      acme: { state: 'issued', failures: 0 }
    })
    expect(first.events).toMatchObject([{ type: 'certificate-issued', certkey: 'c' }])
    expect(statSync(join(directory, 'acme.json')).mode & 0o777).toBe(0o600)
    expect(JSON.stringify(first.weir.config.get())).not.toContain('PRIVATE KEY')
    await first.weir.stop({ graceMs: 0 })
    const orders = pebble.orders()
    const second = await AcmeBench.start(certkeys, [tlsVserver(port)], { storage: new FileStorage(directory) })
    const again = await client(port, root, 'b.test')
    expect(again.getPeerCertificate().fingerprint256).toBe(fingerprint256)
    again.destroy()
    expect((await second.status()).acme?.state).toBe('issued')
    expect([pebble.orders(), second.events]).toEqual([orders, []])
    expect(readFileSync(join(directory, 'config.json'), 'utf8')).not.toContain('PRIVATE KEY')
  })

  test('is ordered by HTTP, beside a vserver with TLS that has none yet', async () => {
    const [port, web] = [await freePort(), await freePort()]
    const pebble = await startPebble({ httpPort: web })
    const bench = await AcmeBench.start(ordered(pebble, { challenge: 'http-01', keyType: 'RSA-2048' }), [tlsVserver(port), { name: 'web', protocol: 'HTTP', address: '127.0.0.1', port: web, defaultLb: 'web' }])
    await bench.comesTo('issued')
    const socket = await client(port, await pebble.root())
    expect(socket.getPeerCertificate().subjectaltname).toBe('DNS:a.test')
    socket.destroy()
    expect(bench.events).toMatchObject([{ type: 'certificate-issued' }])
    const unknown = await fetch(`http://127.0.0.1:${web}/.well-known/acme-challenge/unknown`)
    // No server is bound: it was forwarded as any other request.
    expect(unknown.status).toBe(503)
  })

  test('comes through whatever keeps clients out, on any worker, and no client is seen by the extension', async () => {
    const port = await freePort()
    const pebble = await startPebble({ tlsPort: port })
    const locked = tlsVserver(port, {
      tls: { clientCertificate: 'mandatory', clientCa: ['authority'], strictSni: true, alpn: ['hello'] },
      limits: { maxClients: 1 }
    })
    const bench = await AcmeBench.start(ordered(pebble), [locked], { workers: 2 })
    await bench.comesTo('issued')
    const { userVservers: { tls } } = await bench.weir.stats()
    expect(tls).toMatchObject({ connections: 0, closed: { 'client-closed': tls!.accepted } })
    expect(tls!.accepted).toBeGreaterThan(0)
  })

  test.each([['tls-alpn-01', 1], ['http-01', 0]] as const)('is ordered with %s on a port of several protocols, workers: %i', async (challenge, workers) => {
    const port = await freePort()
    const pebble = await startPebble({ tlsPort: port, httpPort: port })
    const bench = await AcmeBench.start(ordered(pebble, { challenge }), [tlsVserver(port, { protocols: ['HTTP', 'HTTPS'], http: { defaultLb: 'web' } })], { workers })
    await bench.comesTo('issued')
    const socket = await client(port, await pebble.root())
    socket.destroy()
  })

  test('is renewed when a third of its time is left, under clients that stay, and stays in use when that fails', async () => {
    const port = await freePort()
    const pebble = await startPebble({ tlsPort: port, validSeconds: 21 })
    const bench = await AcmeBench.start(ordered(pebble), [tlsVserver(port, { limits: { firstMessageTimeoutSeconds: 300 } })])
    const { certificate, acme } = await bench.comesTo('issued')
    const left = Date.parse(certificate!.notAfter) - Date.parse(acme!.nextOrder!)
    expect(left).toBeGreaterThan(6000)
    expect(left).toBeLessThan(8000)
    const ca = await pebble.root()
    const old = await client(port, ca)
    await until(() => bench.events.length > 1, 'the renewal')
    expect(bench.events).toMatchObject([{ type: 'certificate-issued' }, { type: 'certificate-renewed', certkey: 'c' }])
    const renewed = await client(port, ca)
    expect(renewed.getPeerCertificate().fingerprint256).not.toBe(old.getPeerCertificate().fingerprint256)
    expect(old.closed).toBe(false)
    await pebble.stop()
    const { value, reason, acme: failed } = await bench.comesTo('failing')
    expect([value, reason]).toEqual(['stale', `the certificate before is in use: ${failed!.reason}`])
    expect(bench.events.at(-1)).toMatchObject({ type: 'certificate-failed', reason: failed!.reason })
    // It may have ended by now.
    const last = await client(port, ca, 'a.test', { rejectUnauthorized: false })
    expect(last.getPeerCertificate().fingerprint256).toBe(renewed.getPeerCertificate().fingerprint256)
    for (const socket of [old, renewed, last]) socket.destroy()
  })
})
