import { collectionNames, type ConfigInput } from '@weirlb/model'
import { generate } from 'selfsigned'
import { describe, expect, test } from 'vitest'
import { AcmeKeeper } from './acme/acme-keeper.ts'
import { CertificateWatch } from './jobs/certificate-watch.ts'
import { AddedMethods } from './config/added-methods.ts'
import { Bundler } from './config/bundler.ts'
import { Events } from './events.ts'
import { NameKeeper } from './names/name-keeper.ts'
import { RunningWeir } from './running-weir.ts'
import { BanBook } from './bans/ban-book.ts'
import { Lives } from './lives/lives.ts'
import { SecurityEvents } from './security/security-events.ts'
import { SecurityLog } from './security/security-log.ts'
import { makeLog } from './log.ts'
import { SessionBook } from './sessions/session-book.ts'
import { CookieSecret } from './sessions/cookie-secret.ts'
import { SessionKeeper } from './sessions/session-keeper.ts'
import { ProcessWatch } from './stats/process-watch.ts'
import { MemoryStorage } from './storage/memory.ts'
import type { SavedRevision } from './storage/storage.ts'
import { TicketRotation } from './jobs/ticket-rotation.ts'
import { Traces } from './jobs/traces.ts'
import { FakeDataPlane, FakeHealth } from './test/fake-data-plane.ts'
import { startWeir } from './test/start-weir.ts'

const source = "import { defineProtocol, frame } from '@weirlb/sdk'\nexport default defineProtocol({})"
const service = { name: 's', address: '127.0.0.1', port: 1883 }

/** A certificate and its key in another text each time that the key is written. */
const pair = async (name: string) => {
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }], { keyType: 'ec', algorithm: 'sha256', extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: name }, { type: 7, ip: '127.0.0.1' }] }] })
  return { cert: `${cert.trim().replaceAll('\r', '')}\n`, key: `${key.trim().replaceAll('\r', '')}\n`, secret: key.split('\n')[1]!.trim() }
}
const first = await pair('first.test')
const second = await pair('second.test')
const full: ConfigInput = {
  extensions: [{ name: 'e', source }],
  userProtocols: [{ name: 'p', transport: 'tcp', extension: 'e' }],
  certkeys: [{ name: 'c', cert: first.cert, key: first.key }],
  services: [service],
  lbVservers: [{ name: 'lb', services: [{ name: 's' }] }],
  userVservers: [{ name: 'v', protocol: 'p', port: 0, defaultLb: 'lb' }]
}

class FailingStorage extends MemoryStorage {
  full = false
  override async save (revision: SavedRevision): Promise<void> {
    if (this.full) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' })
    await super.save(revision)
  }
}

describe('a change', () => {
  test('is prepared, saved and committed, in this order', async () => {
    const { weir, plane, storage } = await startWeir()
    const created = await weir.services.create(service)
    expect(created.value).toMatchObject({ name: 's', state: 'enabled' })
    expect(plane.told).toEqual(['prepare 0', 'commit 0', 'prepare 1', 'commit 1'])
    expect((await storage.load())?.config.services).toEqual(plane.running?.services)
    expect((await weir.health()).revision).toBe(1)
  })

  test('that the data plane refuses changes nothing', async () => {
    const { weir, plane, storage } = await startWeir({ config: full })
    const before = weir.config.get()
    plane.refusal = new Error('the port fell off')
    await expect(weir.services.patch('s', { port: 1 })).rejects.toMatchObject({ code: 'apply-failed', message: 'the port fell off' })
    expect(weir.config.get()).toEqual(before)
    expect((await storage.load())?.revision).toBe(1)
  })

  test('that cannot be saved is taken back', async () => {
    const storage = new FailingStorage()
    const { weir, plane } = await startWeir({ config: full, storage })
    const before = weir.config.get()
    storage.full = true
    await expect(weir.userVservers.delete('v')).rejects.toMatchObject({ code: 'storage-failed', status: 507 })
    expect(plane.told.slice(-2)).toEqual(['prepare 2', 'abort 2'])
    expect(weir.config.get()).toEqual(before)
    storage.full = false
    await weir.userVservers.delete('v')
    expect(weir.userVservers.list()).toEqual([])
  })

  test('to what is there already is no change', async () => {
    const { weir, plane } = await startWeir({ config: full })
    const { value, etag } = weir.config.get()
    const told = plane.told.length
    expect((await weir.config.replace(value)).etag).toBe(etag)
    await weir.services.replace('s', service)
    expect(plane.told.length).toBe(told)
  })

  test('waits for the one before', async () => {
    const { weir, plane } = await startWeir()
    await Promise.all(Array.from({ length: 5 }, (_, i) => weir.services.create({ ...service, name: `s${i}` })))
    expect(weir.services.list().map(s => s.name)).toEqual(['s0', 's1', 's2', 's3', 's4'])
    expect(plane.told).toEqual([0, 1, 2, 3, 4, 5].flatMap(n => [`prepare ${n}`, `commit ${n}`]))
  })

  test('to one entity among others leaves their order', async () => {
    const { weir } = await startWeir({ config: { services: ['a', 'b', 'c'].map(name => ({ ...service, name })) } })
    await weir.services.patch('b', { port: 2 })
    expect(weir.services.list().map(s => [s.name, s.port])).toEqual([['a', 1883], ['b', 2], ['c', 1883]])
  })
})

