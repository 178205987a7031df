import { type Framing, frame } from '@weirlb/sdk'
import type { ElementsFraming } from '@weirlb/sdk/abi'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BoundaryCounter } from './boundary-counter.ts'
import { compileFraming } from './cutter.ts'
import { type Cutter, FORBIDDEN, MALFORMED, NEED_MORE, Progress, TOO_LARGE } from './measure.ts'

/** What a stream is when it is read slowly: frames as lengths, then how it stops. */
interface Cut { readonly frames: number[], readonly end: 'clean' | 'partial' | Broken }
type Broken = 'malformed' | 'too-large' | 'forbidden'

/**
 * One byte at a time, straight from the words of each framing's documentation. Slow, and written without a look at
 * the cutters.
 */
const slowFrame = (framing: Framing, bytes: readonly number[]): number | 'partial' | Broken => {
  const check = (length: number, max: number): number | 'too-large' => length > max ? 'too-large' : length
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
      const endsWith = (end: number, part: readonly number[]): boolean =>
        end >= part.length && part.every((byte, i) => bytes[end - part.length + i] === byte)
      for (let end = 1; end <= bytes.length; end++) {
        if (framing.never.length > 0 && endsWith(end, framing.never)) return 'forbidden'
        if (endsWith(end, framing.bytes)) return check(end, framing.max)
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
  const at = (position: number): string =>
    position >= within ? fail('too-large') : position >= text.length ? fail('partial') : text[position]!
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
const fastCut = (cutter: Cutter, bytes: Uint8Array, splits: readonly number[]): Cut => {
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
      if (length === FORBIDDEN) return { frames, end: 'forbidden' }
      frames.push(length)
      from += length
      progress.next(length)
    }
  }
  return { frames, end: from === bytes.length ? 'clean' : 'partial' }
}

/** Where so many bytes may be cut: nowhere, in two at each byte, and at every byte. */
const everyCut = (length: number): number[][] => {
  const all = Array.from({ length: Math.max(0, length - 1) }, (_, i) => i + 1)
  return [[], ...all.map(at => [at]), all]
}
/** These cuts, as far as they are inside, beside every cut in two. */
const cutsOf = (length: number, more: readonly number[]): number[][] => [...everyCut(length), more.filter(at => at < length).sort((a, b) => a - b)]

/** Matchers cost more than all that they look at here. */
const isSame = (a: Cut, b: Cut): boolean =>
  a.end === b.end && a.frames.length === b.frames.length && a.frames.every((length, i) => length === b.frames[i])

const expectCuts = (framing: Framing, stream: readonly number[], more: readonly number[] = []): void => {
  const cutter = compileFraming(framing)
  const bytes = Uint8Array.from(stream)
  const expected = slowCut(framing, stream)
  for (const cuts of cutsOf(stream.length, more)) {
    const cut = fastCut(cutter, bytes, cuts)
    if (!isSame(cut, expected)) expect(cut, `cut at ${cuts.join(', ')}`).toEqual(expected)
  }
}

/** A counter knows the ends of all its frames. Bytes that a frame may not have are found if they come together. */
const countable = (framing: Framing): boolean =>
  framing.kind === 'byFirstByte' ? [framing.otherwise, ...framing.cases.map(c => c.use)].every(countable)
    : framing.kind !== 'delimiter' || framing.never.length === 0

const expectBoundaries = (framing: Framing, stream: readonly number[], more: readonly number[] = []): void => {
  const cutter = compileFraming(framing)
  const bytes = Uint8Array.from(stream)
  const { frames, end } = slowCut(framing, stream)
  const broken = end === 'malformed' || end === 'too-large'
  const ends = new Set([0])
  let at = 0
  for (const length of frames) ends.add(at += length)
  for (const cuts of cutsOf(stream.length, more)) {
    const counter = new BoundaryCounter(cutter)
    const one = new BoundaryCounter(cutter)
    let from = 0
    for (const to of [...cuts, bytes.length]) {
      counter.feed(bytes.subarray(from, to))
      const chunk = bytes.subarray(from, to)
      for (let next = 0; next < chunk.length && !one.lost;) {
        next = one.feedFrame(chunk, next)
        const end = from + next
        if (one.atBoundary) expect(ends.has(end), `cut at ${cuts.join(', ')}, frame at ${end}`).toBe(true)
      }
      if (!broken) expect(one.atBoundary).toBe(ends.has(to))
      from = to
      // Where the stream breaks later, a boundary before that need not be known, but none may be made up.
      if (counter.atBoundary !== ends.has(to) && !(broken && !counter.atBoundary))
        expect(counter.atBoundary, `cut at ${cuts.join(', ')}, at ${to}`).toBe(ends.has(to))
    }
  }
}

