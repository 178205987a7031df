// The API of `weir serve` with TLS and client certificates.
import { mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as tlsConnect, type TLSSocket } from 'node:tls'
import { TIME_SCALE, until } from '@weirlb/testing'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { Authority, type IssuedCertificate } from '../support/pki.ts'
import { weirCommand } from '../support/weir-command.ts'
import { WeirProcess } from '../support/weir-process.ts'

let folder: string
let authority: Authority
let people: Authority
let weir: WeirProcess
let ops: IssuedCertificate
const file = (name: string): string => join(folder, name)

interface Answer { readonly status: number, readonly detail: string }
const call = async (method: string, path: string, { client, headers = {} }: { readonly client?: { cert: string, key: string }, readonly headers?: Record<string, string> } = {}): Promise<Answer> => await new Promise((resolve, reject) => {
  const sent = request(`${weir.api.base}${path}`, { method, ca: authority.cert, servername: 'weir.example', headers: { host: 'weir.example', ...headers }, agent: false, ...client === undefined ? {} : { cert: client.cert, key: client.key } }, response => {
    let text = ''
    response.on('data', (chunk: Buffer) => { text += chunk.toString() })
    response.on('end', () => { resolve({ status: response.statusCode!, detail: text === '' ? '' : String((JSON.parse(text) as { detail?: string }).detail) }) })
  })
  sent.on('error', reject)
  sent.end()
})

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weir-admin-tls-'))
  authority = await Authority.root()
  people = await Authority.root('People')
  const server = await authority.issue({ names: [{ type: 'dns', value: 'weir.example' }] })
  writeFileSync(file('cert.pem'), server.cert)
  writeFileSync(file('key.pem'), server.key, { mode: 0o600 })
  writeFileSync(file('people.pem'), people.cert)
  writeFileSync(file('clients.json'), '{"ops":"admin","grafana":"read"}')
  writeFileSync(file('crl.pem'), await people.revoke([]))
  ops = await people.issue({ subject: 'CN=ops' })
  weir = await WeirProcess.start({
    workers: 1,
    state: file('state'),
    args: [
      '--admin-cert',
      file('cert.pem'),
      '--admin-key',
      file('key.pem'),
      '--admin-client-ca',
      file('people.pem'),
      '--admin-client-crl',
      file('crl.pem'),
      '--admin-clients',
      file('clients.json')
    ],
    env: { WEIR_ADMIN_TOKEN: 'of-the-server' }
  })
}, 60_000 * TIME_SCALE)
afterAll(async () => {
  await weir.stop()
  rmSync(folder, { recursive: true })
})

const put = (name: string, text: string): void => {
  writeFileSync(file(`${name}.new`), text, { mode: 0o600 })
  renameSync(file(`${name}.new`), file(name))
}

const served = async (): Promise<string> => await new Promise((resolve, reject) => {
  const { hostname: host, port } = new URL(weir.api.base)
  const socket: TLSSocket = tlsConnect({ host, port: Number(port), ca: authority.cert, servername: 'weir.example' }, () => {
    resolve(socket.getPeerCertificate().serialNumber)
    socket.destroy()
  })
  socket.on('error', reject)
})

test('a certificate is a name, and the name has a role', async () => {
  const grafana = await people.issue({ subject: 'CN=grafana' })
  expect(weir.api.base).toMatch(/^https:/)
  expect(await call('DELETE', '/v1/services/none', { client: ops })).toMatchObject({ status: 404 })
  expect(await call('GET', '/v1/health', { client: grafana })).toMatchObject({ status: 200 })
  expect(await call('DELETE', '/v1/services/none', { client: grafana })).toEqual({
    status: 403,
    detail: 'DELETE /v1/services/{name} needs the role admin; certificate:grafana has read'
  })
})

test('a certificate of nobody, or of another authority, or an expired one, is told what is wrong', async () => {
  const stranger = await people.issue({ subject: 'CN=stranger' })
  const twice = await people.issue({ subject: [{ CN: ['ops'] }, { CN: ['grafana'] }] })
  const [other, expired] = [
    await authority.issue({ subject: 'CN=ops' }),
    await people.issue({ subject: 'CN=ops', from: -3, until: -1 })
  ]
  expect(await call('GET', '/v1/health', { client: stranger })).toEqual({
    status: 401,
    detail: 'the client certificate of "stranger" has no role: --admin-clients does not name it'
  })
  expect((await call('GET', '/v1/health', { client: twice })).status).toBe(401)
  expect(await call('GET', '/v1/health', { client: other })).toMatchObject({
    status: 401,
    detail: expect.stringContaining('the client certificate is not accepted') as string
  })
  expect(await call('GET', '/v1/health', { client: expired })).toEqual({
    status: 401,
    detail: 'the client certificate is not accepted: CERT_HAS_EXPIRED'
  })
  expect((await call('GET', '/v1/health')).status).toBe(401)
  // A token counts, whatever the certificate.
  expect(
    (await call('GET', '/v1/health', { client: stranger, headers: { authorization: 'Bearer of-the-server' } })).status
  ).toBe(200)
})