describe('refused is', () => {
  test.each<[string, (weir: RunningWeir) => Promise<unknown>, object]>([
    ['a name that is taken', w => w.services.create(service), { code: 'name-taken', message: "there is a service 's' already" }],
    ['an unknown entity', w => w.services.patch('x', {}), { code: 'not-found', message: "no service 'x'; there are: s" }],
    ['another version', w => w.services.patch('s', { port: 1 }, { ifMatch: '"old"' }), { code: 'precondition-failed' }],
    ['another version of the whole', w => w.config.replace({}, { ifMatch: '"old"' }), { code: 'precondition-failed' }],
    ['removing what is in use', w => w.lbVservers.delete('lb'), {
      code: 'in-use', message: "LB vserver 'lb' is in use by user vserver 'v'", issues: [{ path: 'userVservers[0].defaultLb', message: "user vserver 'v' refers to it" }]
    }],
    ['a new name', w => w.services.replace('s', { ...service, name: 't' }), { code: 'config-invalid', issues: [{ path: 'name', message: expect.stringContaining("expected 's', got 't'") as string }] }],
    ['an unknown reference', w => w.lbVservers.patch('lb', { services: [{ name: 'x' }] }), { code: 'reference-unknown', message: "services[0].name: no service or service group 'x'; there are: s" }],
    ['an invalid field', w => w.services.patch('s', { port: 70_000 }), { code: 'config-invalid', issues: [{ path: 'port', message: 'must be at most 65535; got 70000' }] }],
    ['an unknown builtin', w => w.extensions.create({ name: 'b', builtin: 'x' }), { code: 'builtin-unknown', message: "extension 'b': no builtin extension 'x'; there are: (none)", issues: [{ path: 'builtin', message: expect.anything() as string }] }],
    ['a source that does not compile', w => w.extensions.create({ name: 'b', source: 'export default {' }), { code: 'extension-compile', issues: [{ path: 'source', message: expect.stringMatching(/b\.ts:1:\d+/) as string }] }],
    ['validating what does not compile', w => w.extensions.validate('let let'), { code: 'extension-compile' }]
  ])('%s', async (_, run, expected) => {
    const { weir, plane } = await startWeir({ config: full })
    const before = weir.config.get()
    const told = [...plane.told]
    await expect(run(weir)).rejects.toMatchObject(expected)
    expect(weir.config.get()).toEqual(before)
    expect(plane.told).toEqual(told)
  })
})

describe('versions', () => {
  test('are those that a write needs, and move with it', async () => {
    const { weir } = await startWeir({ config: full })
    const { etag } = weir.services.require('s')
    expect(etag).toMatch(/^"[\w-]{27}"$/)
    const changed = await weir.services.patch('s', { port: 2 }, { ifMatch: etag })
    expect(changed.etag).not.toBe(etag)
    await expect(weir.services.patch('s', { port: 3 }, { ifMatch: etag })).rejects.toMatchObject({ code: 'precondition-failed' })
    await weir.services.patch('s', { port: 3 }, { ifMatch: `"x", ${changed.etag}` })
    await weir.services.patch('s', { port: 4 }, { ifMatch: '*' })
    expect(weir.services.get('s')?.value.port).toBe(4)
  })

  test('change with a private key, and do not show it', async () => {
    const { weir } = await startWeir({ config: full })
    const before = [weir.certkeys.require('c').etag, weir.config.get().etag]
    await weir.certkeys.patch('c', { key: `${first.key}\n` })
    expect(weir.certkeys.require('c').etag).not.toBe(before[0])
    expect(weir.config.get().etag).not.toBe(before[1])
  })
})

