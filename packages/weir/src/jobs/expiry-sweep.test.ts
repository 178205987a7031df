// With clocks of the test: what has ended is removed an hour later, and no wrong clock removes anything.
import { emptyConfig, parseEntity, type Config } from '@weirlb/model'
import { expect, test } from 'vitest'
import { ExpirySweep } from './expiry-sweep.ts'

const HOUR = 3_600_000
const END = Date.parse('2030-01-01T00:00:00Z')

const withEnds = (): Config => ({
  ...emptyConfig(),
  accessRules: [
    parseEntity('accessRules', {
      name: 'ends',
      source: '10.0.0.1',
      action: 'block',
      expiresAt: '2030-01-01T00:00:00Z'
    }),
    parseEntity('accessRules', {
      name: 'later',
      source: '10.0.0.2',
      action: 'block',
      expiresAt: '2030-01-02T00:00:00Z'
    }),
    parseEntity('accessRules', { name: 'stays', source: '10.0.0.3', action: 'block' })
  ],
  lists: [
    parseEntity('lists', {
      name: 'l',
      type: 'ip',
      items: ['10.0.0.1', '10.0.0.2', '10.0.0.3'],
      expires: { '10.0.0.1': '2030-01-01T00:00:00Z', '10.0.0.2': '2030-01-02T00:00:00Z' }
    }),
    parseEntity('lists', { name: 'whole', type: 'ip', items: ['10.0.0.1'] })
  ]
})

const sweeping = () => {
  const clocks = { steady: END, machine: END, elapsed: 0 }
  const lines: unknown[] = []
  let config = withEnds()
  let changes = 0
  const log = { info: (fields: object) => { lines.push(fields) }, warn: (fields: object) => { lines.push(fields) } }
  const sweep = new ExpirySweep({
    config: () => config,
    change: async edit => { config = await edit(config); changes++ },
    log: log as never,
    steady: () => clocks.steady, machine: () => clocks.machine, elapsed: () => clocks.elapsed
  })
  const look = async (
    more: Partial<typeof clocks>
  ): Promise<{ rules: string[], items: readonly string[], changes: number }> => {
    Object.assign(clocks, more)
    await sweep.look()
    return { rules: config.accessRules.map(({ name }) => name), items: config.lists[0]!.items, changes }
  }
  return { look, lines, get config () { return config } }
}
const all = { rules: ['ends', 'later', 'stays'], items: ['10.0.0.1', '10.0.0.2', '10.0.0.3'], changes: 0 }

test('an hour after their end rules and items are gone, in one change, and nothing else is', async () => {
  const { look, lines } = sweeping()
  expect(await look({ elapsed: 2 * HOUR })).toEqual(all)
  expect(await look({ steady: END + HOUR - 1, machine: END + HOUR - 1 })).toEqual(all)
  expect(await look({ steady: END + HOUR, machine: END + HOUR })).toEqual({
    rules: ['later', 'stays'],
    items: ['10.0.0.2', '10.0.0.3'],
    changes: 1
  })
  expect(lines).toEqual([{ accessRules: 1, listItems: 1 }])
  expect(await look({})).toMatchObject({ changes: 1 })
})

test('a clock that jumps removes nothing: neither that of the machine, nor one that was wrong at the start', async () => {
  const { look } = sweeping()
  const later = END + 10_000 * HOUR
  expect(await look({ elapsed: 2 * HOUR, machine: later })).toEqual(all)
  expect(await look({ steady: later, machine: END })).toEqual(all)
  const started = sweeping()
  expect(await started.look({ steady: later, machine: later, elapsed: HOUR - 1 })).toEqual(all)
})

test('a change that fails is reported, and tried again', async () => {
  const lines: unknown[] = []
  const sweep = new ExpirySweep({
    config: withEnds,
    change: async () => { throw new Error('no room') },
    log: { info () {}, warn: (fields: object) => { lines.push(fields) } } as never,
    steady: () => END + HOUR, machine: () => END + HOUR, elapsed: (times => () => times.shift() ?? 2 * HOUR)([0])
  })
  await sweep.look()
  await sweep.look()
  expect(lines).toEqual([{ error: 'no room' }, { error: 'no room' }])
})
