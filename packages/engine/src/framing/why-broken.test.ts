import { frame, type Framing } from '@weirlb/sdk'
import { expect, test } from 'vitest'
import { compileFraming } from './cutter.ts'
import { NEED_MORE, Progress } from './measure.ts'
import { whyBroken } from './why-broken.ts'

/** What is said of a stream whose first bytes arrive with `to` of them, then one by one. */
const said = (framing: Framing, bytes: Uint8Array, first: number): string => {
  const cutter = compileFraming(framing)
  const progress = new Progress()
  for (let to = first; to <= bytes.length; to++) {
    const measured = cutter.measure(bytes, 2, to, progress)
    if (measured < NEED_MORE) return whyBroken(measured, framing, bytes, 2, to)
    progress.seen = to - 2
  }
  return 'nothing'
}

const byFirstByte = frame.byFirstByte(
  [{ from: 0x61, to: 0x7a, use: frame.lines({ max: 4 }) }],
  frame.length({ at: 0, size: 1, max: 9 })
)

test.each<[string, Framing, string, string]>([
  [
    'a length',
    frame.length({ at: 0, size: 2, max: 99 }),
    '\x01\x00abcd',
    'a frame of 258 bytes is larger than its maximum of 99'
  ],
  [
    'a length of eight bytes',
    frame.length({ at: 1, size: 4, plus: 4, max: 99 }),
    'a\xff\xff\xff\xffbcd',
    'a frame of 4294967304 bytes is larger than its maximum of 99'
  ],
  [
    'a varint',
    frame.varint({ at: 1, max: 99 }),
    '\x10\xff\xff\xff\x7fabc',
    'a frame of 268435460 bytes is larger than its maximum of 99'
  ],
  ['a count', frame.counted({ max: 100 }), '99 abc', 'a frame of 102 bytes is larger than its maximum of 100'],
  [
    'a count that is refused before its end',
    frame.counted({ max: 99 }),
    '12345 abc',
    'a frame is larger than its maximum of 99 bytes'
  ],
  ['a line', frame.lines({ max: 4 }), 'abcdefgh\nabc', 'a frame is larger than its maximum of 4 bytes'],
  [
    'elements',
    frame.elements({ bodies: '$', groups: { '*': 1 }, within: 64, max: 99 }),
    '*1\r\n$12345\r\n',
    'a frame is larger than its maximum of 99 bytes, or its length is not known within its first 64'
  ],
  ['one by its first byte', byFirstByte, '\x09abc', 'a frame of 10 bytes is larger than its maximum of 9'],
  ['another by its first byte', byFirstByte, 'abcdefgh', 'a frame is larger than its maximum of 4 bytes'],
  ['no digit', frame.counted({ max: 99 }), 'x', 'the stream does not follow its framing'],
  ['refused bytes', frame.lines({ max: 99, never: [0] }), 'a\x00b', 'a frame holds bytes that its framing refuses']
])('%s is described, wherever it is split', (_, framing, text, why) => {
  const bytes = Buffer.from(`..${text}`, 'latin1')
  for (let first = 3; first <= bytes.length; first++) expect(said(framing, bytes, first)).toBe(why)
})
