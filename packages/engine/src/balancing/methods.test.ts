import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { MethodName } from '@weirlb/model'
import type { BalancingMethod, Candidate, Criteria } from './method.ts'
import { methods } from './methods.ts'

type Service = { -readonly [K in keyof Candidate]: Candidate[K] }
const service = (name: string, weight = 1, active = 0, more: Partial<Service> = {}): Service => ({
  name,
  weight,
  active,
  ramp: 1,
  outstanding: active,
  responseMs: undefined,
  refuses: false,
  bytesPerSecond: 0,
  standing: 0,
  ...more
})
const by = (token: string | undefined, address = '127.0.0.1'): Criteria => ({
  token,
  session: undefined,
  client: { address, port: 1 }
})
const names = Object.keys(methods) as MethodName[]

/** Order, skip what is not there, take the first: as the engine does it. */
const choose = (
  method: BalancingMethod,
  services: readonly Service[],
  token?: string,
  down: readonly string[] = []
): string => {
  const order: number[] = []
  method.order(services, by(token), order)
  const index = order.find(i => !down.includes(services[i]!.name))!
  method.took(index, services)
  return services[index]!.name
}
const chooseMany = (
  count: number,
  method: BalancingMethod,
  services: readonly Service[],
  token?: string,
  down?: readonly string[]
): string[] => Array.from({ length: count }, () => choose(method, services, token, down))
const tally = (chosen: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const name of chosen) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

const services = fc.uniqueArray(fc.record<Service>({
  name: fc.string({ minLength: 1, maxLength: 12 }),
  weight: fc.integer({ min: 1, max: 100 }),
  active: fc.nat(1000),
  ramp: fc.constantFrom(0.1, 0.5, 1),
  outstanding: fc.nat(1000),
  responseMs: fc.option(fc.nat(100), { nil: undefined }),
  refuses: fc.boolean(),
  bytesPerSecond: fc.nat(10_000),
  standing: fc.constantFrom(0, 0, 0, 1, 65_536, Number.MAX_SAFE_INTEGER, Infinity)
}), { maxLength: 60, selector: ({ name }) => name })

describe.each(names)('%s', name => {
  const make: () => BalancingMethod = methods[name]

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

  test('the one of the best standing that is found fast is the first of the order, whatever has changed', () => {
    const changes = fc.array(
      fc.record({
        at: fc.nat(59),
        active: fc.nat(5),
        standing: fc.constantFrom(0, 1, Infinity),
        ramp: fc.constantFrom(0.1, 1),
        token: fc.string(),
        take: fc.boolean()
      }),
      { maxLength: 30 }
    )
    fc.assert(
      fc.property(services.filter(list => list.length > 0), changes, (list, each) => {
        const method = make()
        for (const { at, active, standing, ramp, token, take } of each) {
          const index = at % list.length
          Object.assign(list[index]!, { active, outstanding: active, standing, ramp })
          method.changed?.(index, list)
          const best = Math.min(...list.map(service => service.standing))
          if (best === Infinity) continue
          const order: number[] = []
          method.order(list, by(token), order)
          const first = method.first!(list, by(token), best)
          expect(first).toBe(order.find(i => list[i]!.standing === best))
          if (!take) continue
          method.took(first, list)
          list[first]!.active++
          method.changed?.(first, list)
        }
      }),
      { numRuns: 200 }
    )
  })

  test('a service that is down is passed over, whatever it is', () => {
    const method = methods[name]()
    const list = ['a', 'b', 'c'].map(each => service(each))
    expect(chooseMany(50, method, list, undefined, ['b'])).not.toContain('b')
  })
})

