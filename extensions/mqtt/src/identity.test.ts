// Clients whose identity is what TLS has proven: their keys, their names at the broker, and who is refused.
import type { ClientCertificate } from '@weirlb/sdk'
import { drive, type DriveOptions } from '@weirlb/testing'
import { describe, expect, test } from 'vitest'
import { connect, packet, properties, text } from '../test/corpus.ts'
import mqtt from './index.ts'

const certificate: ClientCertificate = {
  subject: [{ type: 'CN', value: 'meter-7' }],
  issuer: [{ type: 'CN', value: 'Root' }],
  commonNames: ['meter-7'],
  dns: ['meter-7.test'],
  uris: ['urn:dev:7'],
  emails: [],
  addresses: [],
  serial: '01',
  fingerprint: 'ab'.repeat(32),
  notBefore: '2026-01-01T00:00:00.000Z',
  notAfter: '2027-01-01T00:00:00.000Z'
}
type Params = NonNullable<DriveOptions['params']>
const played = (level: 4 | 5, id: string, params: Params, client: DriveOptions['client'] = { certificate }) =>
  drive(mqtt, connect(level, { id }), { params, client })
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

test.each([
  ['cn', 'meter-7'],
  ['san-uri', 'urn:dev:7'],
  ['san-dns', 'meter-7.test'],
  ['fingerprint', 'ab'.repeat(32)],
  ['psk', 'key-7']
])('%s is token and session, whatever the client ID is', (identity, key) => {
  for (const level of [4, 5] as const) {
    for (const id of level === 5 ? ['a', ''] : ['a']) {
      const t = played(level, id, { identity }, { certificate, psk: 'key-7' })
      expect(t).toMatchObject({
        closed: undefined,
        verdicts: [{ op: 'forward', token: key, session: key, then: 'tunnel' }]
      })
      expect(hex(t.forwarded)).toBe(hex(connect(level, { id })))
    }
  }
})

describe.each([4, 5] as const)('version %i', level => {
  const notAuthorized = level === 4 ? '20020005' : '2003008700'

  test.each<[string, Params, DriveOptions['client'], string]>([
    ['no certificate', { identity: 'cn' }, {}, "it has no verified certificate, and identity is 'cn'"],
    ['no pre-shared key', { identity: 'psk' }, { certificate }, "it has no verified pre-shared key, and identity is 'psk'"],
    ['no name of the kind', { identity: 'san-uri' }, { certificate: { ...certificate, uris: [] } }, "its certificate has 0 URI names, and identity is 'san-uri', which wants one"],
    ['two names of the kind', { identity: 'cn' }, { certificate: { ...certificate, commonNames: ['a', 'b'] } }, "its certificate has 2 common names, and identity is 'cn', which wants one"],
    ['an empty name', { identity: 'cn' }, { certificate: { ...certificate, commonNames: [''] } }, "its certificate has 1 common names, and identity is 'cn', which wants one"]
  ])('a client with %s is refused', (_, params, client, detail) => {
    const t = played(level, 'a', params, client)
    expect(t).toMatchObject({ closed: 'rejected', detail })
    expect(hex(t.returned)).toBe(notAuthorized)
    expect(t.forwarded).toHaveLength(0)
  })

  test('a client ID that is not the identity is refused where that is asked for', () => {
    const params = { identity: 'cn', clientIdIsIdentity: true }
    expect(played(level, 'meter-7', params).closed).toBeUndefined()
    const t = played(level, 'meter-8', params)
    expect(t).toMatchObject({ closed: 'rejected', detail: 'its client ID is not its identity "meter-7"' })
    expect(hex(t.returned)).toBe(level === 4 ? '20020002' : '2003008700')
    if (level === 5) expect(played(5, '', params).closed).toBe('rejected')
  })

  test('the user name for the broker', () => {
    const named = (name: string) => hex(connect(level, { id: 'a', flags: 0x82, payload: [text(name)] }))
    expect(hex(played(level, 'a', { identity: 'cn', userName: '%i' }).forwarded)).toBe(named('meter-7'))
    expect(hex(played(level, 'a', { identity: 'san-uri', userName: '%c=%i' }).forwarded)).toBe(named('a=urn:dev:7'))
    expect(hex(played(level, 'a', { userName: 'dev-%i' }, {}).forwarded)).toBe(named('dev-a'))
  })
})

test('the ID that a broker assigns is no key', () => {
  const assigned = packet(0x20, 0, 0, properties(5, 0x12, text('assigned')))
  const stream = [connect(5, { id: '' }), { server: assigned }]
  const sessions = (params: Params) => drive(mqtt, stream, { params, client: { certificate } }).session
  expect(sessions({ honourServerKeepAlive: true, identity: 'cn' })).toBeUndefined()
  expect(sessions({})).toBe('assigned')
})
