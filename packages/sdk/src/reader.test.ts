import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Malformed } from './bytes.ts'
import { Reader } from './reader.ts'

test('reads numbers, bytes and text in order', () => {
  const r = new Reader(
    Uint8Array.of(1, 0x02, 0x03, 0xff, 0xfe, 0xfd, 0xfc, 9, 8, 0, 2, 0xc3, 0xa9, 0, 1, 7, 0x80, 0x01)
  )
  expect(r.u8()).toBe(1)
  expect(r.u16()).toBe(0x0203)
  expect(r.u32()).toBe(0xfffefdfc)
  expect(r.skip(1).left).toBe(10)
  expect([...r.bytes(1)]).toEqual([8])
  expect(r.text16()).toBe('é')
  expect([...r.bytes16()]).toEqual([7])
  expect(r.uleb128()).toBe(128)
  expect(r.left).toBe(0)
})

const integers: readonly [read: (r: Reader) => number | bigint, expected: (view: DataView) => number | bigint][] = [
  [r => r.u8(), v => v.getUint8(1)],
  [r => r.i8(), v => v.getInt8(1)],
  [r => r.u16(), v => v.getUint16(1)],
  [r => r.u16le(), v => v.getUint16(1, true)],
  [r => r.i16(), v => v.getInt16(1)],
  [r => r.i16le(), v => v.getInt16(1, true)],
  [r => r.u24(), v => v.getUint32(0) % 2 ** 24],
  [r => r.u24le(), v => v.getUint32(1, true) % 2 ** 24],
  [r => r.i24(), v => BigInt.asIntN(24, BigInt(v.getUint32(0)))],
  [r => r.i24le(), v => BigInt.asIntN(24, BigInt(v.getUint32(1, true)))],
  [r => r.u32(), v => v.getUint32(1)],
  [r => r.u32le(), v => v.getUint32(1, true)],
  [r => r.i32(), v => v.getInt32(1)],
  [r => r.i32le(), v => v.getInt32(1, true)],
  [r => r.u64(), v => v.getBigUint64(1)],
  [r => r.u64le(), v => v.getBigUint64(1, true)],
  [r => r.i64(), v => v.getBigInt64(1)],
  [r => r.i64le(), v => v.getBigInt64(1, true)]
]

test.each(integers)('%s reads what a DataView does', (read, expected) => {
  const edge = fc.constantFrom(0, 1, 0x7f, 0x80, 0xfe, 0xff)
  fc.assert(fc.property(fc.array(fc.oneof(edge, fc.nat(255)), { minLength: 10, maxLength: 10 }), bytes => {
    const array = Uint8Array.from(bytes)
    expect(Number(read(new Reader(array, 1)))).toBe(Number(expected(new DataView(array.buffer))))
    expect(BigInt(read(new Reader(array, 1)))).toBe(BigInt(expected(new DataView(array.buffer))))
  }))
})

test('a 64-bit integer is exact', () => {
  const all = Uint8Array.from(Array<number>(8).fill(0xff))
  expect([new Reader(all).u64(), new Reader(all).i64(), new Reader(all).u32(), new Reader(all).i32le()]).toEqual([
    0xffff_ffff_ffff_ffffn,
    -1n,
    0xffff_ffff,
    -1
  ])
})

test('sees its part of a larger array only', () => {
  const r = new Reader(Uint8Array.of(1, 2, 3, 4), 1, 3)
  expect(r.left).toBe(2)
  expect(r.u16()).toBe(0x0203)
  expect(() => r.u8()).toThrow(Malformed)
})

test('running past the end is Malformed, whatever is read', () => {
  const reads: ((r: Reader) => unknown)[] = [
    ...integers.map(([read]) => read),
    r => r.bytes(1),
    r => r.skip(1),
    r => r.text(1),
    r => r.bytes16(),
    r => r.text16(),
    r => r.uleb128()
  ]
  for (const read of reads) expect(() => read(new Reader(new Uint8Array(0)))).toThrow(Malformed)
  expect(() => new Reader(Uint8Array.of(0, 5, 1)).text16()).toThrow('the frame ends 4 bytes before its field does')
})

test('a length below zero is Malformed, a fraction is the author\'s mistake', () => {
  const r = new Reader(new Uint8Array(4))
  expect(() => r.skip(-1)).toThrow(Malformed)
  expect(() => r.skip(0.5)).toThrow(TypeError)
  expect(() => r.bytes(NaN)).toThrow(TypeError)
  expect(r.left).toBe(4)
})

test('uleb128 reads what MQTT writes [MQTT §1.5.5]', () => {
  const write = (value: number): number[] => {
    const bytes: number[] = []
    do {
      const rest = Math.floor(value / 128)
      bytes.push(value % 128 | (rest > 0 ? 128 : 0))
      value = rest
    } while (value > 0)
    return bytes
  }
  fc.assert(fc.property(fc.nat(268_435_455), value => {
    expect(new Reader(Uint8Array.from(write(value))).uleb128()).toBe(value)
  }))
  expect(() => new Reader(Uint8Array.of(0x80, 0x80, 0x80, 0x80, 1)).uleb128()).toThrow(
    'a variable-length integer has more than 4 bytes'
  )
  expect(() => new Reader(new Uint8Array(9)).uleb128(8)).toThrow(RangeError)
})
