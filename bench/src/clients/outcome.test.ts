import { describe, expect, test } from 'vitest'
import { cellOf, kindOf, type Outcome } from './outcome.ts'

const back = (...delays: number[]): Outcome => ({ delays, levels: [4, 4], end: { kind: 'back' } })
const exit = (status: number | 'the code', told = true): Outcome => ({
  delays: [],
  levels: [5],
  end: { kind: 'exit', status, told }
})

describe('a cell', () => {
  test.each<[string, Outcome[]]>([
    ['1 s', [back(1003, 1001, 998)]],
    ['1–2.5 s', [back(1003, 2400, 1001), back(1100, 1003, 1200)]],
    ['1, 2, 4 s', [back(1003, 2002, 4010)]],
    // One of them does not back off: what they have in common is a range.
    ['1–4 s', [back(1003, 2002, 4010), back(1003, 1002, 1010)]],
    ['0–1 s', [back(20, 1002, 1004)]],
    ['1 s, tries 3.1', [{ ...back(1001, 1002), levels: [4, 3, 4] }]],
    ['**exit 2**', [exit(2)]],
    ['**exit the code**', [exit('the code')]],
    ['**exit 0**, silent', [exit(0, false)]],
    ['**never**', [{ delays: [], levels: [4], end: { kind: 'never', told: true } }]]
  ])('%s', (text, outcomes) => { expect(cellOf(outcomes)).toBe(text) })
})

test('outcomes share a column when they end alike, however long they take', () => {
  expect(kindOf(back(1000, 2000, 4000))).toBe(kindOf(back(1000, 1000, 1000)))
  const kinds = [back(1000), { ...back(1000), levels: [4, 3] }, exit(0), exit(0, false), exit(1), exit('the code')].map(
    kindOf
  )
  expect(new Set(kinds).size).toBe(kinds.length)
})
