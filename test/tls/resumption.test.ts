// A TLS session goes on with another worker and after a restart, and with nobody for whom it was not begun.
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { createWeir, FileStorage, type Weir } from '@weirlb/core'
import type { ConfigInput } from '@weirlb/model'
import { until } from '@weirlb/testing'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { Authority, type IssuedCertificate } from '../support/pki.ts'
import { Farm } from '../weir/farm.ts'

let directory: string
let farm: Farm
let server: IssuedCertificate
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'weir-resumption-'))
  farm = await Farm.start('red')
  server = await (await Authority.root()).issue({ names: [{ type: 'dns', value: 'localhost' }] })
})
afterAll(() => {
  farm.close()
  rmSync(directory, { recursive: true })
})

const weirs: Weir[] = []
afterEach(async () => { await Promise.all(weirs.splice(0).map(async weir => { await weir.stop({ graceMs: 0 }) })) })

const config = (): ConfigInput => {
  const base = farm.config()
  const vserver = { protocol: 'TLS', address: '127.0.0.1', port: 0, defaultLb: 'lb', certificates: ['c'] }
  return {
    ...base,
    certkeys: [{ name: 'c', cert: server.cert, key: server.key }],
    userProtocols: [{ name: 'TLS', transport: 'ssl', extension: 'hello' }],
    userVservers: [{ ...vserver, name: 'tls' }, { ...vserver, name: 'other' }, { ...vserver, name: 'never', tls: { resumption: false } }]
  }
}

const start = async (storage: FileStorage, given?: ConfigInput): Promise<Weir> => {
  const weir = createWeir({ config: given, workers: 2, log: { level: 'silent' }, storage })
  weirs.push(weir)
  await weir.start()
  return weir
}
const portOf = async (weir: Weir, name: string): Promise<number> =>
  (await weir.userVservers.status(name)).listening!.port

type Version = 'TLSv1.2' | 'TLSv1.3'

/** Say hello; the ticket that comes, and whether the session went on. */
const visit = async (
  port: number,
  version: Version,
  session?: Buffer
): Promise<{ session: Buffer | undefined, resumed: boolean }> => {
  const socket = connect({
    host: '127.0.0.1',
    port,
    rejectUnauthorized: false,
    session,
    servername: 'localhost',
    minVersion: version,
    maxVersion: version
  })
  let ticket: Buffer | undefined
  let answered = false
  socket.on('error', () => {}).on('session', (got: Buffer) => { ticket = got }).on('data', () => { answered = true })
  socket.write('HELLO ann\n')
  await until(() => answered, 'the answer')
  const resumed = socket.isSessionReused()
  socket.destroy()
  return { session: ticket, resumed }
}

/** With two workers that share a port some of many visits meet the other one. */
const resumes = async (port: number, version: Version, session: Buffer): Promise<boolean[]> => {
  const seen: boolean[] = []
  for (let i = 0; i < 12; i++) seen.push((await visit(port, version, session)).resumed)
  return [...new Set(seen)]
}

test('on any worker, after a restart, and for this vserver alone', async () => {
  const state = join(directory, 'state')
  const weir = await start(new FileStorage(state), config())
  const sessions = new Map<Version, Buffer>()
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const { session } = await visit(await portOf(weir, 'tls'), version)
    sessions.set(version, session!)
    expect(await resumes(await portOf(weir, 'tls'), version, session!)).toEqual([true])
    expect(await resumes(await portOf(weir, 'other'), version, session!)).toEqual([false])
    const never = await visit(await portOf(weir, 'never'), version)
    if (never.session !== undefined)
      expect(await resumes(await portOf(weir, 'never'), version, never.session)).toEqual([false])
  }
  expect(statSync(join(state, 'ticket-secret.json')).mode & 0o777).toBe(0o600)
  await weir.stop({ graceMs: 0 })

  const again = await start(new FileStorage(state))
  for (const [version, session] of sessions)
    expect(await resumes(await portOf(again, 'tls'), version, session)).toEqual([true])
  // Another state directory is another Weir.
  const stranger = await start(new FileStorage(join(directory, 'other-state')), config())
  for (const [version, session] of sessions)
    expect(await resumes(await portOf(stranger, 'tls'), version, session)).toEqual([false])
})