describe('round-robin', () => {
  test('equal weights take turns', () => {
    expect(chooseMany(6, methods['round-robin'](), ['a', 'b', 'c'].map(each => service(each)))).toEqual([
      'a',
      'b',
      'c',
      'a',
      'b',
      'c'
    ])
  })

  test('weights are spread smoothly', () => {
    const chosen = chooseMany(70, methods['round-robin'](), [service('a', 5), service('b'), service('c')]).join('')
    for (let at = 0; at < 70; at += 7) expect([...chosen.slice(at, at + 7)].sort().join('')).toBe('aaaaabc')
    // Both in the middle of each round, in either order.
    expect(chosen.slice(0, 7)).toMatch(/^aa.*aa$/)
  })

  test('any weights are met exactly in every full round', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 40 }), weights => {
        const method = methods['round-robin']()
        const list = weights.map((weight, i) => service(`s${i}`, weight))
        const total = weights.reduce((sum, weight) => sum + weight, 0)
        for (let round = 0; round < 3; round++) {
          expect(tally(chooseMany(total, method, list))).toEqual(
            Object.fromEntries(list.map(each => [each.name, each.weight]))
          )
        }
      }),
      { numRuns: 50 }
    )
  })

  test('the others share evenly while one is down, and it gets no flood when it is back', () => {
    const method = methods['round-robin']()
    const list = ['a', 'b', 'c'].map(each => service(each))
    const { a, c, b } = tally(chooseMany(1000, method, list, undefined, ['b']))
    expect([a, c, b]).toEqual([500, 500, undefined])
    const back = tally(chooseMany(30, method, list))
    expect(back['b']).toBeLessThanOrEqual(11)
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
    methods['least-connection']().order(
      [service('a', 1, 5), service('b', 10, 20), service('c', 1, 3)],
      by(undefined),
      order
    )
    expect(order).toEqual([1, 2, 0])
  })

  test('equal ones take turns', () => {
    expect(chooseMany(6, methods['least-connection'](), ['a', 'b', 'c'].map(each => service(each)))).toEqual([
      'a',
      'b',
      'c',
      'a',
      'b',
      'c'
    ])
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

describe('by other numbers', () => {
  const list = [
    service('a', 1, 1, { responseMs: 8, bytesPerSecond: 100, outstanding: 1 }),
    service('b', 2, 3, { responseMs: 3, bytesPerSecond: 150, outstanding: 4 }),
    service('c', 1, 9, { responseMs: 1, bytesPerSecond: 90, outstanding: 0 })
  ]
  test.each(
    [
      // (1 + 1) * 8 / 1, (3 + 1) * 3 / 2, (9 + 1) * 1 / 1
      ['least-response-time', [1, 2, 0]],
      ['least-bandwidth', [1, 2, 0]],
      ['least-outstanding', [2, 0, 1]]
    ] as const
  )('%s', (name, expected) => {
    const order: number[] = []
    methods[name]().order(list, by(undefined), order)
    expect(order).toEqual(expected)
  })

  test('a service without a response time gets one client, and one that refuses gets none that another can have', () => {
    const method = methods['least-response-time']()
    expect(choose(method, [service('a', 1, 0, { responseMs: 1 }), service('b')])).toBe('b')
    expect(choose(method, [service('a', 1, 9, { responseMs: 1 }), service('b', 1, 1)])).toBe('a')
    expect(choose(method, [service('a', 1, 900, { responseMs: 1000 }), service('b', 1, 0, { responseMs: 0.1, refuses: true })])).toBe('a')
    expect(choose(method, [service('b', 1, 0, { refuses: true })])).toBe('b')
  })
})

describe('random-two-choices', () => {
  test('shares are by weight, and no service has many more than another', () => {
    const method = methods['random-two-choices']()
    const list = [service('a', 1), service('b', 2), service('c', 3)]
    for (let i = 0; i < 6000; i++) {
      const chosen = choose(method, list)
      list.find(each => each.name === chosen)!.active++
    }
    for (const { active, weight } of list) expect(Math.abs(active / weight - 1000)).toBeLessThan(30)
  })
})

describe('source-ip-hash', () => {
  test('an address has its service, and addresses spread', () => {
    const list = ['a', 'b', 'c', 'd'].map(name => service(name))
    const place = (address: string): number => methods['source-ip-hash']().first!(list, by(undefined, address), 0)
    const places = Array.from({ length: 4000 }, (_, i) => place(`10.0.${i >> 8}.${i & 255}`))
    expect(places).toEqual(Array.from({ length: 4000 }, (_, i) => place(`10.0.${i >> 8}.${i & 255}`)))
    for (const index of [0, 1, 2, 3])
      expect(Math.abs(places.filter(at => at === index).length - 1000)).toBeLessThan(120)
  })
})

describe('token', () => {
  const KEYS = 20_000
  const keys = Array.from({ length: KEYS }, (_, i) => `dev-${i}`)
  const place = (list: readonly Service[], down: readonly string[] = []): string[] => {
    const method = methods.token()
    for (const each of list) each.standing = down.includes(each.name) ? Infinity : 0
    return keys.map(key => list[method.first!(list, by(key), 0)]!.name)
  }
  const farm = (count: number, weight: (i: number) => number = () => 1): Service[] =>
    Array.from({ length: count }, (_, i) => service(`broker-${i}`, weight(i)))

  test('the same token goes to the same service: in another instance, and in another order of the list', () => {
    fc.assert(fc.property(services.filter(list => list.length > 0), fc.string({ minLength: 1 }), (list, token) => {
      expect(choose(methods.token(), list, token)).toBe(choose(methods.token(), [...list].reverse(), token))
    }))
  })

  test('a token goes to the same service as a string, and as bytes of a message', () => {
    fc.assert(
      fc.property(
        services.filter(list => list.some(({ standing }) => standing < Infinity)),
        fc.uint8Array({ minLength: 1, maxLength: 40 }),
        fc.nat(9),
        (list, token, at) => {
          const method = methods.token()
          const best = Math.min(...list.map(({ standing }) => standing))
          const message = Buffer.concat([Buffer.alloc(at, 'x'), token, Buffer.from('y')])
          expect(method.firstByToken!(list, message, at, at + token.length, best)).toBe(
            method.first!(list, by(Buffer.from(token).toString('latin1')), best)
          )
        }
      )
    )
  })

  test('tokens spread by weight', () => {
    const counts = tally(place(farm(10, i => i < 5 ? 1 : 3)))
    for (let i = 0; i < 10; i++) {
      const share = counts[`broker-${i}`]! / KEYS
      expect(share).toBeGreaterThan((i < 5 ? 0.05 : 0.15) * 0.9)
      expect(share).toBeLessThan((i < 5 ? 0.05 : 0.15) * 1.1)
    }
  })

  test.each([2, 3, 10, 16, 17, 100, 1000])(
    'a service that joins %i others takes its share and moves no other token',
    count => {
      const before = place(farm(count))
      const after = place(farm(count + 1))
      const moved = keys.filter((_, i) => before[i] !== after[i])
      expect(after.every((name, i) => name === before[i] || name === `broker-${count}`)).toBe(true)
      // Beside chance, 20 of 20,000 keys are a service's of a thousand.
      const spread = 4 * Math.sqrt(count + 1) / Math.sqrt(KEYS)
      expect(moved.length / KEYS * (count + 1)).toBeGreaterThan(1 - spread)
      expect(moved.length / KEYS * (count + 1)).toBeLessThan(1 + spread)
    }
  )

  test('a service that is down gives its tokens to all others, and gets them back', () => {
    const list = farm(5)
    const before = place(list)
    const during = place(list, ['broker-2'])
    const moved = during.filter((name, i) => name !== before[i])
    expect(moved.length).toBe(tally(before)['broker-2'])
    for (const name of ['broker-0', 'broker-1', 'broker-3', 'broker-4'])
      expect(tally(moved)[name]! / moved.length).toBeGreaterThan(0.2)
    expect(place(list)).toEqual(before)
  })

  test('the table of many services has what their draws have', () => {
    const list = farm(100, i => 1 + i % 3)
    const placed = place(list)
    const method = methods.token()
    const order: number[] = []
    for (let i = 0; i < KEYS; i += 50) {
      method.order(list, by(keys[i]!), order)
      expect(list[order[0]!]!.name).toBe(placed[i])
    }
  })

  test('shares of many services differ as by chance', () => {
    const list = farm(200)
    const counts = Object.values(tally(place(list)))
    const mean = KEYS / 200
    const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / 200
    // Chance alone gives the mean.
    expect(variance / mean).toBeLessThan(1.6)
    expect(variance / mean).toBeGreaterThan(0.6)
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
