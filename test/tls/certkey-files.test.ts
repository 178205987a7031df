// Certkeys by path: what is read, watched and replaced, and what is refused.
import { spawnSync } from 'node:child_process'
import { createPrivateKey } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { createWeir, FileStorage, type Weir } from '@weirlb/core'
import type { ConfigInput, EventName, WeirEvent } from '@weirlb/model'
import { until } from '@weirlb/testing'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Authority, type IssuedCertificate } from '../support/pki.ts'
import { Farm } from '../weir/farm.ts'

let directory: string
let farm: Farm
let root: Authority
let [first, second]: IssuedCertificate[] = []
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'weir-certkeys-'))
  farm = await Farm.start('red')
  root = await Authority.root()
  ;[first, second] = [await issue('first.test'), await issue('second.test')]
})
afterAll(() => {
  farm.close()
  rmSync(directory, { recursive: true })
})

const issue = async (value: string): Promise<IssuedCertificate> => await root.issue({ names: [{ type: 'dns', value }] })

const at = (name: string): string => join(directory, name)
/** Written beside and renamed, as those who renew certificates do. */
const file = (name: string, content: string): string => {
  writeFileSync(`${at(name)}.new`, content)
  renameSync(`${at(name)}.new`, at(name))
  return at(name)
}

const weirs: Weir[] = []
afterEach(async () => { await Promise.all(weirs.splice(0).map(async weir => { await weir.stop({ graceMs: 0 }) })) })

/** A running Weir with a TLS vserver of this certkey, and the events of its certkeys. */
const start = async (certkey: object, storage?: FileStorage) => {
  const base = farm.config()
  const config = {
    ...base,
    certkeys: [{ name: 'c', ...certkey }],
    userProtocols: [...base.userProtocols!, { name: 'TLS', transport: 'ssl', extension: 'hello' }],
    userVservers: [{
      name: 'tls',
      protocol: 'TLS',
      address: '127.0.0.1',
      port: 0,
      defaultLb: 'lb',
      certificates: ['c']
    }]
  } satisfies ConfigInput
  const weir = createWeir({ config, log: { level: 'silent' }, storage })
  weirs.push(weir)
  const events: WeirEvent[] = []
  for (const name of ['certkey-replaced', 'certkey-stale', 'ocsp-expired', 'config-applied'] satisfies EventName[])
    weir.on(name, event => {
      events.push(event)
    })
  await weir.start()
  const port = (await weir.userVservers.status('tls')).listening!.port
  return { weir, port, events, names: () => events.map(({ type }) => type) }
}

const client = async (port: number): Promise<TLSSocket> => {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
  socket.on('error', () => {})
  await once(socket, 'secureConnect')
  return socket
}
const served = async (port: number): Promise<string> => {
  const socket = await client(port)
  const { CN } = socket.getPeerCertificate().subject
  socket.destroy()
  return String(CN)
}

const encrypted = ({ key }: IssuedCertificate, passphrase: string): string =>
  createPrivateKey(key).export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }) as string

test('a certificate and its key that are replaced serve the handshakes to come, and open connections go on', async () => {
  // Through a symbolic link, as certbot has it.
  symlinkSync(file('live.pem', first!.cert), at('cert.pem'))
  const { weir, port, events, names } = await start({ certFile: at('cert.pem'), keyFile: file('key.pem', first!.key) })
  const open = await client(port)
  let heard = ''
  open.setEncoding('utf8').on('data', (text: string) => { heard += text })
  open.write('HELLO ann\n')
  await until(() => heard === 'red: HELLO ann\n', 'the server')
  expect(await served(port)).toBe('first.test')

  file('live.pem', second!.cert)
  await until(() => names().includes('certkey-stale'), 'the half of a renewal is told of')
  expect(events.at(-1)).toMatchObject({ certkey: 'c', reason: '`keyFile` does not belong to `cert` (CN=second.test)' })
  expect(await served(port)).toBe('first.test')
  expect(await weir.certkeys.status('c')).toMatchObject({
    value: 'stale',
    reason: expect.stringContaining('`keyFile` does not belong') as string,
    certificate: { names: ['first.test'] }
  })
  // A change of something else is none of this certkey's business.
  await weir.certkeys.create({ name: 'other', ca: root.cert })

  file('key.pem', second!.key)
  await until(() => names().includes('certkey-replaced'), 'the new pair')
  expect(await served(port)).toBe('second.test')
  expect(await weir.certkeys.status('c')).toMatchObject({ value: 'up', certificate: { names: ['second.test'] } })
  expect(names()).toEqual(['config-applied', 'certkey-stale', 'config-applied', 'certkey-replaced'])
  open.write('still there?\n')
  await until(() => heard.endsWith('red: still there?\n'), 'the answer to the open connection')
  open.destroy()
})

