import { frame } from '@weirlb/sdk'
import type { Framing, PeekByFirstByte } from '@weirlb/sdk/abi'
import { expect, test } from 'vitest'
import { NEED_MORE } from './measure.ts'
import { compileEntry } from './entry.ts'

const entry = (
  peek: number | PeekByFirstByte | undefined,
  framing: Framing = frame.varint({ at: 1, max: 1000 })
): ReturnType<typeof compileEntry> =>
  compileEntry({
    kind: 'messages',
    framing,
    peek,
    begins: undefined,
    closes: undefined, unasked: undefined,
    only: undefined,
    keys: undefined,
    handler: true
  })
const byType: PeekByFirstByte = {
  cases: [{ from: 0x30, to: 0x3f, bytes: 10, field: 2 }, { from: 0x10, to: 0x1f, bytes: 50 }],
  otherwise: 4
}
const bytes = (...of: number[]): Uint8Array => Uint8Array.from([9, ...of])
const size = (e: ReturnType<typeof compileEntry>, of: Uint8Array, length: number): number =>
  e.sizeOf(of, 1, of.length, length)

test('one number for every frame', () => {
  expect(entry(16).sizeOf(bytes(1), 1, 2, 900)).toBe(16)
  expect(entry(16).sizeOf(bytes(1), 1, 2, 9)).toBe(9)
  expect(entry(undefined).largest).toBe(1000)
})

test('a number by the first byte', () => {
  expect(size(entry(byType), bytes(0x10), 900)).toBe(50)
  expect(size(entry(byType), bytes(0x10), 20)).toBe(20)
  expect(size(entry(byType), bytes(0x40), 900)).toBe(4)
})

test('up to the end of a field, and more', () => {
  expect(size(entry(byType), bytes(0x30, 100, 0, 5), 102), 'header of two bytes').toBe(2 + 2 + 5 + 10)
  expect(size(entry(byType), bytes(0x30, 0x80, 1, 1, 5), 131), 'header of three bytes').toBe(131)
  expect(size(entry(byType), bytes(0x30, 0x84, 7, 1, 5), 903)).toBe(3 + 2 + 261 + 10)
  expect(size(entry(byType), bytes(0x31, 10, 0, 200), 12), 'a field longer than its frame').toBe(12)
})

test('the length of the field has to be there, unless the frame ends before', () => {
  expect(size(entry(byType), bytes(0x30, 100, 0), 102)).toBe(NEED_MORE)
  expect(size(entry(byType), bytes(0x30, 100), 102)).toBe(NEED_MORE)
  expect(size(entry(byType), bytes(0x30, 1), 3)).toBe(3)
  expect(size(entry(byType), bytes(0x30, 0), 2)).toBe(2)
})

test('behind a length, of one byte, by the framing of the first byte', () => {
  const peek: PeekByFirstByte = { cases: [{ from: 0, to: 9, bytes: 1, field: 1 }], otherwise: 1 }
  const framing = frame.byFirstByte(
    [{ from: 2, to: 2, use: frame.length({ at: 1, size: 4, max: 500 }) }],
    frame.length({ at: 3, size: 2, max: 500 })
  )
  expect(size(entry(peek, framing), bytes(1, 0, 0, 0, 200, 7), 205)).toBe(5 + 1 + 7 + 1)
  expect(size(entry(peek, framing), bytes(2, 0, 0, 0, 200, 7), 205)).toBe(5 + 1 + 7 + 1)
  expect(size(entry(peek, framing), bytes(2, 0, 0, 0, 200), 205)).toBe(NEED_MORE)
})
