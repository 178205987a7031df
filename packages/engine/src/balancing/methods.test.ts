import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { MethodName } from '@weirlb/model'
import { ByScore } from './by-score.ts'
import type { BalancingMethod, Candidate, Criteria } from './method.ts'
import { methods } from './methods.ts'

interface Service extends Candidate { active: number }
const service = (name: string, weight = 1, active = 0): Service => ({ name, weight, active })
const by = (token: string | undefined): Criteria => ({ token, session: undefined, client: { address: '127.0.0.1', port: 1 } })
const names = Object.keys(methods) as MethodName[]

/** Order, skip what is not there, take the first: as the engine does it. */
const choose = (method: BalancingMethod, services: readonly Service[], token?: string, down: readonly string[] = []): string => {
  const order: number[] = []
  method.order(services, by(token), order)
  const index = order.find(i => !down.includes(services[i]!.name))!
  method.took(index, services)
  return services[index]!.name
}
const chooseMany = (count: number, method: BalancingMethod, services: readonly Service[], token?: string, down?: readonly string[]): string[] =>
  Array.from({ length: count }, () => choose(method, services, token, down))
const tally = (chosen: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const name of chosen) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

const services = fc.uniqueArray(fc.record({ name: fc.string({ minLength: 1, maxLength: 12 }), weight: fc.integer({ min: 1, max: 100 }), active: fc.nat(1000) }),
  { maxLength: 60, selector: ({ name }) => name })

test('scores are ordered as by a plain stable sort, in lists of every length and from every start', () => {
  const scores = fc.oneof(
    fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 80 }),
    fc.array(fc.double({ min: 1e-9, max: 50, noNaN: true }).map(Math.fround), { minLength: 1, maxLength: 80 }))
  fc.assert(fc.property(scores, fc.nat(), (list, seed) => {
    const from = seed % list.length
    const byScore = new ByScore()
    byScore.scores(list.length).set(list)
    const order: number[] = []
    byScore.write(order, from)
    const rotated = list.map((_, i) => (i + from) % list.length)
    expect(order).toEqual(rotated.sort((a, b) => list[a]! - list[b]!))
  }))
})

describe.each(names)('%s', name => {
  test('order is a permutation and asking twice gives the same', () => {
    fc.assert(fc.property(services, fc.option(fc.string(), { nil: undefined }), (list, token) => {
      const method = methods[name]()
      const first: number[] = [99, 98]
      const second: number[] = []
      method.order(list, by(token), first)
      method.order(list, by(token), second)
      expect(first).toEqual(second)
      expect([...first].sort((a, b) => a - b)).toEqual(list.map((_, i) => i))
    }))
  })

  test('a service that is down is passed over, whatever it is', () => {
    const method = methods[name]()
    const list = ['a', 'b', 'c'].map(each => service(each))
    expect(chooseMany(50, method, list, undefined, ['b'])).not.toContain('b')
  })
})

describe('round-robin', () => {
  test('equal weights take turns', () => {
    expect(chooseMany(6, methods['round-robin'](), ['a', 'b', 'c'].map(each => service(each)))).toEqual(['a', 'b', 'c', 'a', 'b', 'c'])
  })

  test('weights are spread smoothly', () => {
    expect(chooseMany(7, methods['round-robin'](), [service('a', 5), service('b'), service('c')]).join('')).toBe('aabacaa')
  })

  test('any weights are met exactly in every full round', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 40 }), weights => {
      const method = methods['round-robin']()
      const list = weights.map((weight, i) => service(`s${i}`, weight))
      const total = weights.reduce((sum, weight) => sum + weight, 0)
      for (let round = 0; round < 3; round++) {
        expect(tally(chooseMany(total, method, list))).toEqual(Object.fromEntries(list.map(each => [each.name, each.weight])))
      }
    }), { numRuns: 50 })
  })

  test('the others share evenly while one is down, and it gets no flood when it is back', () => {
    const method = methods['round-robin']()
    const list = ['a', 'b', 'c'].map(each => service(each))
    const { a, c, b } = tally(chooseMany(1000, method, list, undefined, ['b']))
    expect([a, c, b]).toEqual([500, 500, undefined])
    const back = tally(chooseMany(30, method, list))
    expect(back['b']).toBeLessThanOrEqual(13)
  })

  test('a new list keeps the turns of the services that stay', () => {
    const method = methods['round-robin']()
    expect(chooseMany(2, method, ['a', 'b', 'c'].map(each => service(each)))).toEqual(['a', 'b'])
    expect(choose(method, ['a', 'b', 'c', 'd'].map(each => service(each)))).toBe('c')
  })
})

