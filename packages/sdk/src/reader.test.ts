import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Malformed } from './bytes.ts'
import { Reader } from './reader.ts'

test('reads numbers, bytes and text in order', () => {
  const r = new Reader(Uint8Array.of(1, 0x02, 0x03, 0xff, 0xfe, 0xfd, 0xfc, 9, 8, 0, 2, 0xc3, 0xa9, 0, 1, 7, 0x80, 0x01))
  expect(r.u8()).toBe(1)
  expect(r.u16()).toBe(0x0203)
  expect(r.u32()).toBe(0xfffefdfc)
  expect(r.skip(1).left).toBe(10)
  expect([...r.bytes(1)]).toEqual([8])
  expect(r.text16()).toBe('é')
  expect([...r.bytes16()]).toEqual([7])
  expect(r.varint()).toBe(128)
  expect(r.left).toBe(0)
})

test('sees its part of a larger array only', () => {
  const r = new Reader(Uint8Array.of(1, 2, 3, 4), 1, 3)
  expect(r.left).toBe(2)
  expect(r.u16()).toBe(0x0203)
  expect(() => r.u8()).toThrow(Malformed)
})

test('running past the end is Malformed, whatever is read', () => {
  const reads: ((r: Reader) => unknown)[] = [
    r => r.u8(), r => r.u16(), r => r.u32(), r => r.bytes(1), r => r.skip(1), r => r.text(1), r => r.bytes16(), r => r.text16(), r => r.varint()
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

test('varint reads what MQTT writes [MQTT §1.5.5]', () => {
  const write = (value: number): number[] => {
    const bytes: number[] = []
    do {
      const rest = Math.floor(value / 128)
      bytes.push(value % 128 | (rest > 0 ? 128 : 0))
      value = rest
    } while (value > 0)
    return bytes
  }
  fc.assert(fc.property(fc.nat(268_435_455), value => { expect(new Reader(Uint8Array.from(write(value))).varint()).toBe(value) }))
  expect(() => new Reader(Uint8Array.of(0x80, 0x80, 0x80, 0x80, 1)).varint()).toThrow('a variable-length integer has more than 4 bytes')
})
