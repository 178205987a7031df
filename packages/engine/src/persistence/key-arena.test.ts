import fc from 'fast-check'
import { expect, test } from 'vitest'
import { KeyArena, MAX_KEY } from './key-arena.ts'
import { SlotRows } from './slot-rows.ts'

test('a key comes back as it was, any byte and any length', () => {
  const rows = new SlotRows()
  const arena = new KeyArena(rows)
  const keys = [
    '',
    'x',
    'x'.repeat(MAX_KEY),
    Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join('').slice(0, 255),
    '\xff'
  ]
  rows.reach(keys.length)
  for (const [slot, key] of keys.entries()) arena.store(slot, key)
  for (const [slot, key] of keys.entries()) {
    expect(arena.read(slot)).toBe(key)
    expect(keys.filter(other => arena.equals(slot, other))).toEqual([key])
  }
})

test('a key that is longer than any stored one is refused', () => {
  const rows = new SlotRows()
  rows.reach(0)
  expect(() => {
    new KeyArena(rows).store(0, 'x'.repeat(MAX_KEY + 1))
  }).toThrow('a session key is stored in 255 bytes at most, got 256: longer ones are hashed by storedKey()')
})

test('whatever lengths come and go, the keys take at most twice their size', () => {
  const rows = new SlotRows()
  const arena = new KeyArena(rows)
  const count = 20_000
  rows.reach(count)
  // Three in four keys of one length go before those of the next length come: pages that are full of gaps, and no gap
  // that fits.
  for (const length of [8, 40, 72, 104, 136, 168, 200]) {
    for (let slot = 0; slot < count; slot++) {
      if (length > 8 && slot % 4 !== 0) arena.free(slot)
      if (length === 8 || slot % 4 !== 0) arena.store(slot, `${slot}`.padEnd(length, '.'))
    }
  }
  const live = count / 4 * 16 + count * 3 / 4 * 208
  expect(arena.bytes).toBeLessThan(2 * live + 6 * 65_536)
  for (let slot = 0; slot < count; slot++)
    expect(arena.equals(slot, `${slot}`.padEnd(slot % 4 === 0 ? 8 : 200, '.'))).toBe(true)
})

test('memory of keys that are gone is given back', () => {
  const rows = new SlotRows()
  const arena = new KeyArena(rows)
  rows.reach(10_000)
  for (let slot = 0; slot < 10_000; slot++) arena.store(slot, 'x'.repeat(64))
  for (let slot = 0; slot < 10_000; slot++) arena.free(slot)
  expect(arena.bytes).toBe(65_536)
})

test('agrees with a map over any sequence', () => {
  const step = fc.record({ slot: fc.nat(300), key: fc.string({ maxLength: 20 }).map(text => text.replaceAll(/[^\0-\xff]/g, '?')), times: fc.integer({ min: 1, max: 40 }) })
  fc.assert(fc.property(fc.array(step, { maxLength: 200 }), steps => {
    const rows = new SlotRows()
  const arena = new KeyArena(rows)
    rows.reach(400)
    const map = new Map<number, string>()
    for (const { slot, key, times } of steps) {
      for (let i = 0; i < times; i++) {
        if (map.has(slot + i)) arena.free(slot + i)
        if (map.delete(slot + i) && i % 2 === 0) continue
        const long = key.repeat(12).slice(0, MAX_KEY)
        arena.store(slot + i, long)
        map.set(slot + i, long)
      }
    }
    for (const [slot, key] of map) expect(arena.read(slot)).toBe(key)
  }), { numRuns: 100 })
})