describe('private keys', () => {
  test('are in no answer', async () => {
    const { weir, plane } = await startWeir({ config: full })
    const answers = [weir.config.get(), weir.certkeys.list(), weir.certkeys.get('c'), await weir.certkeys.patch('c', { comment: 'x' }), await weir.certkeys.status('c')]
    expect(JSON.stringify(answers)).not.toContain(first.secret)
    expect(plane.running?.certkeys[0]?.key).toBe(first.key)
    expect(await weir.certkeys.status('c')).toEqual({
      value: 'up',
      hasKey: true,
      certificate: { names: ['first.test', '127.0.0.1'], subject: 'CN=first.test', keyType: 'EC P-256', notAfter: expect.stringMatching(/^20\d\d-.*Z$/) as string }
    })
  })

  test('stay when what was read is written back', async () => {
    const { weir, plane } = await startWeir({ config: full })
    await weir.config.replace({ ...weir.config.get().value, services: [{ ...service, port: 2 }] })
    expect(plane.running?.certkeys[0]?.key).toBe(first.key)
    await weir.certkeys.replace('c', { cert: first.cert, comment: 'new' })
    expect(plane.running?.certkeys[0]).toEqual({ name: 'c', cert: first.cert, key: first.key })
  })

  test('must come with a new certificate', async () => {
    const { weir } = await startWeir({ config: full })
    await expect(weir.certkeys.replace('c', { cert: second.cert })).rejects.toMatchObject({ code: 'config-invalid', issues: [{ path: 'key', message: expect.stringContaining('its cert changed') as string }] })
    await expect(weir.certkeys.create({ name: 'd', cert: second.cert })).rejects.toMatchObject({ issues: [{ path: 'key', message: expect.stringContaining('keys are write-only') as string }] })
  })
})

