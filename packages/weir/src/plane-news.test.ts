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
  return { news, told, shown }
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
