import { type Framing, frame } from '@weir/sdk'
import type { ElementsFraming } from '@weir/sdk/abi'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BoundaryCounter } from './boundary-counter.ts'
import { compileFraming } from './cutter.ts'
import { MALFORMED, NEED_MORE, Progress, TOO_LARGE } from './measure.ts'

/** What a stream is when it is read slowly: frames as lengths, then how it stops. */
interface Cut { readonly frames: number[], readonly end: 'clean' | 'partial' | 'malformed' | 'too-large' }

/** One byte at a time, straight from the words of each framing's documentation. Slow, and written without a look at the cutters. */
const slowFrame = (framing: Framing, bytes: readonly number[]): number | 'partial' | 'malformed' | 'too-large' => {
  const check = (length: number, max: number): number | 'too-large' | 'partial' => length > max ? 'too-large' : length > bytes.length ? length : length
  switch (framing.kind) {
    case 'fixed': return framing.size
    case 'varint': {
      let text = ''
      for (let i = framing.at; ; i++) {
        if (i - framing.at === 4) return 'malformed'
        if (i >= bytes.length) return 'partial'
        text = (bytes[i]! & 127).toString(2).padStart(7, '0') + text
        if (bytes[i]! < 128) return check(i + 1 + parseInt(text, 2), framing.max)
      }
    }
    case 'length': {
      const header = framing.at + framing.size
      if (bytes.length < header) return 'partial'
      const field = bytes.slice(framing.at, header)
      if (framing.littleEndian) field.reverse()
      const value = Number(field.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n))
      const length = header + value + framing.plus
      return length < header ? 'malformed' : check(length, framing.max)
    }
    case 'delimiter': {
      for (let end = framing.bytes.length; end <= bytes.length; end++) {
        if (framing.bytes.every((byte, i) => bytes[end - framing.bytes.length + i] === byte)) return check(end, framing.max)
        if (end >= framing.max) return 'too-large'
      }
      return bytes.length >= framing.max ? 'too-large' : 'partial'
    }
    case 'counted': {
      const text = String.fromCharCode(...bytes)
      const found = /^([1-9][0-9]*) /.exec(text)
      if (found !== null) return check(found[0].length + Number(found[1]), framing.max)
      if (!/^([1-9][0-9]*)?$/.test(text)) {
        const digits = /^[1-9][0-9]*/.exec(text)?.[0] ?? ''
        return Number(digits) > framing.max ? 'too-large' : 'malformed'
      }
      return Number(text) > framing.max ? 'too-large' : 'partial'
    }
    case 'elements': return slowElements(framing, bytes)
    case 'byFirstByte': {
      if (bytes.length === 0) return 'partial'
      return slowFrame(framing.cases.find(c => bytes[0]! >= c.from && bytes[0]! <= c.to)?.use ?? framing.otherwise, bytes)
    }
  }
}

const slowCut = (framing: Framing, bytes: readonly number[]): Cut => {
  const frames: number[] = []
  let at = 0
  while (at < bytes.length) {
    const length = slowFrame(framing, bytes.slice(at))
    if (typeof length === 'string') return { frames, end: length }
    frames.push(length)
    if (at + length > bytes.length) return { frames, end: 'partial' }
    at += length
  }
  return { frames, end: 'clean' }
}

/** Elements, read by recursion from text of which no more than `within` may be needed. */
const slowElements = (framing: ElementsFraming, bytes: readonly number[]): number | 'partial' | 'malformed' | 'too-large' => {
  const { within, max, groups } = framing
  const text = String.fromCharCode(...bytes)
  const fail = (why: 'partial' | 'malformed' | 'too-large'): never => { throw why }
  /** Where the first thing stands that makes this pattern of a line fail; the end of the line when nothing does. */
  const at = (position: number): string => position >= within ? fail('too-large') : position >= text.length ? fail('partial') : text[position]!
  const lineEnd = (position: number): number => at(position) === '\n' ? position + 1 : lineEnd(position + 1)
  /** The number up to CR LF, and the position behind it. */
  const count = (from: number): [number, number] => {
    let digits = ''
    let position = from
    for (; at(position) !== '\r'; position++) {
      digits += at(position)
      if (!/^(-|-1|0|[1-9][0-9]*)$/.test(digits)) fail('malformed')
      if (Number(digits) > max) fail('too-large')
    }
    if (!/[0-9]/.test(digits)) fail('malformed')
    if (at(position + 1) !== '\n') fail('malformed')
    return [Math.max(0, Number(digits)), position + 2]
  }
  /** Read an element behind which so many are to come; answers the position behind it. */
  const element = (from: number, toCome: number): number => {
    const first = at(from).charCodeAt(0)
    const fits = (position: number, still: number): number => still > 0 && position + 2 * still > within ? fail('too-large') : position
    const group = groups.find(g => g.first === first)
    if (group !== undefined) {
      const [announced, behind] = count(from + 1)
      const own = announced * group.times + group.plus
      let position = fits(behind, toCome + own)
      for (let i = own; i > 0; i--) position = element(position, toCome + i - 1)
      return position
    }
    if (framing.bodies.includes(first)) {
      const [announced, behind] = count(from + 1)
      return fits(behind + (text.slice(from + 1, from + 3) === '-1' ? 0 : announced + 2), toCome)
    }
    if (framing.lines.includes(first)) return fits(lineEnd(from + 1), toCome)
    return from === 0 && framing.otherwise === 'line' ? lineEnd(from) : fail('malformed')
  }
  try {
    const length = element(0, 0)
    return length > max ? 'too-large' : length
  } catch (why) {
    if (typeof why === 'string') return why as 'partial'
    throw why
  }
}

