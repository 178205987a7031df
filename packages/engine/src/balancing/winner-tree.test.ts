import fc from 'fast-check'
import { expect, test } from 'vitest'
import { WinnerTree } from './winner-tree.ts'

test('the winner is that of a plain search, after every change', () => {
  const change = fc.record({
    at: fc.nat(),
    standing: fc.constantFrom(0, 1, Infinity),
    score: fc.integer({ min: 0, max: 4 }),
    turn: fc.nat(4)
  })
  fc.assert(fc.property(fc.integer({ min: 0, max: 70 }), fc.array(change, { maxLength: 60 }), (count, changes) => {
    const tree = new WinnerTree()
    tree.reset(count)
    const entries = Array.from({ length: count }, (_, index) => ({ index, standing: Infinity, score: 0, turn: 0 }))
    expect(tree.first).toBe(-1)
    if (count === 0) return
    for (const { at, standing, score, turn } of changes) {
      const index = at % count
      entries[index] = { index, standing, score, turn }
      tree.set(index, standing, score, turn)
      const [best] = entries.filter(each => each.standing < Infinity).sort((a, b) =>
        a.standing - b.standing || a.score - b.score || a.turn - b.turn || a.index - b.index
      )
      expect(tree.first).toBe(best?.index ?? -1)
    }
  }))
})
