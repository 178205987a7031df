import type { Rule } from '@weirlb/admin/client'
import { expect, test } from 'vitest'
import { inOrder, reorder } from './rule-order.ts'

const rules = (...priorities: number[]): Rule[] =>
  priorities.map((priority, at) => ({ name: `r${at}`, priority }) as Rule)

test('rules are in the order in which they are looked at: 0 is last', () => {
  expect(inOrder(rules(0, 5, 1, 5)).map(({ name }) => name)).toEqual(['r2', 'r1', 'r3', 'r0'])
})

test('moving one gives each its place, and writes only what changes', () => {
  expect(reorder(rules(10, 20, 30), 2, 0)).toEqual([{ name: 'r2', priority: 10 }, { name: 'r0', priority: 20 }, { name: 'r1', priority: 30 }])
  expect(reorder(rules(10, 20, 30), 1, 1)).toEqual([])
  expect(reorder(rules(10, 0, 0), 2, 1)).toEqual([{ name: 'r2', priority: 20 }, { name: 'r1', priority: 30 }])
})