describe('least-connection', () => {
  test('fewest connections for the weight come first', () => {
    const order: number[] = []
    methods['least-connection']().order([service('a', 1, 5), service('b', 10, 20), service('c', 1, 3)], by(undefined), order)
    expect(order).toEqual([1, 2, 0])
  })

  test('equal ones take turns', () => {
    expect(chooseMany(6, methods['least-connection'](), ['a', 'b', 'c'].map(each => service(each)))).toEqual(['a', 'b', 'c', 'a', 'b', 'c'])
  })

  test('long-lived connections end up in proportion to the weights', () => {
    const method = methods['least-connection']()
    const list = [service('a', 1), service('b', 2), service('c', 3)]
    for (let i = 0; i < 600; i++) {
      const chosen = choose(method, list)
      list.find(each => each.name === chosen)!.active++
    }
    expect(list.map(each => each.active)).toEqual([100, 200, 300])
  })
})

describe('token', () => {
  const KEYS = 20_000
  const keys = Array.from({ length: KEYS }, (_, i) => `dev-${i}`)
  const place = (list: readonly Service[], down: readonly string[] = []): string[] => {
    const method = methods.token()
    return keys.map(key => choose(method, list, key, down))
  }
  const farm = (count: number, weight: (i: number) => number = () => 1): Service[] => Array.from({ length: count }, (_, i) => service(`broker-${i}`, weight(i)))

  test('the same token goes to the same service: in another instance, and in another order of the list', () => {
    fc.assert(fc.property(services.filter(list => list.length > 0), fc.string({ minLength: 1 }), (list, token) => {
      expect(choose(methods.token(), list, token)).toBe(choose(methods.token(), [...list].reverse(), token))
    }))
  })

  test('tokens spread by weight', () => {
    const counts = tally(place(farm(10, i => i < 5 ? 1 : 3)))
    for (let i = 0; i < 10; i++) {
      const share = counts[`broker-${i}`]! / KEYS
      expect(share).toBeGreaterThan((i < 5 ? 0.05 : 0.15) * 0.9)
      expect(share).toBeLessThan((i < 5 ? 0.05 : 0.15) * 1.1)
    }
  })

  test.each([2, 3, 10, 100])('a service that joins %i others takes its share and moves no other token', count => {
    const before = place(farm(count))
    const after = place(farm(count + 1))
    const moved = keys.filter((_, i) => before[i] !== after[i])
    expect(moved.every(key => after[keys.indexOf(key)] === `broker-${count}`)).toBe(true)
    expect(moved.length / KEYS).toBeGreaterThan(0.75 / (count + 1))
    expect(moved.length / KEYS).toBeLessThan(1.25 / (count + 1))
  })

  test('a service that is down gives its tokens to all others, and gets them back', () => {
    const list = farm(5)
    const before = place(list)
    const during = place(list, ['broker-2'])
    const moved = during.filter((name, i) => name !== before[i])
    expect(moved.length).toBe(tally(before)['broker-2'])
    for (const name of ['broker-0', 'broker-1', 'broker-3', 'broker-4']) expect(tally(moved)[name]! / moved.length).toBeGreaterThan(0.2)
    expect(place(list)).toEqual(before)
  })

  test('a changed weight moves tokens to or from that service only', () => {
    const before = place(farm(4))
    const after = place(farm(4, i => i === 1 ? 2 : 1))
    expect(after.every((name, i) => name === before[i] || name === 'broker-1')).toBe(true)
    expect(tally(after)['broker-1']! / KEYS).toBeCloseTo(0.4, 1)
  })

  test('without a token clients take turns; the empty token is none', () => {
    const list = ['a', 'b', 'c'].map(each => service(each))
    expect(chooseMany(3, methods.token(), list)).toEqual(['a', 'b', 'c'])
    expect(chooseMany(3, methods.token(), list, '')).toEqual(['a', 'b', 'c'])
  })
})
