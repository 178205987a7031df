import { expect, test } from 'vitest'
import { frame, KiB, MiB } from './framing.ts'

test('constructors fill in what may be left out', () => {
  expect(frame.varint({ at: 1, max: 256 * KiB })).toEqual({ kind: 'varint', at: 1, max: 262_144 })
  expect(frame.length({ at: 0, size: 2, max: MiB })).toEqual({
    kind: 'length',
    at: 0,
    size: 2,
    plus: 0,
    littleEndian: false,
    max: 1_048_576
  })
  expect(frame.length({ at: 4, size: 4, plus: -8, littleEndian: true, max: 99 })).toEqual({
    kind: 'length',
    at: 4,
    size: 4,
    plus: -8,
    littleEndian: true,
    max: 99
  })
  expect(frame.fixed({ size: 188 })).toEqual({ kind: 'fixed', size: 188 })
  expect(frame.delimiter({ bytes: [13, 10], max: 9 })).toEqual({
    kind: 'delimiter',
    bytes: [13, 10],
    never: [],
    max: 9,
    atEnd: 'message'
  })
  expect(frame.lines({ max: 9, atEnd: 'drop' })).toEqual({
    kind: 'delimiter',
    bytes: [10],
    never: [],
    max: 9,
    atEnd: 'drop'
  })
  expect(frame.counted({ max: 9 })).toEqual({ kind: 'counted', max: 9 })
})

test('elements are named by their first bytes', () => {
  expect(
    frame.elements({ lines: '+:', bodies: '$', groups: { '*': 1, '%': 2 }, prefixes: { '|': 2 }, within: 5, max: 9 })
  ).toEqual({
    kind: 'elements',
    lines: [43, 58],
    bodies: [36],
    groups: [{ first: 42, times: 1, plus: 0 }, { first: 37, times: 2, plus: 0 }, { first: 124, times: 2, plus: 1 }],
    otherwise: 'refuse',
    within: 5,
    max: 9
  })
})

test('byFirstByte keeps its cases in order', () => {
  const counted = { from: 0x31, to: 0x39, use: frame.counted({ max: 9 }) }
  expect(frame.byFirstByte([counted], frame.lines({ max: 9 }))).toEqual({
    kind: 'byFirstByte',
    cases: [counted],
    otherwise: frame.lines({ max: 9 })
  })
})