describe('a certkey', () => {
  test('whose key came inside `cert` shows the certificate alone', async () => {
    const { weir, plane } = await startWeir({ config: { ...full, certkeys: [{ name: 'c', cert: first.key + first.cert }] } })
    const both = first.cert + first.key
    expect(weir.certkeys.require('c').value).toEqual({ name: 'c', cert: first.cert })
    const { etag } = weir.config.get()
    await weir.certkeys.replace('c', { cert: both })
    expect(weir.config.get().etag).toBe(etag)
    await weir.certkeys.create({ name: 'd', cert: both })
    await weir.certkeys.patch('d', { cert: second.cert + second.key })
    expect(plane.running?.certkeys[1]).toEqual({ name: 'd', cert: second.cert, key: second.key })
    const { certkeys } = await weir.config.replace({ ...weir.config.get().value, certkeys: [{ name: 'c', cert: both }, { name: 'e', cert: second.key + second.cert }] }).then(({ value }) => value)
    expect(certkeys).toEqual([{ name: 'c', cert: first.cert }, { name: 'e', cert: second.cert }])
  })

  const damaged = first.cert.replace(/^MII/m, 'AAA')
  const encrypted = (text: string) => `-----BEGIN RSA PRIVATE KEY-----\n${text}\nTUlJ\n-----END RSA PRIVATE KEY-----\n`
  test.each<[string, object, string, string]>([
    ['garbage for a certificate', { cert: 'CERT', key: first.key }, 'cert', 'is not a PEM certificate'],
    ['another kind of text for a certificate', { cert: first.cert.replaceAll('CERTIFICATE', 'CERTIFICATE REQUEST'), key: first.key }, 'cert', 'is not a PEM certificate; it holds: CERTIFICATE REQUEST'],
    ['a damaged certificate behind a good one', { cert: first.cert + damaged, key: first.key }, 'cert', 'its certificate 2 of 2 cannot be read'],
    ['a certificate that is cut off', { cert: first.cert.slice(0, 200), key: first.key }, 'cert', 'its certificate 1 of 1 cannot be read: it has no last line'],
    ['garbage for a key', { cert: first.cert, key: 'KEY' }, 'key', 'is not a PEM private key'],
    ['a damaged key', { cert: first.cert, key: first.key.replace(/^MI/m, 'AA') }, 'key', 'is not a PEM private key: '],
    ['a certificate for a key', { cert: first.cert, key: second.cert }, 'key', 'is not a PEM private key; it holds: CERTIFICATE'],
    ['an encrypted key', { cert: first.cert, key: '-----BEGIN ENCRYPTED PRIVATE KEY-----\nTUlJ\n-----END ENCRYPTED PRIVATE KEY-----' }, 'key', 'is encrypted; name a file with its pass phrase in `passphraseFile`, or give it without'],
    ['an encrypted key of the older form', { cert: first.cert, key: encrypted('Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,87C6\n') }, 'key', 'is encrypted; name a file with its pass phrase in `passphraseFile`, or give it without'],
    ['the key of another', { cert: first.cert, key: second.key }, 'key', 'does not belong to `cert` (CN=first.test)'],
    ['the leaf behind', { cert: second.cert + first.cert, key: first.key }, 'key', 'does not belong to `cert` (CN=second.test), but to its certificate 2 of 2 (CN=first.test), which has to come first'],
    ['garbage for authorities', { ca: 'CA' }, 'ca', 'is not a PEM certificate'],
    ['a damaged authority', { ca: first.cert + damaged + second.cert }, 'ca', 'its certificate 2 of 3 cannot be read']
  ])('with %s is refused, and nothing is kept', async (_, fields, field, message) => {
    const { weir } = await startWeir({ config: full })
    const expected = (path: string) => ({ code: 'certificate-invalid', issues: [{ path, message: expect.stringContaining(`certkey 'd': \`${field}\` ${message}`) as string }] })
    await expect(weir.certkeys.create({ name: 'd', ...fields })).rejects.toMatchObject(expected(field))
    await expect(weir.config.replace({ ...weir.config.get().value, certkeys: [...weir.config.get().value.certkeys, { name: 'd', ...fields }] })).rejects.toMatchObject(expected(`certkeys[1].${field}`))
    const refusal = await weir.config.check({ certkeys: [{ name: 'd', ...fields }] }).catch((error: unknown) => error)
    expect(refusal).toMatchObject({ code: 'certificate-invalid' })
    expect(JSON.stringify([refusal, String(refusal)])).not.toContain(first.secret)
    expect(weir.certkeys.list().map(({ name }) => name)).toEqual(['c'])
  })

  test('may have words about encryption around its key', async () => {
    const { weir } = await startWeir()
    await weir.certkeys.create({ name: 'c', cert: first.cert, key: `# not ENCRYPTED\n${first.key}` })
    expect(await weir.certkeys.status('c')).toMatchObject({ value: 'up', hasKey: true })
  })

  test('too weak to serve, or that has ended, is refused', async () => {
    const { weir } = await startWeir()
    const weak = await generate([{ name: 'commonName', value: 'weak.test' }], { keyType: 'rsa', keySize: 1024, algorithm: 'sha256' })
    await expect(weir.certkeys.create({ name: 'weak', cert: weak.cert, key: weak.private })).rejects.toMatchObject({ code: 'certificate-invalid', issues: [{ path: 'cert', message: expect.stringContaining('ee key too small') as string }] })
    const old = await generate([{ name: 'commonName', value: 'old.test' }], { keyType: 'rsa', keySize: 2048, algorithm: 'sha256', notBeforeDate: new Date('2019-01-01'), notAfterDate: new Date('2020-01-01') })
    const created = { name: 'old', cert: old.cert, key: old.private }
    await expect(weir.certkeys.create(created)).rejects.toMatchObject({ code: 'certificate-invalid', issues: [{ path: 'cert', message: "certkey 'old': `cert` has ended at 2020-01-01T00:00:00.000Z (CN=old.test)" }] })
  })

  test('that has ended while Weir was not running is told of, and is no reason not to start', async () => {
    const old = await generate([{ name: 'commonName', value: 'old.test' }], { keyType: 'rsa', keySize: 2048, algorithm: 'sha256', notBeforeDate: new Date('2019-01-01'), notAfterDate: new Date('2020-01-01') })
    const { weir } = await startWeir({ config: { certkeys: [{ name: 'old', cert: old.cert, key: old.private }] } })
    expect(await weir.certkeys.status('old')).toMatchObject({ value: 'expired', reason: 'its certificate ended at 2020-01-01T00:00:00.000Z', certificate: { names: ['old.test'], keyType: 'RSA 2048' } })
  })

  test('shows what its authorities are', async () => {
    const { weir } = await startWeir({ config: { certkeys: [{ name: 'c', ca: first.cert + second.cert }] } })
    expect(await weir.certkeys.status('c')).toMatchObject({ value: 'up', hasKey: false, authorities: [{ subject: 'CN=first.test', keyType: 'EC P-256' }, { subject: 'CN=second.test' }] })
  })
})

