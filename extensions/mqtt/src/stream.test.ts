import { describe, expect, test } from 'vitest'
import { forward } from '@weirlb/sdk'
import { bothRuntimes, drive, everySplit, hex } from '@weirlb/testing'
import mqtt from './index.ts'

const connect = hex`10 12 0004 4d515454 04 02 003c 0006 6465762d3031`
const publish = hex`30 0a 0003 612f62 68656c6c6f`
const connect5 = (id: string): Uint8Array =>
  Uint8Array.of(0x10, 13 + id.length, 0, 4, ...Buffer.from('MQTT'), 5, 2, 0, 60, 0, 0, id.length, ...Buffer.from(id))

test('connect, then silence', () => {
  const t = everySplit(mqtt, hex`10 12 0004 4d515454 04 02 003c 0006 6465762d3031  30 0a 0003 612f62 68656c6c6f`)
  expect(t.crossings).toBe(1)
  expect(t.verdicts).toEqual([forward({ token: 'dev-01', session: 'dev-01', then: 'tunnel' })])
})

test('packets behind the tunnel cost nothing, in either direction', () => {
  const t = everySplit(mqtt, [connect, { server: hex`20 02 0000` }, ...Array.from({ length: 20 }, () => publish), {
    server: publish
  }])
  expect(t).toMatchObject({ crossings: 1, closed: undefined, idleTimeoutMs: 90_000 })
  expect(t.forwarded.length).toBe(connect.length + 20 * publish.length)
  expect(t.returned).toEqual(hex`20 02 0000 ${publish}`)
})

test('an assigned client ID costs one crossing more, and PUBLISH before the CONNACK none', () => {
  const t = everySplit(mqtt, [connect5(''), publish, { server: hex`20 08 00 00 05 12 0002 6131` }, { server: publish }, publish])
  expect(t.crossings).toBe(2)
  expect(t.verdicts).toEqual([forward({ then: 'pipe' }), forward({ then: 'tunnel' })])
  expect(t.session).toBe('a1')
})

test.each([
  ['PUBLISH first', publish, 'rejected', ''],
  ['a byte that begins no CONNECT', hex`47`, 'rejected', ''],
  ['a TLS hello', hex`16 03 01 00 05 01 00 00 01 03`, 'rejected', ''],
  ['a CONNECT with a byte too many', hex`10 13 0004 4d515454 04 02 003c 0006 6465762d3031 00`, 'protocol-error', ''],
  ['a packet larger than any CONNECT', hex`10 ffffff7f`, 'protocol-error', ''],
  ['a remaining length of five bytes', hex`10 ffffffff01`, 'protocol-error', '']
])('refused at every split: %s', (_, bytes, closed, returned) => {
  expect(everySplit(mqtt, bytes)).toMatchObject({
    closed,
    forwarded: hex``,
    returned: Uint8Array.from(Buffer.from(returned))
  })
})

test('goodbyes follow the version', () => {
  const params = { temporaryEnd: 'goodbye' }
  expect(drive(mqtt, connect, { params, goodbyes: ['no-service'] }).goodbyes).toEqual({
    'no-service': hex`20 02 00 03`
  })
  expect(drive(mqtt, connect5('x'), { params, goodbyes: ['no-service', 'draining'] }).goodbyes).toEqual({
    'no-service': hex`20 03 00 88 00`,
    draining: hex`20 03 00 88 00`
  })
})

describe('in both runtimes', async () => {
  for (const { runtime, protocol } of await bothRuntimes(new URL('./index.ts', import.meta.url))) {
    test(`connect, then silence (${runtime})`, () => {
      const t = everySplit(protocol, hex`${connect} ${publish}`)
      expect(t.crossings).toBe(1)
      expect(t.verdicts).toEqual([forward({ token: 'dev-01', session: 'dev-01', then: 'tunnel' })])
    })
  }
})
