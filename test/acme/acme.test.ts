// Certificates that are ordered from an authority (RFC 8555), with pebble.
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { createWeir, FileStorage, type EntityStatus, type Weir } from '@weirlb/core'
import type { ConfigInput, EventName, WeirEvent } from '@weirlb/model'
import { until } from '@weirlb/testing'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeWithPebble } from '../support/describe-with.ts'
import { freePort } from '../support/engine-bench.ts'
import { startPebble, type Pebble } from '../support/pebble.ts'
import { Farm } from '../weir/farm.ts'

let farm: Farm
let directory: string
beforeAll(async () => {
  farm = await Farm.start('red')
  directory = mkdtempSync(join(tmpdir(), 'weir-acme-'))
})
afterAll(() => {
  farm.close()
  rmSync(directory, { recursive: true })
})

const weirs: Weir[] = []
afterEach(async () => { await Promise.all(weirs.splice(0).map(async weir => { await weir.stop({ graceMs: 0 }) })) })

type Vserver = NonNullable<ConfigInput['userVservers']>[number]

const tlsVserver = (port: number, more: Partial<Vserver> = {}): Vserver => ({ name: 'tls', protocol: 'TLS', address: '127.0.0.1', port, defaultLb: 'lb', certificates: ['c'], ...more })

/** A running Weir with a certkey `c` that is ordered, and its events. */
const start = async (certkeys: NonNullable<ConfigInput['certkeys']>, userVservers: readonly Vserver[], storage?: FileStorage, workers = 1) => {
  const base = farm.config()
  const config = {
    ...base, certkeys,
    userProtocols: [...base.userProtocols!, { name: 'TLS', transport: 'ssl', extension: 'hello' }, { name: 'HTTP', transport: 'http' }, { name: 'HTTPS', transport: 'https' }],
    lbVservers: [...base.lbVservers!, { name: 'web', type: 'HTTP' }],
    userVservers
  } satisfies ConfigInput
  const weir = createWeir({ config, log: { level: 'silent' }, storage, workers })
  weirs.push(weir)
  const events: WeirEvent[] = []
  for (const name of ['certificate-issued', 'certificate-renewed', 'certificate-failed'] satisfies EventName[]) weir.on(name, event => { events.push(event) })
  await weir.start()
  const status = async (): Promise<EntityStatus> => await weir.certkeys.status('c')
  return { weir, events, status, issued: async () => { await until(async () => (await status()).acme?.state === 'issued', 'a certificate') } }
}

/** The certkey `c` from this authority. */
const ordered = (pebble: Pebble, acme: object = {}): NonNullable<ConfigInput['certkeys']> =>
  [{ name: 'authority', ca: pebble.ca }, { name: 'c', acme: { directory: pebble.directory, domains: ['a.test'], ca: 'authority', ...acme } }]

/** A TLS client that verifies the server by its name. */
const client = async (port: number, ca: string, servername = 'a.test'): Promise<TLSSocket> => {
  const socket = connect({ port, host: '127.0.0.1', servername, ca })
  await once(socket, 'secureConnect')
  return socket
}

describeWithPebble('a certificate from pebble', () => {
  test('is ordered over TLS, kept, and not ordered again after a restart', async () => {
    const port = await freePort()
    const pebble = await startPebble({ tlsPort: port })
    const certkeys = ordered(pebble, { domains: ['a.test', 'b.test'] })
    const first = await start(certkeys, [tlsVserver(port)], new FileStorage(directory))
    await first.issued()
    const root = await pebble.root()
    const socket = await client(port, root)
    expect(socket.getPeerCertificate().subjectaltname).toBe('DNS:a.test, DNS:b.test')
    const { fingerprint256 } = socket.getPeerCertificate()
    socket.destroy()
    expect(await first.status()).toMatchObject({ value: 'up', hasKey: true, certificate: { names: ['a.test', 'b.test'], keyType: 'EC P-256' }, acme: { state: 'issued', failures: 0 } })
    expect(first.events).toMatchObject([{ type: 'certificate-issued', certkey: 'c' }])
    expect(statSync(join(directory, 'acme.json')).mode & 0o777).toBe(0o600)
    expect(JSON.stringify(first.weir.config.get())).not.toContain('PRIVATE KEY')
    await first.weir.stop({ graceMs: 0 })
    const orders = pebble.orders()
    const second = await start(certkeys, [tlsVserver(port)], new FileStorage(directory))
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
    const { issued, events } = await start(ordered(pebble, { challenge: 'http-01', keyType: 'RSA-2048' }), [tlsVserver(port), { name: 'web', protocol: 'HTTP', address: '127.0.0.1', port: web, defaultLb: 'web' }])
    await issued()
    const socket = await client(port, await pebble.root())
    expect(socket.getPeerCertificate().subjectaltname).toBe('DNS:a.test')
    socket.destroy()
    expect(events).toMatchObject([{ type: 'certificate-issued' }])
    const unknown = await fetch(`http://127.0.0.1:${web}/.well-known/acme-challenge/unknown`)
    // No server is bound: it was forwarded as any other request.
    expect(unknown.status).toBe(503)
  })

  test('comes through whatever keeps clients out, on any worker, and no client is seen by the extension', async () => {
    const port = await freePort()
    const pebble = await startPebble({ tlsPort: port })
    const locked = tlsVserver(port, { tls: { clientCertificate: 'mandatory', clientCa: ['authority'], strictSni: true, alpn: ['hello'] }, limits: { maxClients: 1 } })
    const { weir, issued } = await start(ordered(pebble), [locked], undefined, 2)
    await issued()
    const { userVservers: { tls } } = await weir.stats()
    expect(tls).toMatchObject({ connections: 0, closed: { 'client-closed': tls!.accepted } })
    expect(tls!.accepted).toBeGreaterThan(0)
  })

  test.each(['tls-alpn-01', 'http-01'] as const)('is ordered with %s on a port of several protocols', async challenge => {
    const port = await freePort()
    const pebble = await startPebble({ tlsPort: port, httpPort: port })
    const { issued } = await start(ordered(pebble, { challenge }), [tlsVserver(port, { protocols: ['HTTP', 'HTTPS'], http: { defaultLb: 'web' } })])
    await issued()
    const socket = await client(port, await pebble.root())
    socket.destroy()
  })
})