const bytesOf = (text: string): number[] => [...Buffer.from(text, 'latin1')]
const resp = frame.elements({
  lines: '+',
  bodies: '$',
  groups: { '*': 1, '%': 2 },
  prefixes: { '|': 1 },
  otherwise: 'line',
  within: 100,
  max: 200
})
const RESP =
  '*2\r\n$3\r\nfoo\r\n*1\r\n+bar\r\n|1\r\n+a\r\n$12\r\n+++\r\n\r\n$*%|\n\r\n%1\r\n+k\r\n$-1\r\n*0\r\nPING\r\n$0\r\n\r\n'
/** Frames of several sizes in each framing, and nothing else. */
const samples: readonly (readonly [what: string, framing: Framing, stream: readonly number[]])[] = [
  ['varint', frame.varint({ at: 1, max: 300 }), [0x10, 2, 1, 2, 0xc0, 0, 0x30, 0x82, 1, ...Array<number>(130).fill(0x80), 0x10, 0x80, 0, 0x10, 1, 9]],
  ['length of one byte', frame.length({ at: 0, size: 1, max: 99 }), bytesOf('\x03abc\0\x01x\x05hello')],
  ['length of two bytes', frame.length({ at: 2, size: 2, plus: -4, max: 400 }), [1, 1, 0, 4, 2, 2, 0, 7, 9, 9, 9, 3, 3, 1, 4, ...Array<number>(256).fill(0), 4, 4, 0, 5, 8]],
  ['length of four bytes', frame.length({ at: 1, size: 4, littleEndian: true, plus: 2, max: 99 }), [7, 1, 0, 0, 0, 1, 2, 3, 7, 0, 0, 0, 0, 1, 2, 7, 5, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7]],
  ['fixed', frame.fixed({ size: 3 }), bytesOf('abcdefghi')],
  ['delimiter', frame.delimiter({ bytes: [13, 10, 13], max: 99 }), bytesOf('a\r\n\r\r\n\rbc\r\r\n\r')],
  ['lines', frame.lines({ max: 99 }), bytesOf('a\n\nbcd\r\n\r\n')],
  ['lines that are refused for some bytes', frame.lines({ never: [0, 60], max: 99 }), bytesOf('a\0\n<b\0\0\n\0c<\nd\n')],
  ['counted', frame.counted({ max: 99 }), bytesOf('3 abc1 x12 hello, world')],
  ['elements', resp, bytesOf(RESP)],
  [
    'by first byte',
    frame.byFirstByte([{ from: 0x31, to: 0x39, use: frame.counted({ max: 99 }) }], frame.lines({ max: 99 })),
    bytesOf('3 abc<1>x\n\n4 1 x\n0 y\n')
  ],
  [
    'elements by first byte',
    frame.byFirstByte([{ from: 0, to: 0x1f, use: frame.length({ at: 0, size: 1, max: 99 }) }], resp),
    bytesOf(`\x03abc${RESP}\0${RESP}\x05*1\r\n+`)
  ],
  [
    'by first byte but elements',
    frame.byFirstByte(
      [{ from: 0x24, to: 0x2b, use: resp }, { from: 0x7c, to: 0x7c, use: resp }],
      frame.lines({ max: 99 })
    ),
    bytesOf(`a\n${RESP}b\r\n${RESP}`)
  ]
]

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
  fc.record({
    bytes: fc.array(fc.constantFrom(10, 13, 0x41), { minLength: 1, maxLength: 3 }),
    never: fc.array(fc.constantFrom(0, 1, 10), { maxLength: 2 }),
    max
  }).map(frame.delimiter),
  fc.record({ max }).map(frame.counted)
)
const elements: fc.Arbitrary<Framing> = fc.record({
  otherwise: fc.constantFrom<'line' | 'refuse'>('line', 'refuse'),
  within: fc.integer({ min: 8, max: 150 }),
  max: fc.integer({ min: 150, max: 300 })
}).map(o => frame.elements({ lines: '+', bodies: '$', groups: { '*': 1, '%': 2 }, prefixes: { '|': 1 }, ...o }))
/** Streams that are mostly elements. */
const elementStreams = fc.array(
  fc.oneof(
    {
      weight: 20,
      arbitrary: fc.constantFrom(
        '+\n',
        '+A\r\n',
        '$0\r\n\r\n',
        '$3\r\nabc\r\n',
        '$12\r\n+++\r\n\r\n$*%|\n\r\n',
        '$-1\r\n',
        '*0\r\n',
        '*-1\r\n',
        '*1\r\n',
        '*3\r\n',
        '%1\r\n',
        '|1\r\n',
        '*2\r\n'
      )
    },
    {
      weight: 2,
      arbitrary: fc.constantFrom('PING\r\n', '\n', '*9', '$2', '99\r\n', '+', '-1', '\r', '*400\r\n', '$151\r\n')
    },
    { weight: 1, arbitrary: fc.string({ maxLength: 2 }) }
  ),
  { maxLength: 30 }
).map(parts => [...Buffer.from(parts.join(''), 'latin1')])
const framings: fc.Arbitrary<Framing> = fc.oneof(
  { weight: 4, arbitrary: simple },
  { weight: 1, arbitrary: fc.tuple(simple, simple).map(([a, b]) => frame.byFirstByte([{ from: 0x30, to: 0x39, use: a }], b)) }
)
const streams = fc.array(fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(0, 1, 2, 3, 9, 10, 13, 0x20, 0x31, 0x32, 0x41) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }) }
), { maxLength: 120 })