test('one file may hold both, and a pass phrase opens the key; only paths are stored and shown', async () => {
  const state = at('state')
  const certkey = {
    certFile: file('both.pem', encrypted(first!, 'correct horse') + first!.cert),
    passphraseFile: file('phrase', 'correct horse\n')
  }
  const { weir, port } = await start(certkey, new FileStorage(state))
  expect(await served(port)).toBe('first.test')
  expect(weir.certkeys.require('c').value).toEqual({ name: 'c', ...certkey })
  expect(JSON.stringify((await weir.config.get()).value)).not.toContain('PRIVATE KEY')
  await weir.certkeys.patch('c', { comment: 'the same' })
  await weir.stop({ graceMs: 0 })
  const again = createWeir({ log: { level: 'silent' }, storage: new FileStorage(state) })
  weirs.push(again)
  await again.start()
  expect(await served((await again.userVservers.status('tls')).listening!.port)).toBe('first.test')
})

/** An OCSP response of openssl's in hex, due in a day. */
const ocspResponse = (): string => {
  const [cert, key, ca, out] = [file('leaf.pem', first!.cert), file('leaf.key', first!.key), file('issuer.pem', root.cert), at('response')]
  const { status, stderr } = spawnSync('openssl', ['ocsp', '-index', file('index', ''), '-CA', ca, '-rsigner', cert, '-rkey', key, '-issuer', ca, '-cert', cert, '-noverify', '-ndays', '1', '-respout', out], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`openssl ocsp: ${stderr}`)
  return readFileSync(out).toString('hex')
}

/** The same with all its times before 2021. Nothing but the client looks at its signature. */
const longPast = (response: string): string => response.replaceAll(/180f3230[0-9a-f]{4}/g, '180f32303230')

test('an OCSP response is stapled for those who ask until it is out of date, and a newer one takes its place', async () => {
  const good = ocspResponse()
  const response = (hex: string): string => {
    writeFileSync(`${at('ocsp')}.new`, Buffer.from(hex, 'hex'))
    renameSync(`${at('ocsp')}.new`, at('ocsp'))
    return at('ocsp')
  }
  // The shortest that is one says nothing of time, and is for the client to judge.
  const { port, names } = await start({ cert: first!.cert, key: first!.key, ocspFile: response('30030a0100') })
  const stapled = async (): Promise<string | undefined> => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, requestOCSP: true })
    socket.on('error', () => {})
    const [staple] = await once(socket, 'OCSPResponse') as [Buffer | null]
    socket.destroy()
    return staple?.toString('hex')
  }
  expect(await stapled()).toBe('30030a0100')
  const replaced = async (hex: string): Promise<void> => {
    const known = names().filter(name => name === 'certkey-replaced').length
    response(hex)
    await until(() => names().filter(name => name === 'certkey-replaced').length > known, 'the newer one')
  }
  await replaced(good)
  expect(await stapled()).toBe(good)
  expect(names()).not.toContain('ocsp-expired')
  await replaced(longPast(good))
  expect(await stapled()).toBeUndefined()
  await until(() => names().includes('ocsp-expired'), 'the event')
  await replaced(good)
  expect(await stapled()).toBe(good)
})