/** The cutter, fed in pieces, as a flow feeds it. */
const fastCut = (framing: Framing, bytes: Uint8Array, splits: readonly number[]): Cut => {
  const cutter = compileFraming(framing)
  const frames: number[] = []
  let from = 0
  const progress = new Progress()
  for (const to of [...splits, bytes.length]) {
    while (from < to) {
      const length = cutter.measure(bytes, from, to, progress)
      if (length === NEED_MORE) {
        progress.seen = to - from
        break
      }
      if (length === MALFORMED) return { frames, end: 'malformed' }
      if (length === TOO_LARGE) return { frames, end: 'too-large' }
      frames.push(length)
      from += length
      progress.reset()
    }
  }
  return { frames, end: from === bytes.length ? 'clean' : 'partial' }
}

const max = fc.integer({ min: 8, max: 300 })
const simple: fc.Arbitrary<Framing> = fc.oneof(
  fc.record({ at: fc.integer({ min: 0, max: 3 }), max }).map(frame.varint),
  fc.record({
    at: fc.integer({ min: 0, max: 3 }),
    size: fc.constantFrom<1 | 2 | 4>(1, 2, 4),
    plus: fc.integer({ min: -8, max: 4 }),
    littleEndian: fc.boolean(),
    max
  }).map(frame.length),
  fc.record({ size: fc.integer({ min: 1, max: 20 }) }).map(frame.fixed),
  fc.record({ bytes: fc.array(fc.constantFrom(10, 13, 0x41), { minLength: 1, maxLength: 3 }), max }).map(frame.delimiter),
  fc.record({ max }).map(frame.counted)
)
const elements: fc.Arbitrary<Framing> = fc.record({
  otherwise: fc.constantFrom<'line' | 'refuse'>('line', 'refuse'),
  within: fc.integer({ min: 8, max: 150 }),
  max: fc.integer({ min: 150, max: 300 })
}).map(o => frame.elements({ lines: '+', bodies: '$', groups: { '*': 1, '%': 2 }, prefixes: { '|': 1 }, ...o }))
/** Streams that are mostly elements. */
const elementStreams = fc.array(fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom('+\n', '+A\r\n', '$0\r\n\r\n', '$3\r\nabc\r\n', '$12\r\n+++\r\n\r\n$*%|\n\r\n', '$-1\r\n', '*0\r\n', '*-1\r\n', '*1\r\n', '*3\r\n', '%1\r\n', '|1\r\n', '*2\r\n') },
  { weight: 2, arbitrary: fc.constantFrom('PING\r\n', '\n', '*9', '$2', '99\r\n', '+', '-1', '\r', '*400\r\n', '$151\r\n') },
  { weight: 1, arbitrary: fc.string({ maxLength: 2 }) }
), { maxLength: 30 }).map(parts => [...Buffer.from(parts.join(''), 'latin1')])
const framings: fc.Arbitrary<Framing> = fc.oneof(
  { weight: 4, arbitrary: simple },
  { weight: 1, arbitrary: fc.tuple(simple, simple).map(([a, b]) => frame.byFirstByte([{ from: 0x30, to: 0x39, use: a }], b)) }
)
const streams = fc.array(fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(0, 1, 2, 3, 9, 10, 13, 0x20, 0x31, 0x32, 0x41) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }) }
), { maxLength: 120 })

