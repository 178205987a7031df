import type { ConfigInput } from '@weirlb/model'
import { expect, test } from 'vitest'
import type { SessionDeletion } from '../sessions/session-deletion.ts'
import { startWeir } from '../test/start-weir.ts'

const service = { name: 's', address: '127.0.0.1', port: 1883 }
const config: ConfigInput = {
  extensions: [{ name: 'e', source: "import { defineProtocol, frame } from '@weirlb/sdk'\nexport default defineProtocol({})" }],
  userProtocols: [{ name: 'p', transport: 'tcp', extension: 'e' }],
  services: [service],
  lbVservers: [{ name: 'lb', services: [{ name: 's' }] }],
  userVservers: [{ name: 'v', protocol: 'p', port: 0, defaultLb: 'lb' }]
}

test('a verb sets the state of an entity, on the version that its writer has seen', async () => {
  const { weir } = await startWeir({ config })
  expect((await weir.services.drain('s')).state).toBe('running')
  expect(weir.services.require('s').value.state).toBe('draining')
  expect((await weir.userVservers.disable('v')).value.state).toBe('disabled')
  expect((await weir.lbVservers.disable('lb')).value.state).toBe('disabled')
  const { value, etag } = await weir.services.enable('s')
  expect(value.state).toBe('enabled')
  await expect(weir.services.disable('s', { ifMatch: '"old"' })).rejects.toMatchObject({ code: 'precondition-failed' })
  expect((await weir.services.disable('s', { ifMatch: etag })).value.state).toBe('disabled')
  await expect(weir.userVservers.drain('x')).rejects.toMatchObject({ code: 'not-found', message: "no user vserver 'x'; there are: v" })
})

test('a draft has the same collections', async () => {
  const { weir, plane } = await startWeir({ config })
  await weir.config.edit(draft => {
    draft.services.create({ ...service, name: 't' })
    draft.lbVservers.patch('lb', { services: [{ name: 't' }] })
    draft.services.delete('s')
    expect(draft.services.list().map(({ name }) => name)).toEqual(['t'])
    expect(() => draft.services.require('s')).toThrow("no service 's'; there are: t")
    expect(draft.collection('services').get('s')).toBeUndefined()
  })
  expect(plane.told.filter(line => line.startsWith('commit'))).toEqual(['commit 1', 'commit 2'])
  expect(weir.lbVservers.require('lb').value.services).toEqual([{ name: 't', weight: 1, priority: 0 }])
})

test.each<[object, string]>([
  [{}, 'which sessions is not said; give some of `lbVserver`, `type` and `key`, or set `all` to true'],
  [
    { lbVserver: undefined, limit: 1 },
    'which sessions is not said; give some of `lbVserver`, `type` and `key`, or set `all` to true'
  ],
  [
    { all: true, key: 'k' },
    '`all` is given beside a filter; give some of `lbVserver`, `type` and `key`, or set `all` to true'
  ]
])('%j deletes no sessions', async (which, message) => {
  const { weir, plane } = await startWeir()
  await expect(weir.sessions.delete(which as SessionDeletion)).rejects.toMatchObject({
    code: 'query-invalid',
    message,
    issues: [{ path: 'all', message }]
  })
  expect(plane.deletions).toEqual([])
  await weir.sessions.delete({ all: true })
  await weir.sessions.delete({ key: 'k', limit: 3 })
  expect(plane.deletions).toEqual([{}, { key: 'k', limit: 3 }])
})

test('the log level reaches the workers', async () => {
  const { weir, plane } = await startWeir()
  weir.log.setLevel('debug')
  expect([weir.log.level, plane.told.at(-1)]).toEqual(['debug', 'level debug'])
  expect(() => {
    weir.log.setLevel('loud' as 'info')
  }).toThrow('level: expected one of debug, info, warn, error, silent; got "loud"')
  expect(weir.log.level).toBe('debug')
})

test('sessions are shown as people read them', async () => {
  const { weir } = await startWeir()
  expect(await weir.sessions.list()).toEqual([{
    lbVserver: 'lb',
    type: 'user-session',
    key: 'hex:ff',
    service: 's',
    connections: 0,
    expiresInSeconds: 1.5
  }])
})
