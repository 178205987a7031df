import { drive, hex } from '@weirlb/testing'
import { describe, expect, test } from 'vitest'
import postgresql from './index.ts'

const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1')
/** A packet before the login: its length, a code, and more. */
const packet = (code: number, more = '', length = 8 + more.length): Uint8Array => {
  const bytes = Buffer.alloc(8 + more.length)
  bytes.writeUInt32BE(length)
  bytes.writeUInt32BE(code, 4)
  bytes.write(more, 8, 'latin1')
  return bytes
}
const SSL = packet(80877103)
const GSS = packet(80877104)
const startup = packet(196608, 'user\0alice\0database\0shop\0application_name\0psql\0\0')
const key = hex`4b 0000000c 00001267 1badcafe`
const server = (bytes: Uint8Array): { readonly server: Uint8Array } => ({ server: bytes })
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
const error = (code: string, message: string): string => {
  const fields = `SFATAL\0VFATAL\0C${code}\0M${message}\0\0`
  return `E${String.fromCharCode(0, 0, 0, 4 + fields.length)}${fields}`
}

test('a start-up chooses the server, and the key that it sends is its own for cancel requests', () => {
  const login = latin1('R\0\0\0\x08\0\0\0\0S\0\0\0\x08a\0b\0')
  const t = drive(postgresql, [startup, server(login), server(key), server(latin1('Z\0\0\0\x05I')), latin1('Q\0\0\0\x05\0'), server(latin1('C\0\0\0\x05\0'))])
  expect(t.verdicts).toMatchObject([{ op: 'forward', token: 'alice\0shop', then: 'pipe' }, { op: 'forward', then: 'pipe' }])
  expect(t.fields).toEqual({ 'postgresql.user': 'alice', 'postgresql.database': 'shop', 'postgresql.application': 'psql' })
  expect(t.closed).toBeUndefined()
  expect(text(t.forwarded)).toBe(text(startup) + 'Q\0\0\0\x05\0')
  const cancel = drive(postgresql, packet(80877102, text(key.subarray(5))))
  expect(cancel.verdicts).toEqual([{ op: 'forward', session: t.besides[0], known: true, then: 'tunnel' }])
  expect((t.besides[0] as Uint8Array | string).length).toBeGreaterThan(128)
})

test.each([
  ['none', undefined], ['user', 'alice'], ['database', 'shop'], ['user-and-database', 'alice\0shop']
])('the session can be %s', (session, expected) => {
  expect(drive(postgresql, startup, { params: { session, token: 'none' } }).verdicts).toEqual([{
    op: 'forward',
    ...(expected === undefined ? {} : { session: expected }),
    then: 'pipe'
  }])
})

test('the database is that of the user where none is named', () => {
  expect(drive(postgresql, packet(196608, 'user\0bob\0\0')).fields).toMatchObject({ 'postgresql.database': 'bob' })
})

describe('encryption', () => {
  test('is started, or not, as the vserver can', () => {
    expect(text(drive(postgresql, [GSS, SSL, startup]).returned)).toBe('NN')
    const t = drive(postgresql, [GSS, SSL, startup], { startTls: {} })
    expect(text(t.returned)).toBe('NS')
    expect(text(t.startedTls!)).toBe('S')
    expect(text(t.forwarded)).toBe(text(startup))
  })

  test.each([['SSLRequest', SSL, '1234.5679'], ['GSSENCRequest', GSS, '1234.5680']])('is refused the second time: %s', (_, request, version) => {
    for (const options of [{}, { startTls: {} }]) {
      const t = drive(postgresql, [request, request], options)
      expect(t.closed).toBe('rejected')
      expect(text(t.returned).slice(1)).toBe(error('0A000', `unsupported frontend protocol ${version}: server supports 3.0 to 3.2`))
    }
  })

  test('is refused to a client that has sent a start-up behind its request', () => {
    const t = drive(postgresql, Buffer.concat([SSL, startup]), { startTls: {} })
    expect(t).toMatchObject({ closed: 'clear-after-start-tls', forwarded: new Uint8Array(0) })
    expect(text(t.returned)).toBe(error('08P01', 'invalid message'))
  })

  test('can be required', () => {
    const options = { params: { tls: 'required' }, startTls: {} }
    expect(drive(postgresql, startup, options)).toMatchObject({
      closed: 'rejected',
      detail: 'no encryption: connections of user "alice" need TLS'
    })
    expect(drive(postgresql, [SSL, startup], options).closed).toBeUndefined()
  })
})

describe('refused is', () => {
  test.each([
    [
      'protocol 2',
      packet(131072, '\0'.repeat(288)),
      'EFATAL:  unsupported frontend protocol 2.0: server supports 3.0 to 3.2\n\0'
    ],
    ['protocol 4', packet(4 << 16), error('0A000', 'unsupported frontend protocol 4.0: server supports 3.0 to 3.2')],
    [
      'a start-up without a user',
      packet(196608, 'database\0shop\0\0'),
      error('28000', 'no PostgreSQL user name specified in startup packet')
    ]
  ])('%s', (_, bytes, answer) => {
    const t = drive(postgresql, bytes)
    expect(t.closed).toBe('rejected')
    expect(text(t.returned)).toBe(answer)
  })

  test.each([
    ['a start-up that does not end', packet(196608, 'user\0alice\0')],
    ['a start-up that goes on', packet(196608, 'user\0alice\0\0x\0\0')],
    ['a packet without a code', hex`00000004`]
  ])('%s', (_, bytes) => {
    const t = drive(postgresql, bytes, { end: true })
    expect(t.closed).toBe('protocol-error')
    expect(text(t.returned)).toBe(error('08P01', 'invalid message'))
  })

  test.each([['a start-up of 10,001 bytes', packet(196608, '', 10_001)], ['a length that is shorter than itself', hex`00000003`]])('%s, by its length', (_, bytes) => {
    expect(drive(postgresql, bytes)).toMatchObject({ closed: 'protocol-error', forwarded: new Uint8Array(0) })
  })

  test.each([['a length of 1 GB', hex`40000000`], ['a letter', latin1('Q')]])('%s, by its first byte', (_, bytes) => {
    expect(drive(postgresql, bytes)).toMatchObject({ closed: 'rejected', returned: new Uint8Array(0) })
  })
})

test('every reason has its code, and a cancel request gets no answer', () => {
  const reasons = ['no-service', 'dial-failed', 'service-down', 'draining', 'limit', 'protocol-error', 'idle'] as const
  const { goodbyes } = drive(postgresql, startup, { goodbyes: reasons })
  expect(reasons.map(reason => /C([0-9A-Z]{5})\0/.exec(text(goodbyes[reason]!))![1])).toEqual([
    '57P03',
    '08006',
    '57P01',
    '57P01',
    '53300',
    '08P01',
    '57P05'
  ])
  expect(drive(postgresql, packet(80877102, '12345678'), { goodbyes: ['draining'] }).goodbyes['draining'])
    .toBeUndefined()
})

test('a message before the start-up is refused, also behind a request for TLS', () => {
  const { closed, forwarded } = drive(postgresql, [SSL, latin1('Q\0\0\0\x05\0')])
  expect(forwarded).toHaveLength(0)
  expect(closed).toBe('protocol-error')
})