describe('cutters', () => {
  test('cut any stream, split anywhere, as a slow reader does', () => {
    fc.assert(fc.property(framings, streams, fc.array(fc.nat(120), { maxLength: 12 }), (framing, stream, splits) => {
      const bytes = Uint8Array.from(stream)
      const inside = splits.filter(s => s < bytes.length).sort((a, b) => a - b)
      expect(fastCut(framing, bytes, inside)).toEqual(slowCut(framing, stream))
    }), { numRuns: 3000 })
  })

  test('cut elements, split anywhere, as a reader by recursion does', () => {
    fc.assert(fc.property(elements, elementStreams, fc.array(fc.nat(200), { maxLength: 30 }), (framing, stream, splits) => {
      const inside = splits.filter(s => s < stream.length).sort((a, b) => a - b)
      expect(fastCut(framing, Uint8Array.from(stream), inside)).toEqual(slowCut(framing, stream))
    }), { numRuns: 5000 })
  })

  test('elements in pieces are looked at once each, and so is what is between them', () => {
    const cutter = compileFraming(frame.elements({ lines: '+', bodies: '$', groups: { '*': 1 }, within: 100_000, max: 100_000 }))
    const stream = Buffer.from(`*1000\r\n${'$5\r\nhello\r\n'.repeat(1000)}`)
    const looked = new Uint32Array(stream.length)
    const counting = new Proxy(stream, { get: (_, key) => (looked[Number(key)]!++, stream[Number(key)]) })
    const progress = new Progress()
    for (let to = 1; to < stream.length - 7; to++) expect(cutter.measure(counting, 0, to, progress)).toBe(NEED_MORE)
    expect(cutter.measure(counting, 0, stream.length - 7, progress)).toBe(stream.length)
    expect(Math.max(...looked)).toBe(1)
  })

  test('elements that cannot all be there in time are refused from their count', () => {
    const cutter = compileFraming(frame.elements({ lines: '+', groups: { '*': 1, '%': 2 }, within: 100, max: 1000 }))
    const measure = (text: string): number => cutter.measure(Buffer.from(text), 0, text.length, new Progress())
    expect(measure('*47\r\n')).toBe(NEED_MORE)
    expect(measure('*48\r\n')).toBe(TOO_LARGE)
    expect(measure('%24\r\n')).toBe(TOO_LARGE)
    expect(measure('*1\r\n'.repeat(25))).toBe(TOO_LARGE)
  })

  test('elements nest as deep as they fit', () => {
    const cutter = compileFraming(frame.elements({ lines: '+', groups: { '*': 1 }, within: 1_000_000, max: 1_000_000 }))
    const text = `${'*1\r\n'.repeat(200_000)}+\n`
    expect(cutter.measure(Buffer.from(text), 0, text.length, new Progress())).toBe(text.length)
  })

  test('an oversized frame is refused from its header', () => {
    const cutter = compileFraming(frame.varint({ at: 1, max: 100 }))
    expect(cutter.measure(Uint8Array.of(0x10, 0xff, 0x7f), 0, 3, new Progress())).toBe(TOO_LARGE)
  })

  test('a search does not look twice at the same bytes', () => {
    const cutter = compileFraming(frame.lines({ max: 1000 }))
    const bytes = Uint8Array.from({ length: 500 }, () => 65)
    bytes[10] = 10
    // What was seen is believed: the line end in it is not found again.
    const progress = new Progress()
    progress.seen = 400
    expect(cutter.measure(bytes, 0, 500, progress)).toBe(NEED_MORE)
  })
})

describe('boundary counter', () => {
  test('knows a boundary exactly where the cutter does, however the stream is split', () => {
    const computed = fc.tuple(framings.filter(f => compileFraming(f).headerBytes !== undefined), streams)
    const resumed = fc.tuple(elements, elementStreams)
    fc.assert(fc.property(fc.oneof(computed, resumed), fc.array(fc.nat(120), { maxLength: 12 }), ([framing, stream], splits) => {
      const bytes = Uint8Array.from(stream)
      const counter = new BoundaryCounter(compileFraming(framing))
      const ends = new Set([0])
      const cut = slowCut(framing, stream)
      const broken = cut.end === 'malformed' || cut.end === 'too-large'
      let at = 0
      for (const length of cut.frames) ends.add(at += length)
      let from = 0
      for (const to of [...splits.filter(s => s < bytes.length).sort((a, b) => a - b), bytes.length]) {
        counter.feed(bytes.subarray(from, to))
        from = to
        if (!broken) expect(counter.atBoundary).toBe(ends.has(to))
        else if (counter.atBoundary) expect(ends.has(to)).toBe(true)
      }
    }), { numRuns: 2000 })
  })

  test('stops at the first boundary inside a chunk', () => {
    const counter = new BoundaryCounter(compileFraming(frame.fixed({ size: 4 })))
    counter.feed(Uint8Array.of(1, 2))
    expect(counter.feedToBoundary(Uint8Array.of(3, 4, 5, 6, 7))).toBe(2)
    expect(counter.atBoundary).toBe(true)
  })

  test('a searched frame is open until a chunk holds its end', () => {
    const counter = new BoundaryCounter(compileFraming(frame.lines({ max: 100 })))
    counter.feed(Uint8Array.of(65, 66))
    expect(counter.atBoundary).toBe(false)
    counter.feed(Uint8Array.of(67, 10))
    expect(counter.atBoundary).toBe(true)
  })
})
