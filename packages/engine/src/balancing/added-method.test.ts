import { expect, test } from 'vitest'
import { makeMethod } from './make-method.ts'
import type { BalancingMethod, Candidate, Criteria, Methods } from './method.ts'

const candidates: readonly Candidate[] = ['a', 'b', 'c'].map(name => ({
  name,
  weight: 1,
  ramp: 1,
  active: 0,
  outstanding: 0,
  responseMs: undefined,
  refuses: false,
  bytesPerSecond: 0,
  standing: 0
}))
const NO_KEYS: Criteria = { token: undefined, session: undefined, client: { address: '127.0.0.1', port: 1 } }
const base: BalancingMethod = { order () {}, took () {}, gaveBack () {} }

const made = (name: string, added: Methods): { order (): number[], method: BalancingMethod, told: string[] } => {
  const told: string[] = []
  const note = (fields: object, message: string): void => {
    told.push(`${message}: ${(fields as { method: string }).method}`)
  }
  const method = makeMethod(name, added, { debug: note, info: note, warn: note, error: note })
  const order: number[] = [9]
  return { method, told, order: () => { method.order(candidates, NO_KEYS, order); return [...order] } }
}

test('an added method orders an empty list', () => {
  const { order, told } = made('mine', { mine: () => ({ ...base, order: (_, _token, order) => { order.push(2, 0) } }) })
  expect(order()).toEqual([2, 0])
  expect(order()).toEqual([2, 0])
  expect(told).toEqual([])
})

const broken = (): never => { throw new Error('broken') }
test.each<[string, Methods]>([
  ['throws', { mine: () => ({ ...base, order: broken, took: broken, gaveBack: broken, explain: broken }) }],
  ['cannot be made', { mine: broken }],
  ['is not there', {}]
])('a method that %s deals in turns, and is told once', (_, added) => {
  const { method, order, told } = made('mine', added)
  for (const first of [0, 1, 2, 0]) {
    expect(order()[0]).toBe(first)
    method.took(first, candidates)
  }
  method.gaveBack(0, candidates)
  expect(method.explain?.(NO_KEYS)).toBeTypeOf('string')
  expect(told).toEqual(['a balancing method failed: mine'])
})

test('an index that is none is left out', () => {
  const { order, told } = made('mine', {
    mine: () => ({
      ...base,
      order: (_, _token, order) => {
        order.push(7, 1, -1, 0.5, Number.NaN)
      }
    })
  })
  expect(order()).toEqual([1])
  expect(told).toHaveLength(1)
})

test('a name of Weir is not taken', () => { expect(made('token', { token: broken }).told).toEqual([]) })
