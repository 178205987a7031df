// CONNECTs as large as MQTT lets them be: forwarded as they are and rewritten, or refused for good.
import { drive, type DriveOptions } from '@weirlb/testing'
import { describe, expect, test } from 'vitest'
import { connect, properties, text } from '../test/corpus.ts'
import mqtt from './index.ts'

type Params = NonNullable<DriveOptions['params']>

const LONGEST = 65_535
const longest = 'x'.repeat(LONGEST)
const rules = { topicRules: [{ effect: 'deny', topic: 'secret/#' }] } as unknown as Params
const rewriting: Params = { ...rules, clientIdPrefix: 'p/', userName: '%u@x' }

test.each([[1023, 'i'.repeat(1023)], [1024, 'i'.repeat(1024)], [1025, `${'i'.repeat(1023)}…`]])(
  'of an ID of %i characters the log shows 1,024 at most',
  (length, shown) => {
    expect(drive(mqtt, connect(4, { id: 'i'.repeat(length) })).fields['mqtt.connect.client_id']).toBe(shown)
  }
)

describe.each([4, 5] as const)('version %i', level => {
  /** Every other field is as long as it may be. */
  const large = (id: string, userName: string): Uint8Array =>
    connect(level, {
      id,
      flags: 0xc6,
      payload: [properties(level), text(longest), text(longest), text(userName), text(longest)]
    })
  const returned = (bytes: Uint8Array, params: Params): string =>
    Buffer.from(drive(mqtt, bytes, { params }).returned).toString('hex')

  test.each<[string, Params]>([['tunnelled', {}], ['inspected', { inspect: 'messages' }], ['with rules', rules]])(
    '%s, it goes on as it is',
    (_, params) => {
      const bytes = large(longest, longest)
      const t = drive(mqtt, bytes, { params })
      expect(t).toMatchObject({ closed: undefined, detail: '' })
      expect(Buffer.compare(t.forwarded, bytes)).toBe(0)
      expect(t.verdicts).toMatchObject([{ op: 'forward', token: longest, session: longest }])
    }
  )

  test('rewritten, it goes on with all lengths right, and is shown in brief', () => {
    const [id, user] = ['i'.repeat(LONGEST - 2), 'u'.repeat(LONGEST - 2)]
    const t = drive(mqtt, large(id, user), { params: rewriting })
    expect(t).toMatchObject({ closed: undefined, detail: '' })
    expect(Buffer.compare(t.forwarded, large(`p/${id}`, `${user}@x`))).toBe(0)
    expect(t.fields['mqtt.connect.client_id']).toBe(`${'i'.repeat(1023)}…`)
    expect(t.fields['mqtt.connect.will.topic']).toBe(`${'x'.repeat(1023)}…`)
  })

  test('an ID, or a name, that is too long when it is rewritten is refused for good', () => {
    expect(returned(large('i'.repeat(LONGEST - 1), 'u'), rewriting)).toBe(level === 5 ? '2003008500' : '20020002')
    expect(returned(large('i', 'u'.repeat(LONGEST - 1)), rewriting)).toBe(level === 5 ? '2003008700' : '20020005')
  })

  describe('with an ID of 60,000 bytes that is no UTF-8', () => {
    const bytes = connect(level, { id: new Uint8Array(60_000).fill(0xff) })
    test.each<[Params]>([[{}], [{ inspect: 'messages' }], [{ honourServerKeepAlive: true }]])(
      'it is for the server to judge: %j',
      params => {
        const t = drive(mqtt, bytes, { params })
        expect(t).toMatchObject({ closed: undefined, detail: '' })
        expect(Buffer.compare(t.forwarded, bytes)).toBe(0)
      }
    )

    test('a prefix changes nothing about that', () => {
      const t = drive(mqtt, bytes, { params: { clientIdPrefix: 'p/' } })
      expect(
        Buffer.compare(
          t.forwarded,
          connect(level, { id: Buffer.concat([Buffer.from('p/'), new Uint8Array(60_000).fill(0xff)]) })
        )
      ).toBe(0)
    })

    test('where rules or the user name depend on it, it is refused for good', () => {
      expect(returned(bytes, rules)).toBe(level === 5 ? '2003008500' : '20020002')
      expect(returned(bytes, { userName: '%c' })).toBe(level === 5 ? '2003008100' : '20020004')
    })
  })
})

// Only properties can make a CONNECT so long.
test('a CONNECT of 384 KiB goes on, one byte more ends the connection', () => {
  const LARGEST = 384 * 1024
  const property = (length: number) => [0x26, text('k'), text('v'.repeat(length))]
  const sized = (rest: number): Uint8Array =>
    connect(5, { id: 'i', properties: [...Array.from({ length: 5 }, () => property(LONGEST)), property(rest)] })
  const fill = LARGEST - sized(LONGEST - 10).length + LONGEST - 10
  const [below, at, above] = [sized(fill - 1), sized(fill), sized(fill + 1)]
  expect([below.length, at.length, above.length]).toEqual([LARGEST - 1, LARGEST, LARGEST + 1])
  for (const bytes of [below, at]) expect(Buffer.compare(drive(mqtt, bytes).forwarded, bytes)).toBe(0)
  expect(drive(mqtt, above)).toMatchObject({ closed: 'protocol-error', forwarded: new Uint8Array(0) })
})
