import { frame, type ClosingFrames, type Framing } from '@weirlb/sdk'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BoundaryCounter } from './boundary-counter.ts'
import { Closings } from './closings.ts'
import { compileFraming } from './cutter.ts'

const varint = frame.varint({ at: 1, max: 1000 })
const closes: readonly ClosingFrames[] = [{ from: 0xe0, to: 0xef }, { from: 0x20, to: 0x2f, where: { at: 1, from: 1, to: 0x7f } }]

/** One frame: its first byte, and what is behind its header. */
interface Part {
  readonly first: number
  readonly body: readonly number[]
  /** A length in more bytes than it needs. */
  readonly wide: boolean
}
const bytesOf = (
  { first, body, wide }: Part
): number[] => [first, ...wide ? [body.length | 0x80, 0] : [body.length], ...body]
const part: fc.Arbitrary<Part> = fc.record({
  first: fc.constantFrom(0x1f, 0x20, 0x2f, 0x30, 0xdf, 0xe0, 0xef, 0xf0),
  body: fc.array(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), { maxLength: 5 }),
  wide: fc.boolean()
})

/** How many bytes of a frame tell that it closes; undefined when it does not. */
const told = ({ first, body, wide }: Part): number | undefined => {
  if (first >= 0xe0 && first <= 0xef) return 1
  const [, code] = body
  return first >= 0x20 && first <= 0x2f && code !== undefined && code >= 1 && code <= 0x7f
    ? (wide ? 3 : 2) + 2
    : undefined
}

test('a stream has said its last when the byte that says so has passed, however it is cut', () => {
  const cutter = compileFraming(varint)
  const closings = new Closings(closes, varint)
  fc.assert(fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), fc.array(fc.nat(40), { maxLength: 5 }), (parts, cuts) => {
    const stream = Uint8Array.from(parts.flatMap(bytesOf))
    let at = 0
    let last: number | undefined
    for (const each of parts) {
      const after = told(each)
      if (last === undefined && after !== undefined) last = at + after
      at += bytesOf(each).length
    }
    const everywhere = [Array.from({ length: stream.length }, (_, i) => i + 1), ...Array.from({ length: stream.length }, (_, i) => [i, stream.length]), [...cuts.filter(cut => cut < stream.length).sort((a, b) => a - b), stream.length]]
    for (const ends of everywhere) {
      const counter = new BoundaryCounter(cutter, closings)
      let from = 0
      for (const to of ends) {
        counter.feed(stream.subarray(from, to))
        from = to
        const expected = last !== undefined && to >= last
        // A header that has not arrived yet has a length that is not known, and a byte that decides may lie in it.
        if (counter.saidLast !== expected) expect(counter.saidLast, `${Buffer.from(stream).toString('hex')} cut at ${ends.join(', ')}, at ${to}`).toBe(expected)
      }
    }
  }))
})

test('a frame is judged where it stands', () => {
  const closings = new Closings(closes, varint)
  fc.assert(fc.property(part, fc.array(fc.nat(255), { maxLength: 4 }), (each, before) => {
    const bytes = Uint8Array.from([...before, ...bytesOf(each)])
    expect(closings.has(bytes, before.length, bytesOf(each).length)).toBe(told(each) !== undefined)
  }))
})

describe('first bytes alone close frames of any framing', () => {
  test.each<[string, Framing, string, string]>([
    ['lines', frame.lines({ max: 99 }), 'ab\ncd\n', 'Qx\n'],
    ['fixed', frame.fixed({ size: 3 }), 'abcdef', 'Qxx'],
    [
      'counted by first byte',
      frame.byFirstByte([{ from: 0x31, to: 0x39, use: frame.counted({ max: 99 }) }], frame.lines({ max: 99 })),
      '3 abcd\n',
      'Qx\n'
    ],
    [
      'elements',
      frame.elements({ lines: '+Q', bodies: '$', groups: { '*': 1 }, within: 99, max: 99 }),
      '*2\r\n$1\r\nQ\r\n+Q\r\n',
      'Q1\r\n'
    ]
  ])('%s', (_, framing, before, last) => {
    const closings = new Closings([{ from: 0x51, to: 0x51 }], framing)
    const stream = Buffer.from(before + last, 'latin1')
    for (let cut = 0; cut <= stream.length; cut++) {
      const counter = new BoundaryCounter(compileFraming(framing), closings)
      counter.feed(stream.subarray(0, cut))
      expect(counter.saidLast, `at ${cut}`).toBe(cut > before.length)
      counter.feed(stream.subarray(cut))
      expect([counter.saidLast, counter.atBoundary], `cut at ${cut}`).toEqual([true, true])
    }
  })
})
