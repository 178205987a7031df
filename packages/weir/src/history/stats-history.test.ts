import {
  emptyEngineStats,
  emptyUserVserverStats,
  emptyWorkerStats,
  observe,
  statFields,
  type EngineStats,
  type UserVserverStats
} from '@weirlb/engine'
import { expect, test } from 'vitest'
import { StatsHistory, type ProcessStats, type Sample } from './stats-history.ts'

const { connectMs } = statFields.userVservers

/** Statistics of a process with one user vserver. */
const stats = (change: (vserver: UserVserverStats) => void, name = 'v'): EngineStats => {
  const all = emptyEngineStats()
  const vserver = emptyUserVserverStats()
  change(vserver)
  all.userVservers[name] = vserver
  return all
}

/** A history whose processes the test sets. */
const make = (
  size = 10,
  names: readonly string[] = ['v']
): {
  readonly history: StatsHistory
  report: (...processes: EngineStats[]) => void
  set: (processes: readonly ProcessStats[]) => void
} => {
  let processes: readonly ProcessStats[] = []
  const history = new StatsHistory({ processes: () => processes, userVservers: () => names, size })
  const set = (next: readonly ProcessStats[]): void => { processes = next }
  return { history, set, report: (...all) => { set(all.map((stats, id) => ({ id, stats }))) } }
}
const lastOf = (values: readonly (number | null)[] | undefined): number | null | undefined => values?.at(-1)

test('a sample has what is open in all processes, and what happened since the one before', () => {
  const { history, report } = make()
  report(
    stats(v => {
      Object.assign(v, { connections: 2, accepted: 10 })
    }),
    stats(v => {
      Object.assign(v, { connections: 3, accepted: 5 })
    })
  )
  history.sample()
  report(
    stats(v => {
      Object.assign(v, { connections: 4, accepted: 30, messages: 7 })
    }),
    stats(v => {
      Object.assign(v, { connections: 3, accepted: 5 })
    })
  )
  history.sample()
  const { figures, times } = history.view()!
  expect(times).toHaveLength(2)
  expect(figures.connections).toEqual([5, 7])
  expect(lastOf(figures.accepted)).toBeGreaterThan(0)
  // 20 clients and 7 messages in the same time.
  expect(lastOf(figures.accepted)! / lastOf(figures.messages)!).toBeCloseTo(20 / 7, 1)
  expect(history.view('v')!.figures.connections).toEqual([5, 7])
})

test('a process that is new counts from nothing, and one that ended takes its clients with it', () => {
  const { history, set } = make()
  set([{ id: 1, stats: stats(v => { Object.assign(v, { connections: 9, accepted: 100 }) }) }])
  history.sample()
  set([{ id: 2, stats: stats(v => { Object.assign(v, { connections: 1, accepted: 1 }) }) }])
  history.sample()
  expect(history.view()!.figures.connections).toEqual([9, 1])
  expect(history.view()!.figures.accepted.every(rate => rate! >= 0)).toBe(true)
})

test('a user vserver that was made again counts from nothing', () => {
  const { history, report } = make()
  report(stats(v => { Object.assign(v, { accepted: 100, bytesIn: 1e6 }) }))
  history.sample()
  report(stats(v => { Object.assign(v, { accepted: 1, bytesIn: 10 }) }))
  history.sample()
  const { figures } = history.view()!
  expect(lastOf(figures.accepted)).toBeGreaterThan(0)
  expect(lastOf(figures.bytesIn)! / lastOf(figures.accepted)!).toBeCloseTo(10, 0)
})

test('refusals are counted by reason, of clients and requests, for as long as their samples are kept', () => {
  const { history, report } = make(3)
  const refused = (rule: number, limit: number): EngineStats => stats(v => {
    v.closed['rule'] = rule
    v.closed['client-closed'] = 50
    v.requests['limit'] = limit
  })
  report(refused(0, 0))
  history.sample()
  report(refused(4, 1))
  history.sample()
  expect(history.view()!.refusals).toEqual({ rule: 4, limit: 1 })
  report(refused(6, 1))
  history.sample()
  expect(history.view('v')!.refusals).toEqual({ rule: 6, limit: 1 })
  history.sample()
  history.sample()
  expect(history.view()!.refusals).toEqual({ rule: 2 })
  history.sample()
  expect(history.view()!.refusals).toEqual({})
})

