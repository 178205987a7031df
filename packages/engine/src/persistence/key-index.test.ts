import { expect, test } from 'vitest'
import { KeyHash } from './key-hash.ts'
import { KeyIndex } from './key-index.ts'
import { SlotRows } from './slot-rows.ts'

const slotsOf = (index: KeyIndex, hash: number): number[] => {
  const found: number[] = []
  for (let slot = index.first(hash); slot >= 0; slot = index.after(slot, hash)) found.push(slot)
  return found.sort((a, b) => a - b)
}

test('finds every slot by its hash while it grows, bucket by bucket, and while slots go', () => {
  const rows = new SlotRows()
  const index = new KeyIndex(rows)
  const hash = new KeyHash(Buffer.alloc(8))
  const count = 3000
  rows.reach(count)
  const hashes = Array.from({ length: count }, (_, slot) => hash.of(1, `k${slot >> 1}`))
  const lost: string[] = []
  for (let slot = 0; slot < count; slot++) {
    index.add(slot, hashes[slot]!)
    if (slot % 97 === 0) for (let s = 0; s <= slot; s++) if (!slotsOf(index, hashes[s]!).includes(s)) lost.push(`${s} of ${slot}`)
  }
  for (let slot = 0; slot < count; slot += 2) index.remove(slot)
  for (let slot = 0; slot < count; slot++)
    if (slotsOf(index, hashes[slot]!).includes(slot) !== (slot % 2 === 1)) lost.push(`${slot}`)
  expect(lost).toEqual([])
})

test.each([0, 256, 257, 1000, 1024])('finds every slot when it was told of %i to come, and grows from there', told => {
  const rows = new SlotRows()
  const index = new KeyIndex(rows)
  const hash = new KeyHash()
  index.reserve(told)
  const hashes = Array.from({ length: 3000 }, (_, slot) => hash.of(1, `k${slot}`))
  rows.reach(hashes.length)
  for (const [slot, value] of hashes.entries()) index.add(slot, value)
  // Too late.
  index.reserve(100_000)
  expect(hashes.filter((value, slot) => !slotsOf(index, value).includes(slot))).toEqual([])
})

test('slots of the same hash stay apart', () => {
  const rows = new SlotRows()
  const index = new KeyIndex(rows)
  rows.reach(5)
  for (const slot of [0, 1, 2, 3]) index.add(slot, -7)
  index.remove(1)
  index.remove(3)
  expect(slotsOf(index, -7)).toEqual([0, 2])
  index.remove(2)
  index.remove(0)
  expect(slotsOf(index, -7)).toEqual([])
})

test('a hash depends on every byte, on the length, on the number and on the secret', () => {
  const hash = new KeyHash(Buffer.from('12345678'))
  const texts = [
    '',
    '\0',
    '\0\0',
    'a',
    'ab',
    'abc',
    'abcd',
    'abce',
    'bbcd',
    'abcde',
    'abcd\0',
    '\xff',
    'device-1',
    'device-2'
  ]
  const all = [
    ...texts.map(text => hash.of(1, text)),
    ...texts.map(text => hash.of(2, text)),
    ...texts.map(text => new KeyHash(Buffer.from('12345679')).of(1, text))
  ]
  expect(new Set(all).size).toBe(all.length)
  expect(hash.of(1, 'abc')).toBe(new KeyHash(Buffer.from('12345678')).of(1, 'abc'))
})

test('hashes of keys that differ in one place spread over buckets as chance would', () => {
  const hash = new KeyHash()
  const buckets = new Uint32Array(1024)
  for (let i = 0; i < 10_240; i++) buckets[hash.of(1, `device-${String(i).padStart(6, '0')}`) & 1023]!++
  // By chance 10 each; more than 40 in any has a probability of 1e-9.
  expect(Math.max(...buckets)).toBeLessThan(40)
})
