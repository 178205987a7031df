import { expect, test } from 'vitest'
import { Events } from './events.ts'
import { makeLog } from './log.ts'
import { PlaneNews, type NewsReaders } from './plane-news.ts'

const following = () => {
  const events = new Events(makeLog('silent', {}))
  const told: [string, string, number, boolean][] = []
  events.on('defence-mode', ({ userVserver, worker, defending, reason }) => {
    told.push([userVserver, reason, worker, defending])
  })
  const news = new PlaneNews({ events } as NewsReaders)
  const shown = (): [string, number][] => news.defending.map(({ userVserver, worker }) => [userVserver, worker])
  const inspected: string[] = []
  events.on('inspector-status', ({ worker, status, reason }) => { inspected.push(`${worker} ${status} ${reason}`) })
  return { news, told, shown, inspected }
}

test('defence mode ends with the process of a worker that was replaced, and goes on where the new one says so', () => {
  const { news, told, shown } = following()
  news.onDefence('a', true, 'attack', 1, 100)
  news.onDefence('b', true, 'set by an operator', 1, 100)
  news.onDefence('a', true, 'attack', 2, 200)
  // The new process has its configuration before the old one is let go.
  news.onDefence('b', true, 'set by an operator', 1, 101)
  news.onWorkerUp(1, 101, 1)
  expect(shown()).toEqual([['a', 2], ['b', 1]])
  expect(told.slice(4)).toEqual([['a', 'its worker was replaced', 1, false]])
  expect(news.defending[0]).not.toHaveProperty('pid')
})

test('a worker that has ended is in no defence mode', () => {
  const { news, told, shown } = following()
  news.onDefence('a', true, 'attack', 1, 100)
  news.onDefence('a', true, 'attack', 2, 200)
  news.onWorkerEnded(1, 100, 'killed', 0, 0)
  expect(shown()).toEqual([['a', 2]])
  expect(told.at(-1)).toEqual(['a', 'its worker has ended', 1, false])
})

test('a process that inspects is failing until it is up again, and is forgotten with its worker', () => {
  const { news, inspected } = following()
  for (const [worker, pid] of [[2, 200], [1, 100]] as const) {
    news.onInspector({ value: 'starting', reason: undefined }, worker, pid)
    news.onInspector({ value: 'up', reason: undefined }, worker, pid)
  }
  news.onInspector({ value: 'restarting', reason: 'signal SIGKILL' }, 1, 100)
  // Its start is no success yet.
  news.onInspector({ value: 'starting', reason: undefined }, 1, 100)
  expect(news.inspectors).toMatchObject([
    { worker: 1, state: 'restarting', reason: 'signal SIGKILL', restarts: 1, lastEnd: { reason: 'signal SIGKILL' } },
    { worker: 2, state: 'up', restarts: 0 }
  ])
  news.onInspector({ value: 'up', reason: undefined }, 1, 100)
  expect(news.inspectors[0]).toMatchObject({ state: 'up', reason: undefined, restarts: 1, lastEnd: { reason: 'signal SIGKILL' } })
  expect(inspected.slice(4)).toEqual(['1 restarting signal SIGKILL', '1 up '])
  news.onWorkerEnded(1, 100, 'killed', 0, 0)
  news.onInspector({ value: 'off', reason: undefined }, 2, 200)
  expect(news.inspectors).toEqual([])
  expect(inspected).toHaveLength(6)
})
