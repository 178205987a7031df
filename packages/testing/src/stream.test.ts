import { defineProtocol, drop, encodeUtf8, frame, forward, more, pass, pipe, Reader, reject } from '@weirlb/sdk'
import { describe, expect, test } from 'vitest'
import { drive } from './drive.ts'
import { everySplit } from './every-split.ts'
import { hex } from './hex.ts'

const text = (value: string): Uint8Array => Uint8Array.from(Buffer.from(value))

/**
 * Records behind a two-byte length; the first is the key, an empty one asks for a pipe, `skip` is dropped, `no`
 * refused.
 */
const records = defineProtocol({
  name: 'records', api: 1, balance: 'per-connection',
  state: () => ({ named: false }),
  client: {
    onData (chunk, _end, ctx) {
      if (chunk.length < 2) return more(2 - chunk.length)
      const reader = new Reader(chunk)
      const length = reader.u16()
      if (length === 0) return pipe()
      // Long ones pass on credit; of the others the word decides.
      if (length > 100) return pass(2 + length)
      if (chunk.length < 2 + length) return more(2 + length - chunk.length)
      const word = reader.text(length)
      if (word === 'skip') return drop(2 + length)
      if (word === 'no') return reject('asked for', encodeUtf8('no'))
      if (ctx.state.named) return pass(2 + length)
      ctx.state.named = true
      ctx.reply(encodeUtf8(`hi ${word}`))
      return pass(2 + length, { token: word })
    }
  },
  goodbye: reason => encodeUtf8(`bye ${reason}`)
})
const record = (body: string): Uint8Array =>
  Uint8Array.from([body.length >> 8, body.length & 255, ...Buffer.from(body)])
const bytes = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts))

describe('a stream side', () => {
  test('gives the same at every split', () => {
    const stream = bytes(
      record('ann'),
      record('one'),
      record('skip'),
      record('x'.repeat(300)),
      record('two'),
      hex`0000`,
      text('raw bytes')
    )
    const t = everySplit(records, stream)
    const passed = bytes(record('x'.repeat(300)), record('two'))
    expect(t).toMatchObject({
      closed: undefined,
      replies: [text('hi ann')],
      forwarded: bytes(record('ann'), record('one'), passed, hex`0000`, text('raw bytes'))
    })
    expect(t.verdicts).toEqual([pass(10, { token: 'ann' }), drop(6), pass(passed.length), pipe()])
  })

  test('is judged in one crossing a chunk, however many units are in it', () => {
    expect(drive(records, bytes(...Array.from({ length: 1000 }, () => record('unit'))))).toMatchObject({
      crossings: 1,
      verdicts: [pass(6000, { token: 'unit' })]
    })
    // What a long record's header has bought passes without a crossing.
    const long = record('x'.repeat(60_000))
    const chunks = Array.from({ length: 30 }, (_, i) => long.subarray(i * 2000, (i + 1) * 2000))
    expect(drive(records, [...chunks, long.subarray(60_000)])).toMatchObject({ crossings: 1, forwarded: long })
  })

  test('many alternating verdicts take more crossings, and nothing is lost', () => {
    const pair = bytes(record('one'), record('skip'))
    const t = drive(records, bytes(...Array.from({ length: 3000 }, () => pair)))
    expect(t.forwarded).toEqual(bytes(...Array.from({ length: 3000 }, () => record('one'))))
    expect(t.crossings).toBe(Math.ceil(6000 / 1792))
  })

  test('ends its connection with a reject, and with bytes that nothing was said about', () => {
    expect(everySplit(records, bytes(record('ann'), record('no'), record('two')))).toMatchObject({
      closed: 'rejected',
      forwarded: record('ann'),
      returned: text('hi annno')
    })
    const t = drive(records, bytes(record('ann'), hex`0003 61`), { end: true })
    expect(t).toMatchObject({
      closed: 'protocol-error',
      detail: 'the stream ended 2 bytes before the extension could judge its last 3',
      returned: text('hi annbye protocol-error')
    })
    expect(drive(records, record('ann'), { end: true })).toMatchObject({ closed: 'client-closed' })
  })

  test('may stand beside a side with frames', () => {
    const mixed = defineProtocol({
      name: 'mixed', api: 1, balance: 'per-connection',
      client: { framing: frame.lines({ max: 80 }), onMessage: () => forward() },
      server: { onData: chunk => chunk[0] === 0x21 ? pipe({ then: 'tunnel' }) : pass(chunk.length) }
    })
    const t = everySplit(mixed, [text('a\n'), { server: text('one') }, { server: text('!two') }, text('no line')])
    expect(t).toMatchObject({ forwarded: text('a\nno line'), returned: text('one!two') })
    expect(t.verdicts).toEqual([forward(), pass(3), pipe({ then: 'tunnel' })])
  })
})
