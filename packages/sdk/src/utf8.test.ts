import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeUtf8, encodeUtf8, encodeUtf8Into } from './utf8.ts'

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const encoder = new TextEncoder()

// Bytes that are nearly UTF-8 find more than random ones: pieces of valid text, leads without their rest, stray
// continuations.
const nearlyUtf8 = fc.array(
  fc.oneof(
    fc.string({ unit: 'binary' }).map(s => encoder.encode(s)),
    fc.constantFrom(0xc0, 0xc1, 0xc2, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff, 0x80, 0x9f, 0xa0, 0x90, 0x8f, 0xbf).map(
      b => Uint8Array.of(b)
    ),
    fc.uint8Array({ maxLength: 4 })
  ),
  { maxLength: 12 }
).map(parts => Uint8Array.from(parts.flatMap(part => [...part])))

test('decodes like TextDecoder', () => {
  fc.assert(
    fc.property(nearlyUtf8, bytes => {
      expect(decodeUtf8(bytes)).toBe(decoder.decode(bytes))
    }),
    { numRuns: 2000 }
  )
})

test('decodes a part of a larger array only', () => {
  fc.assert(fc.property(nearlyUtf8, fc.nat(8), fc.nat(8), (bytes, before, after) => {
    const all = new Uint8Array(before + bytes.length + after).fill(0x80)
    all.set(bytes, before)
    expect(decodeUtf8(all, before, before + bytes.length)).toBe(decoder.decode(bytes))
  }))
})

test('encodes like TextEncoder, lone surrogates included', () => {
  const anyString = fc.array(
    fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0xd800, max: 0xdfff }), fc.nat(0x7f))
  )
    .map(units => String.fromCharCode(...units))
  fc.assert(
    fc.property(anyString, text => {
      expect(encodeUtf8(text)).toEqual(encoder.encode(text))
    }),
    { numRuns: 2000 }
  )
})

test('long text survives its chunks', () => {
  const text = 'aé漢🙂'.repeat(5000)
  expect(decodeUtf8(encodeUtf8(text))).toBe(text)
})

test('encodes into a region, or not at all past its end', () => {
  for (const text of ['abcd', 'éé', '漢a', '🙂']) {
    const target = new Uint8Array(10)
    expect(encodeUtf8Into(text, target, 2, 6)).toBe(4)
    expect(decodeUtf8(target, 2, 6)).toBe(text)
    expect(encodeUtf8Into(text, target, 2, 5)).toBe(-1)
    expect(target.subarray(6)).toEqual(new Uint8Array(4))
  }
})