describe('the first configuration', () => {
  test('is the saved one', async () => {
    const { weir, storage } = await startWeir({ config: full })
    await weir.services.patch('s', { port: 2 })
    await weir.stop()
    const again = await startWeir({ storage })
    expect(again.weir.services.get('s')?.value.port).toBe(2)
    expect((await again.weir.health()).revision).toBe(2)
    expect(again.plane.running?.certkeys[0]?.key).toBe(first.key)
  })

  test('is the given one when there are both, which may leave keys to the saved one', async () => {
    const { weir, storage } = await startWeir({ config: full })
    const given = { ...weir.config.get().value, services: [{ ...service, port: 9 }] }
    await weir.stop()
    const again = await startWeir({ config: given, storage })
    expect(again.weir.services.get('s')?.value.port).toBe(9)
    expect(again.plane.running?.certkeys[0]?.key).toBe(first.key)
    expect((await storage.load())?.revision).toBe(2)
  })

  test('with a fault starts nothing', async () => {
    const plane = new FakeDataPlane()
    const log = makeLog('silent', {})
    const storage = new MemoryStorage()
    const events = new Events(log)
    const sessions = new SessionBook()
    const weir = new RunningWeir({
      config: { services: [{ ...service, port: 0 }] },
      plane,
      health: new FakeHealth(),
      storage,
      log,
      logLevel: 'silent',
      events,
      traces: new Traces(plane, log),
      bans: new BanBook({ plane, events, log, archive: undefined }),
      lives: new Lives(filters => {
        plane.watchLives(filters)
      }, log),
      security: new SecurityEvents(new SecurityLog(log), undefined),
      certificates: new CertificateWatch(events, log),
      tickets: new TicketRotation({ archive: undefined, log }),
      cookies: new CookieSecret(undefined, log),
      acme: new AcmeKeeper({ archive: undefined, events, log }),
      names: new NameKeeper({ servers: undefined, archive: undefined, events, log }),
      bundler: new Bundler({}),
      methods: new AddedMethods(undefined, 0),
      sessions,
      watch: new ProcessWatch('control'),
      keeper: new SessionKeeper(sessions, storage.sessions, log, events)
    })
    await expect(weir.start()).rejects.toMatchObject({
      code: 'config-invalid',
      issues: [{
        path: 'services[0].port',
        message: 'must be at least 1; got 0. Only an SRV name, such as _mqtt._tcp.example.com, has its ports in DNS'
      }]
    })
    expect(plane.told).toEqual([])
    expect(plane.stopped).toBe(true)
    await expect(weir.services.create(service)).rejects.toMatchObject({ code: 'worker-unavailable' })
  })
})

