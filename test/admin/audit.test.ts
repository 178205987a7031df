// Who has changed what, over REST, with a real Weir.
import { adminPlugin, ApiTokens, AuditFile, AuditTrail } from '@weirlb/admin'
import { WeirClient } from '@weirlb/admin/client'
import { createWeir } from '@weirlb/core'
import type { AuditEntry } from '@weirlb/model'
import Fastify from 'fastify'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { certificateFor } from '../support/certificate.ts'

const folder = mkdtempSync(join(tmpdir(), 'weir-audit-'))
const weir = createWeir({ workers: 1, log: { level: 'silent' } })
const app = Fastify({ forceCloseConnections: true })
const audit = new AuditTrail({ file: new AuditFile(join(folder, 'audit.jsonl')) })
let url: string
let local: WeirClient
let deploy: WeirClient

beforeAll(async () => {
  await weir.start()
  const tokens = new ApiTokens()
  await app.register(adminPlugin, { weir, tokens, audit })
  url = await app.listen({ host: '127.0.0.1', port: 0 })
  local = new WeirClient({ url })
  deploy = new WeirClient({
    url,
    token: (await local.call('createToken', { body: { name: 'deploy', role: 'admin' } })).body.token
  })
})
afterAll(async () => {
  await app.close()
  await weir.stop({ graceMs: 0 })
  rmSync(folder, { recursive: true })
})

const last = async (query: object = {}): Promise<AuditEntry> =>
  (await local.call('listAudit', { query: { limit: 1, ...query } })).body.items[0] as AuditEntry
const refused = async (call: Promise<unknown>): Promise<void> => {
  await expect(call).rejects.toMatchObject({ name: 'ApiError' })
}

test('a change has its author, its place and its difference', async () => {
  await deploy.call('createService', { body: { name: 's', address: '127.0.0.1', port: 1, comment: 'first' } })
  expect(await last()).toEqual({
    id: expect.any(Number) as number,
    time: expect.any(String) as string,
    who: 'token:deploy',
    role: 'admin',
    from: '127.0.0.1',
    method: 'POST',
    path: '/v1/services',
    action: 'create',
    collection: 'services',
    name: 's',
    status: 201,
    code: 'ok',
    revision: 1,
    changes: [{
      collection: 'services',
      name: 's',
      action: 'created',
      fields: expect.arrayContaining([{ path: 'comment', to: '"first"' }, { path: 'port', to: '1' }]) as []
    }]
  })
  await local.call('patchService', { path: { name: 's' }, body: { port: 2, comment: null } })
  expect(await last()).toMatchObject({
    who: 'loopback',
    revision: 2,
    changes: [{
      name: 's',
      action: 'changed',
      fields: [{ path: 'comment', from: '"first"' }, { path: 'port', from: '1', to: '2' }].toSorted((a, b) =>
        a.path < b.path ? 1 : -1
      )
    }]
  })
})

test('what changes nothing in the configuration has no revision', async () => {
  await deploy.call('patchService', { path: { name: 's' }, body: { port: 2 } })
  expect(await last()).not.toHaveProperty('changes')
  await refused(deploy.call('patchService', { path: { name: 's' }, body: { port: 0 } }))
  expect(await last()).toMatchObject({
    who: 'token:deploy',
    action: 'patch',
    name: 's',
    status: 422,
    code: 'config-invalid'
  })
})

test('writers at once have each their own difference', async () => {
  await Promise.all([
    deploy.call('createService', { body: { name: 'd', address: '127.0.0.1', port: 1 } }),
    local.call('createService', { body: { name: 'l', address: '127.0.0.1', port: 1 } })
  ])
  const { items } = (await local.call('listAudit', { query: { limit: 2 } })).body
  expect(Object.fromEntries(items.map(({ who, changes }) => [who, changes!.map(({ name }) => name)]))).toEqual({
    'token:deploy': ['d'],
    loopback: ['l']
  })
})

test('commands are named without their values, and those that only show are no change', async () => {
  await deploy.call('execCommands', {
    body: { commands: 'add service x 127.0.0.1 USER_TCP 5\nset service x -maxClient 3\nshow service x' }
  })
  const entry = await last()
  expect(entry).toMatchObject({
    action: 'exec',
    detail: 'add service; set service',
    changes: [{ collection: 'services', name: 'x', action: 'created' }]
  })
  await deploy.call('execCommands', { body: { commands: 'show service x' } })
  expect((await last()).id).toBe(entry.id)
  const { body } = await local.call('execCommands', {
    body: { commands: 'show audit messages -numOfMesgs 2', columns: 200 }
  })
  expect(body.results[0]!.text).toMatch(
    /TIME +WHO +FROM +ACTION +TARGET +RESULT\n[^\n]+\n.* token:deploy +127\.0\.0\.1 +exec +add service; set service +ok\n$/
  )
})

test('no secret is in an entry, an answer, or the file', async () => {
  const { cert, key } = await certificateFor('localhost')
  const psk = 'a'.repeat(64)
  const { body: { token } } = await local.call('createToken', { body: { name: 'other', role: 'read' } })
  await local.call('createCertkey', { body: { name: 'c', cert, key } })
  expect(await last()).toMatchObject({
    changes: [{ fields: expect.arrayContaining([{ path: 'key', secret: true }]) as [] }]
  })
  const next = await certificateFor('localhost')
  await local.call('replaceCertkey', { path: { name: 'c' }, body: next })
  expect((await last()).changes![0]!.fields.filter(({ path }) => path === 'key')).toEqual([{
    path: 'key',
    secret: true
  }])
  await local.call('createCertkey', { body: { name: 'p', psk: `client:${psk}` } }).catch(() => {})
  await refused(new WeirClient({ url, token: `${token.slice(0, -3)}abc` }).call('getHealth'))
  const everything = `${readFileSync(join(folder, 'audit.jsonl'), 'utf8')}${
    JSON.stringify((await local.call('listAudit', { query: { limit: 1000 } })).body)
  }`
  for (const secret of [key.split('\n')[3]!, next.key.split('\n')[3]!, psk, token.slice(-40)])
    expect(everything).not.toContain(secret)
})

test('a refusal says what was needed', async () => {
  const { body: { token } } = await local.call('createToken', { body: { name: 'reader', role: 'read' } })
  await refused(new WeirClient({ url, token }).call('deleteService', { path: { name: 's' } }))
  expect(await last()).toMatchObject({
    who: 'token:reader',
    role: 'read',
    action: 'delete',
    name: 's',
    status: 403,
    code: 'role-insufficient',
    detail: 'DELETE /v1/services/{name} needs the role admin; token:reader has read'
  })
  expect(await last({ who: 'token:reader', result: 'ok' })).toBeUndefined()
})

test('queries of another kind are refused', async () => {
  for (const query of ['limit=0', 'limit=1001', 'since=yesterday', 'collection=tables', 'result=maybe', 'before=-1', 'x=1']) {
    expect((await fetch(`${url}/v1/audit?${query}`)).status).toBe(400)
  }
})