/** Elements of one side of a byte, and something simple on the other, and streams of both. */
const mixed: fc.Arbitrary<Framing> = fc.tuple(elements, simple, fc.boolean()).map(([a, b, first]) =>
  first
    ? frame.byFirstByte([{ from: 0x24, to: 0x2b, use: a }, { from: 0x7c, to: 0x7c, use: a }], b)
    : frame.byFirstByte([{ from: 0, to: 0x23, use: b }], a)
)
const mixedStreams = fc.array(fc.oneof(streams.map(stream => stream.slice(0, 8)), elementStreams), { maxLength: 4 })
  .map(parts => parts.flat())

test.each(samples)('a stream of %s is cut, and its boundaries are known, wherever it is split', (_, framing, stream) => {
  const { frames, end } = slowCut(framing, stream)
  expect([frames.length > 2, end]).toEqual([true, 'clean'])
  expectCuts(framing, stream)
  if (countable(framing)) expectBoundaries(framing, stream)
})

describe('cutters', () => {
  test('cut any stream, wherever it is split, as a slow reader does', () => {
    fc.assert(fc.property(framings, streams, fc.array(fc.nat(120), { maxLength: 12 }), expectCuts), { numRuns: 4000 })
  })

  test('cut elements, wherever they are split, as a reader by recursion does', () => {
    fc.assert(fc.property(elements, elementStreams, fc.array(fc.nat(200), { maxLength: 30 }), expectCuts), { numRuns: 4000 })
  })

  test('cut elements beside other framings, wherever they are split', () => {
    fc.assert(fc.property(mixed, mixedStreams, fc.array(fc.nat(200), { maxLength: 30 }), expectCuts), { numRuns: 2000 })
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
    const computed = fc.tuple(framings.filter(countable), streams)
    const resumed = fc.tuple(elements, elementStreams)
    const both = fc.tuple(mixed.filter(countable), mixedStreams)
    fc.assert(fc.property(fc.oneof(computed, resumed, both), fc.array(fc.nat(120), { maxLength: 12 }), ([framing, stream], more) => {
      expectBoundaries(framing, stream, more)
    }), { numRuns: 1500 })
  })
})
