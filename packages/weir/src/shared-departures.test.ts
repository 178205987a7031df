import type { Departed, DepartureQuery } from '@weirlb/engine'
import { expect, test } from 'vitest'
import { sharesOf } from './shares.ts'
import { SharedDepartures } from './shared-departures.ts'

test.each<[number, number[], number[]]>([
  [0, [5, 5], [0, 0]],
  [10, [5, 5], [5, 5]],
  [100, [5, 3], [5, 3]],
  [4, [100, 300], [1, 3]],
  [5, [0, 7], [0, 5]],
  [3, [], []],
  [2, [0, 0], [0, 0]]
])('%d clients of workers with %j are shared as %j', (count, weights, shares) => {
  expect(sharesOf(count, weights)).toEqual(shares)
})

test('shares add up, and none is more than there is', () => {
  for (let i = 0; i < 2000; i++) {
    const weights = Array.from({ length: 1 + i % 7 }, () => Math.floor(Math.random() * 50))
    const sum = weights.reduce((a, b) => a + b, 0)
    const count = Math.floor(Math.random() * 120)
    const shares = sharesOf(count, weights)
    expect(shares.reduce((a, b) => a + b, 0)).toBe(Math.min(count, sum))
    expect(shares.every((share, w) => share <= weights[w]!)).toBe(true)
  }
})

/** A worker with so many clients, who go as soon as they are told. */
const worker = (number: number, present: number) => {
  const asked: number[] = []
  return {
    number,
    asked,
    dead: false,
    call (_name: string, { count }: DepartureQuery): Promise<Departed> {
      if (this.dead) return Promise.reject(new Error('it ended'))
      asked.push(count)
      const told = Math.min(count, present)
      present -= told
      return Promise.resolve({ told, present, more: present > 0 })
    }
  }
}
const query = (count: number, force = false): DepartureQuery => ({
  service: 's',
  count,
  order: 'random',
  reason: 'draining',
  force
})

test('one number is shared by the clients that each worker has; one that ends has none any more, and a new one is asked first', async () => {
  const shared = new SharedDepartures()
  const [one, two, three] = [worker(1, 10), worker(2, 30), worker(3, 40)]
  const ask = async (workers: ReturnType<typeof worker>[], count: number, force?: boolean): Promise<Departed> =>
    await shared.depart(query(count, force), workers as never)
  expect(await ask([one, two], 4)).toEqual({ told: 4, present: 36, more: true })
  expect([one.asked, two.asked]).toEqual([[0, 1], [0, 3]])
  expect(await ask([one, two, three], 4)).toEqual({ told: 4, present: 72, more: true })
  expect(three.asked).toEqual([0, 2])
  two.dead = true
  expect(await ask([one, two, three], 3)).toMatchObject({ more: true })
  expect(await ask([one, three], Number.MAX_SAFE_INTEGER, true)).toMatchObject({ present: 0, more: false })
})