test('quantiles are of the time since the sample before; without any there is nothing', () => {
  const { history, report } = make()
  const timed = (...ms: number[]): EngineStats =>
    stats(v => {
      for (const time of ms) observe(v.connectMs, connectMs.bounds, time)
    })
  report(timed(1000, 1000))
  history.sample()
  report(timed(1000, 1000, 2, 2))
  history.sample()
  report(timed(1000, 1000, 2, 2))
  history.sample()
  const { connectMsP99 } = history.view()!.figures
  expect(connectMsP99[1]).toBeLessThanOrEqual(2.5)
  expect(connectMsP99[2]).toBeNull()
})

test('the delay of the event loop is that of the worker with the longest', () => {
  const { history, report } = make()
  const delayed = (worker: string, ms: number): EngineStats => {
    const all = emptyEngineStats()
    all.workers[worker] = emptyWorkerStats()
    for (let n = 0; n < 20; n++) observe(all.workers[worker].loopDelayMs, statFields.workers.loopDelayMs.bounds, ms)
    return all
  }
  report(delayed('1', 1), delayed('2', 90))
  history.sample()
  expect(history.view()!.figures.loopDelayMsP99[0]).toBeGreaterThan(50)
})

test('the oldest sample goes when there is room for no more', () => {
  const { history, report } = make(4)
  for (let connections = 1; connections <= 9; connections++) {
    report(stats(v => { v.connections = connections }))
    history.sample()
  }
  expect(history.view()!.figures.connections).toEqual([6, 7, 8, 9])
  expect(history.view()!.times).toHaveLength(4)
})

test('a hundred user vservers have a history of their own; all are in the sums', () => {
  const names = Array.from({ length: 300 }, (_, i) => `v${i}`)
  const { history, report } = make(3, names)
  const all = emptyEngineStats()
  for (const name of names) all.userVservers[name] = { ...emptyUserVserverStats(), connections: 1, accepted: 1 }
  report(all)
  history.sample()
  expect(history.view()!.userVservers).toHaveLength(100)
  expect(history.view()!.figures.connections).toEqual([300])
  expect(history.view('v299')).toBeUndefined()
})

test('one that was deleted loses its history, so another of its name begins anew', () => {
  const names = ['v']
  const { history, report } = make(5, names)
  report(stats(v => { v.connections = 1 }))
  history.sample()
  names.length = 0
  history.sample()
  expect(history.view('v')).toBeUndefined()
  names.push('v')
  history.sample()
  expect(history.view('v')!.figures.connections).toEqual([1])
})

test('a follower gets each sample; one that comes back gets those that it missed', () => {
  const { history } = make()
  const got: string[] = []
  const follower = {
    send: (_sample: Sample, id: string) => {
      got.push(id.split('.')[1]!)
    },
    lost: (count: number) => {
      got.push(`lost ${count}`)
    }
  }
  const end = history.follow(undefined, follower)
  history.sample()
  history.sample()
  end()
  history.sample()
  history.sample()
  expect(got).toEqual(['1', '2'])
  const run = history.view()!.lastId.split('.')[0]!
  history.follow(`${run}.2`, follower)()
  expect(got).toEqual(['1', '2', '3', '4'])
})

test.each(['gone.7', 'gone', '', '%run.-1', '%run.x'])(
  'an id that is none of this run, %j, is answered with all that there is',
  id => {
    const { history } = make()
    history.sample()
    history.sample()
    const got: string[] = []
    history.follow(id.replace('%run', history.view()!.lastId.split('.')[0]!), {
      send: (_sample, id) => {
        got.push(id.split('.')[1]!)
      },
      lost: () => {}
    })()
    expect(got).toEqual(['1', '2'])
  }
)

test('more than a minute or two is not replayed sample by sample', () => {
  const { history } = make(200)
  for (let n = 0; n < 150; n++) history.sample()
  const got: string[] = []
  history.follow('other.1', { send: () => { got.push('sample') }, lost: count => { got.push(`lost ${count}`) } })()
  expect(got).toEqual(['lost 150'])
})