describe('refused at the write, with nothing kept:', () => {
  // One for all: a refusal changes nothing.
  let weir: Weir
  beforeAll(async () => {
    await start({ cert: first!.cert, key: first!.key })
    weir = weirs.pop()!
  })
  afterAll(async () => { await weir.stop({ graceMs: 0 }) })

  test.each<[string, () => object, string, string]>([
    [
      'a file that is not there',
      () => ({ certFile: at('nowhere.pem'), keyFile: file('k.pem', first!.key) }),
      'certFile',
      `cannot be read: '${tmpdir()}`
    ],
    ['a folder', () => ({ caFile: directory }), 'caFile', 'cannot be read'],
    ['a device without end', () => ({ caFile: '/dev/zero' }), 'caFile', "cannot be read: '/dev/zero' (it is not a file)"],
    ['the key of another certificate', () => ({ certFile: file('c.pem', first!.cert), keyFile: file('k.pem', second!.key) }), 'keyFile', 'does not belong to `cert` (CN=first.test)'],
    ['a certificate without a key', () => ({ certFile: file('c.pem', first!.cert) }), 'certFile', 'holds no private key, and there is no `keyFile`'],
    ['an encrypted key', () => ({ certFile: file('c.pem', first!.cert), keyFile: file('k.pem', encrypted(first!, 'p')) }), 'keyFile', 'is encrypted; name a file with its pass phrase in `passphraseFile`'],
    ['a wrong pass phrase', () => ({ certFile: file('c.pem', first!.cert), keyFile: file('k.pem', encrypted(first!, 'p')), passphraseFile: file('p', 'q') }), 'passphraseFile', 'does not hold the pass phrase'],
    ['no revocation list', () => ({ ca: root.cert, crlFile: file('crl.pem', root.cert) }), 'crlFile', 'is not a PEM revocation list; it holds: CERTIFICATE'],
    ['a damaged revocation list', () => ({ ca: root.cert, crlFile: file('crl.pem', '-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n') }), 'crlFile', 'its list 1 of 1 cannot be read'],
    ['no OCSP response', () => ({ certFile: file('b.pem', first!.cert + first!.key), ocspFile: file('ocsp', 'no') }), 'ocspFile', 'is not a successful OCSP response'],
    ['keys that are none', () => ({ pskFile: file('psk', 'a:00ff\nb:xyz\n') }), 'pskFile', 'line 2 has a key that is not hexadecimal']
  ])('%s', async (_, certkey, field, message) => {
    const refusal = await weir.certkeys.create({ name: 'd', ...certkey() }).catch((error: unknown) => error)
    expect(refusal).toMatchObject({
      code: 'certificate-invalid',
      issues: [{ path: field, message: expect.stringContaining(`certkey 'd': \`${field}\` ${message}`) as string }]
    })
    expect(JSON.stringify([refusal, String(refusal)])).not.toContain('PRIVATE KEY')
    expect(weir.certkeys.list().map(({ name }) => name)).toEqual(['c'])
  })

  test('a certificate that has ended, and a list that is out of date', async () => {
    const { cert, key } = await root.issue({ names: [{ type: 'dns', value: 'old.test' }], from: -9, until: -1 })
    await expect(weir.certkeys.create({ name: 'd', cert, key })).rejects.toMatchObject({
      code: 'certificate-invalid',
      message: expect.stringMatching(/`cert` has ended at .* \(CN=old.test\)/) as string
    })
    await expect(
      weir.certkeys.create({ name: 'd', ca: root.cert, crl: await root.revoke([], { from: -9, until: -1 }) })
    ).rejects.toMatchObject({
      code: 'certificate-invalid',
      message: expect.stringContaining('`crl` is out of date since') as string
    })
  })

  test.each<[object, string, string]>([
    [{ certFile: 'cert.pem' }, 'certFile', 'expected the absolute path of a file'],
    [{ ca: 'x', caFile: '/x' }, 'caFile', '`caFile` stands beside `ca`; give one of them'],
    [{ passphraseFile: '/x' }, 'passphraseFile', '`passphraseFile` is of no use without `key` or `keyFile`'],
    [{ ocspFile: '/x' }, 'ocspFile', '`ocspFile` is of no use without `cert` or `certFile`'],
    [{ crlFile: '/x' }, 'crl', '`crl` is of no use without `ca` or `caFile`'],
    [{ psk: 'a:00', caFile: '/x' }, 'psk', 'pre-shared keys stand beside `ca`; put them into a certkey of their own']
  ])('%o', async (certkey, path, message) => {
    await expect(weir.certkeys.create({ name: 'd', ...certkey })).rejects.toMatchObject({
      code: 'config-invalid', issues: [{ path, message: expect.stringContaining(message) as string }]
    })
    expect(weir.certkeys.list().map(({ name }) => name)).toEqual(['c'])
  })
})

test('pre-shared keys are write-only, and stay when what was read is written back', async () => {
  const { weir } = await start({ cert: first!.cert, key: first!.key })
  await weir.certkeys.create({ name: 'devices', psk: 'dev-1:00112233\n' })
  expect(weir.certkeys.require('devices').value).toEqual({ name: 'devices' })
  expect(await weir.certkeys.status('devices')).toMatchObject({ value: 'up', hasKey: true })
  await weir.config.replace(weir.config.get().value)
  await weir.certkeys.replace('devices', { comment: 'meters' })
  expect(await weir.certkeys.status('devices')).toMatchObject({ hasKey: true })
  const refusal = await weir.certkeys.patch('devices', { psk: 'dev-1:SECRET' }).catch((error: unknown) => error)
  expect(refusal).toMatchObject({ code: 'certificate-invalid' })
  expect(JSON.stringify([refusal, String(refusal)])).not.toContain('SECRET')
})
