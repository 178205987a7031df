import type { EndRecord } from '@weirlb/engine'
import { expect, test } from 'vitest'
import { accessFields, type AccessEntry } from './access-fields.ts'
import { accessFormat } from './access-format.ts'

const record: EndRecord = {
  userVserver: 'mqtt',
  lbVserver: 'brokers',
  service: 'broker-1',
  client: '[2001:db8::7]:50123',
  serverName: undefined,
  certificate: undefined,
  psk: undefined,
  via: undefined,
  protocol: undefined,
  connection: '1-7',
  session: 'meter "7"\n',
  version: 1,
  reason: 'client-closed',
  detail: undefined,
  bytesIn: 12,
  bytesOut: 0,
  durationMs: 5,
  fields: { user: 'ann', token: 'abc' }
}
const entry: AccessEntry = { kind: 'connection', time: '2026-01-02T03:04:05.678Z', worker: 1, record }

test('JSON has every field that applies, and hides what is named like a secret', () => {
  expect(JSON.parse(accessFormat('json')(entry))).toEqual({
    time: '2026-01-02T03:04:05.678Z',
    kind: 'connection',
    worker: 1,
    userVserver: 'mqtt',
    lbVserver: 'brokers',
    service: 'broker-1',
    client: '[2001:db8::7]:50123',
    connection: '1-7',
    session: 'meter "7"\n',
    version: 1,
    reason: 'client-closed',
    bytesIn: 12,
    bytesOut: 0,
    durationMs: 5,
    fields: { user: 'ann', token: '[hidden]' }
  })
})

test('a template has named fields, published ones, and braces; a line stays one line', () => {
  expect(accessFormat('{time} {address}|{port} "{session}" {bytesOut} {status} {{{service}}} {fields.user} {fields.token} {fields.none} {fields.toString}')(entry))
    .toBe('2026-01-02T03:04:05.678Z 2001:db8::7|50123 "meter \\"7\\"\\u000a" 0 - {broker-1} ann [hidden] - -\n')
})

test.each([
  ['{clientt}', "unknown field 'clientt' at column 1; there are: time, kind, worker, userVserver"],
  ['a {toString}', "unknown field 'toString' at column 3; there are: time"],
  ['{fields.}', "unknown field 'fields.' at column 1"],
  ['{time', "'{' at column 1 has no '}' behind it; '{{' is a brace"],
  ['time}', "'}' at column 5 has no '{' before it; '}}' is a brace"],
  ['JSON', "'JSON' names no field; a template is like"],
  ['', "'' names no field"],
  ['{time}\n{client}', 'a template is one line'],
  ['{time}'.repeat(1000), 'a template has 4096 characters at most; this one has 6000']
])('refuses the template %j', (format, message) => {
  expect(() => accessFormat(format)).toThrow(
    expect.objectContaining({ code: 'config-invalid', message: expect.stringContaining(message) as unknown })
  )
})

test('the choices are every field', () => {
  expect(() => accessFormat('{x}')).toThrow([...Object.keys(accessFields), 'fields.NAME'].join(', '))
})