describe('states', () => {
  test('of what is up', async () => {
    const { weir } = await startWeir({ config: full })
    expect(await weir.userVservers.status('v')).toMatchObject({ value: 'up', listening: { address: '0.0.0.0', port: 40_000 } })
    expect(await weir.extensions.status('e')).toMatchObject({ value: 'up', declaration: { name: 'e' } })
    expect(await weir.lbVservers.status('lb')).toMatchObject({ value: 'up' })
    await expect(weir.services.status('x')).rejects.toMatchObject({ code: 'not-found' })
  })

  test('of what depends on a service that is down', async () => {
    const { weir, health } = await startWeir({ config: full })
    health.down.add('s')
    expect(await weir.services.status('s')).toMatchObject({ value: 'down', reason: 'connection refused' })
    expect(await weir.lbVservers.status('lb')).toMatchObject({ value: 'down', reason: 'no service is up (s: down)' })
    expect(await weir.userVservers.status('v')).toMatchObject({ value: 'down', reason: "LB vserver 'lb' is down: no service is up (s: down)", listening: { port: 40_000 } })
    expect(await weir.health()).toMatchObject({ status: 'degraded', services: { up: 0, down: 1 } })
    await weir.services.patch('s', { state: 'draining' })
    expect(await weir.services.status('s')).toMatchObject({ value: 'draining' })
    expect((await weir.health()).status).toBe('ok')
  })

  test('of a service before its first verdict: it does not keep anybody down', async () => {
    const { weir, health } = await startWeir({ config: full })
    health.unknown.add('s')
    expect(await weir.services.status('s')).toMatchObject({ value: 'unknown', reason: 'no probe has ended yet' })
    expect(await weir.lbVservers.status('lb')).toMatchObject({ value: 'up' })
    expect(await weir.userVservers.status('v')).toMatchObject({ value: 'up' })
    expect(await weir.health()).toMatchObject({ status: 'ok', services: { up: 0, down: 0, unknown: 1 } })
    health.failing.add('s')
    expect(await weir.services.status('s')).toMatchObject({ value: 'unknown', reason: 'no verdict yet: connection refused' })
  })

  test('of an LB vserver whose backup answers', async () => {
    const { weir } = await startWeir({ config: { services: [service], lbVservers: [{ name: 'a', backup: 'b' }, { name: 'b', services: [{ name: 's' }] }] } })
    expect(await weir.lbVservers.status('a')).toMatchObject({ value: 'up', reason: "no service is bound; backup 'b' answers" })
  })

  test('of an extension that is down, and who needs it', async () => {
    const { weir, plane } = await startWeir({ config: { ...full, extensions: [{ name: 'broken', source }], userProtocols: [{ name: 'p', transport: 'tcp', extension: 'broken' }] } })
    plane.events!.onExtensionState('broken', 'down', 'five failures in a minute', 1, 1)
    expect(await weir.extensions.status('broken')).toMatchObject({ value: 'down', reason: 'five failures in a minute' })
    expect(await weir.userVservers.status('v')).toMatchObject({ value: 'extension-down', reason: "extension 'broken' is down: five failures in a minute" })
    expect((await weir.userProtocols.status('p')).value).toBe('down')
  })
})

test('sessions are carried over a restart, as far as they have not expired', async () => {
  const config = { services: [service], lbVservers: [{ name: 'lb', persistence: { type: 'user-session' as const }, services: [{ name: 's' }] }] }
  const { weir, book, storage } = await startWeir({ config })
  book.pin('lb', 'k', 's', 1)
  book.onFreed('lb', 'freed', 's', 60_000, Date.now() + 60_000)
  book.onFreed('lb', 'old', 's', 60_000, Date.now() - 1)
  await weir.stop()
  const again = await startWeir({ storage })
  expect((await again.book.list({})).map(({ key, service: name }) => `${key} ${name}`).sort()).toEqual(['freed s', 'k s'])
})

test('statistics are about what is configured', async () => {
  const { weir } = await startWeir()
  expect((await weir.stats()).services).toEqual({})
})

test('stopping twice is stopping once, and nothing can be changed after', async () => {
  const { weir, plane } = await startWeir()
  await Promise.all([weir.stop(), weir.stop()])
  expect(plane.stopped).toBe(true)
  await expect(weir.services.create(service)).rejects.toMatchObject({ code: 'worker-unavailable' })
})

test('an overview has health, statistics and every status, and asks the workers once', async () => {
  const { weir, plane } = await startWeir({ config: full })
  plane.clients.set('s', 2)
  plane.statsAsked = 0
  const { health, stats, statuses } = await weir.overview()
  expect(plane.statsAsked).toBe(1)
  expect(statuses).toEqual(Object.fromEntries(await Promise.all(collectionNames.map(async name => [name, await weir.collection(name).statuses()] as const))))
  expect(statuses.userVservers).toMatchObject([{ name: 'v', status: { value: 'up', listening: { address: '0.0.0.0', port: 40_000 } } }])
  expect([health.status, health.revision]).toEqual(['ok', (await weir.health()).revision])
  expect(stats.services).toEqual((await weir.stats()).services)
  expect(stats.services['s']).toMatchObject({ connections: 2, dialled: 1 })
  expect(stats.services['s']!.dialMs).toEqual({ counts: Array(16).fill(0), sum: 0, count: 0 })
})
