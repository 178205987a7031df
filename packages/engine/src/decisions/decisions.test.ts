import { expect, test } from 'vitest'
import { until } from '@weirlb/testing'
import type { Decider, Decision, DecisionSubject } from './decision.ts'
import { Decisions } from './decisions.ts'
import { Sampler } from './sampler.ts'

const subjectOf = (address: string): DecisionSubject => ({
  vserver: { name: 'v' },
  facts: { address, port: 7 },
  clientId: `of-${address}`
})

test('a sampler takes ten, then nine of each further power of ten, and what they stand for adds up', () => {
  const sampler = new Sampler()
  const weights: number[] = []
  for (let n = 0; n < 10_000; n++) weights.push(sampler.take(500))
  const taken = weights.filter(weight => weight > 0)
  expect(taken.length).toBe(10 + 9 + 9 + 9)
  expect(taken.reduce((sum, weight) => sum + weight, 0)).toBe(10_000)
  // The next second begins anew, and so does a clock that was set back.
  expect(sampler.take(1500)).toBe(1)
  for (let n = 0; n < 50; n++) sampler.take(1500)
  expect(sampler.take(-5000)).toBeGreaterThan(0)
})

test('a flood is counted exactly and reported in part, and the others are still reported', async () => {
  const reported: Decision[] = []
  const decisions = new Decisions({
    worker: 3,
    report: made => {
      reported.push(...made)
    }
  })
  const deciders = Array.from(
    { length: 300 },
    (_, n): Decider => ({
      control: decisions.control('flood', `d${n}`),
      phase: 'connect',
      action: 'block',
      simulated: false,
      values: ({ facts }) => ({ 'ip.src': facts.address })
    })
  )
  const observed: Decider = {
    control: decisions.control('rule', 'seen'),
    phase: 'message',
    action: 'block',
    simulated: true
  }
  for (let n = 0; n < 300_000; n++)
    decisions.report(deciders[n % 300]!, subjectOf(`10.0.0.${n % 5}`), n === 0 ? { score: 25 } : undefined)
  for (let n = 0; n < 5; n++) decisions.report(observed, subjectOf('10.0.1.1'))
  await until(() => reported.length > 0, 'a report')
  const stats = decisions.stats()
  expect(stats['flood/d7']).toMatchObject({ decisions: 1000, simulated: 0, actions: { block: 1000 } })
  expect(stats['rule/seen']).toMatchObject({ decisions: 5, simulated: 5, actions: {} })
  // At most 1,000 in each second that this took.
  expect(reported.length).toBeGreaterThanOrEqual(1000)
  expect(Object.values(stats).reduce((sum, { events }) => sum + events, 0)).toBe(reported.length)
  expect(new Set(reported.map(({ id }) => id)).size).toBe(reported.length)
  for (const [name, { decisions: counted }] of Object.entries(stats)) {
    const stands = reported.filter(decision => `${decision.kind}/${decision.name}` === name).reduce(
      (sum, { weight }) => sum + weight,
      0
    )
    expect(stands).toBeLessThanOrEqual(counted)
  }
  expect(reported[0]).toMatchObject({
    kind: 'flood',
    name: 'd0',
    action: 'block',
    phase: 'connect',
    simulated: false,
    userVserver: 'v',
    address: '10.0.0.0',
    port: 7,
    clientId: 'of-10.0.0.0',
    fields: { 'ip.src': '10.0.0.0' },
    detail: { score: 25 },
    weight: 1
  })
  const { acted, observed: seen } = decisions.tops()
  expect(acted.address.hitters.map(({ count, error }) => [count, error])).toEqual(
    Array.from({ length: 5 }, () => [60_000, 0])
  )
  expect(acted.address.decisions).toBe(300_000)
  expect(seen.clientId.hitters).toEqual([{ value: 'of-10.0.1.1', count: 5, error: 0 }])
})

test('controls are the same as long as they are kept, and their number is bounded', () => {
  const decisions = new Decisions({ worker: 0, report: () => {} })
  const one = decisions.control('rule', 'one')
  expect(decisions.control('rule', 'one')).toBe(one)
  decisions.keepOnly('rule', new Set(['one']))
  expect(decisions.control('rule', 'one')).toBe(one)
  decisions.keepOnly('rule', new Set())
  expect(decisions.control('rule', 'one')).not.toBe(one)
  for (let n = 0; n < 30_000; n++) decisions.control('list', `l${n}`)
  expect(decisions.control('list', 'late')).toBe(decisions.control('list', 'later'))
  expect(decisions.control('list', '__proto__').name).toBe('(others)')
})