test('a page of another origin gets nothing with the certificate of its reader', async () => {
  const headers = { origin: 'https://evil.example' }
  expect((await call('PUT', '/v1/config', { client: ops, headers })).status).toBe(403)
  expect((await call('GET', '/v1/health', { client: ops, headers: { origin: 'https://weir.example' } })).status).toBe(
    200
  )
})

test('a revoked certificate is refused, and the connections end that it had', async () => {
  const lost = await people.issue({ subject: 'CN=ops' })
  const follow = (client?: IssuedCertificate): { open: boolean, ended: boolean } => {
    const state = { open: false, ended: false }
    const headers = { host: 'weir.example', ...client === undefined ? { authorization: 'Bearer of-the-server' } : {} }
    const sent = request(`${weir.api.base}/v1/events`, {
      ca: authority.cert,
      servername: 'weir.example',
      headers,
      agent: false,
      ...client === undefined ? {} : { cert: client.cert, key: client.key }
    }, response => {
      state.open = response.statusCode === 200
      response.on('error', () => {}).on('close', () => { state.ended = true }).resume()
    })
    sent.on('error', () => {}).end()
    onTestFinished(() => { sent.destroy() })
    return state
  }
  const [stream, other] = [follow(lost), follow()]
  await until(() => stream.open && other.open, 'both streams')
  put('crl.pem', await people.revoke([lost]))
  await until(() => stream.ended, 'the end of the stream')
  expect(other.ended).toBe(false)
  expect(await call('GET', '/v1/health', { client: lost })).toEqual({
    status: 401,
    detail: 'the client certificate is not accepted: CERT_REVOKED'
  })
  expect((await call('GET', '/v1/health', { client: ops })).status).toBe(200)

  put('crl.pem', 'no list')
  await until(() => weir.log.some(line => String(line['reason']).includes('--admin-client-crl')), 'the line of the log')
  expect((await call('GET', '/v1/health', { client: lost })).status).toBe(401)
  put('crl.pem', await people.revoke([], { until: -0.5 }))
  // A new list ends connections that had a certificate, and this one's as well.
  const asked = async (): Promise<Awaited<ReturnType<typeof call>> | undefined> =>
    await call('GET', '/v1/health', { client: ops }).catch(() => undefined)
  await until(async () => (await asked())?.detail.includes('CRL_HAS_EXPIRED'), 'the list to be out of date')
  put('crl.pem', await people.revoke([]))
  await until(async () => (await asked())?.status === 200, 'the next list')
})

test('replaced files are in use without a restart, and bad ones leave what there is', async () => {
  const before = await served()
  const next = await authority.issue({ names: [{ type: 'dns', value: 'weir.example' }] })
  put('cert.pem', next.cert)
  put('key.pem', 'no key')
  await until(
    () => weir.log.some(({ msg }) => msg === 'the certificates of the API were not read again: the present ones stay'),
    'the line of the log'
  )
  expect(await served()).toBe(before)
  put('key.pem', next.key)
  await until(async () => (await served()).toLowerCase() === next.serial.toLowerCase(), 'the new certificate')
  put('clients.json', '{"ops":"read"}')
  await until(async () => (await call('DELETE', '/v1/services/none', { client: ops })).status === 403, 'the new role')
  put('clients.json', '{"ops":"root"}')
  process.kill(weir.pid, 'SIGHUP')
  await until(
    () => weir.log.some(line => String(line['reason']).includes('"ops" has the role "root"')),
    'the line of the log'
  )
  expect((await call('GET', '/v1/health', { client: ops })).status).toBe(200)
  expect(weir.log.some(line => JSON.stringify(line).includes('PRIVATE KEY'))).toBe(false)
})

test('tokens and the audit log are for their owner, and outlive the process', async () => {
  const state = file('other-state')
  const start = async (): Promise<WeirProcess> => {
    const weir = await WeirProcess.start({ workers: 1, state })
    onTestFinished(async () => { await weir.stop() })
    return weir
  }
  const first = await start()
  const { token } = (await first.api.call('createToken', { body: { name: 'ci', role: 'read' } })).body
  await first.api.call('createService', { body: { name: 's', address: '127.0.0.1', port: 1 } })
  process.kill(first.pid, 'SIGKILL')
  for (const name of ['tokens.json', 'audit.jsonl']) {
    expect(statSync(join(state, name)).mode & 0o777).toBe(0o600)
    expect(readFileSync(join(state, name), 'utf8')).not.toContain(token.slice(18))
  }
  const second = await start()
  expect((await second.api.call('listAudit', {})).body.items.map(({ action }) => action)).toEqual([
    'create',
    'create-token'
  ])
  const env = { WEIR_ADMIN_TOKEN: token }
  expect((await weirCommand(['exec', 'show service s', '--api', second.api.base], { env })).status).toBe(0)
  expect(await weirCommand(['exec', 'rm service s', '--api', second.api.base], { env })).toMatchObject({ status: 1, err: expect.stringContaining("'rm service' needs the role admin; token:ci has read") as string })
})
