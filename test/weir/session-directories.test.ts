// One contract, wherever the sessions are: this process, another one that is asked over IPC, a store that is a
// program's own.
import { LocalSessionDirectory, SessionTable, type SessionDirectory } from '@weirlb/engine'
import { expect, test } from 'vitest'
import { MapStore } from '../../examples/custom-session-store/map-store.ts'
import { makeLog } from '../../packages/weir/src/log.ts'
import type { SessionStore } from '../../packages/weir/src/sessions/session-store.ts'
import { StoredSessions } from '../../packages/weir/src/sessions/stored-sessions.ts'
import type { FromWorker, ToWorker } from '../../packages/weir/src/worker/messages.ts'
import { RemoteSessions } from '../../packages/weir/src/worker/remote-sessions.ts'
import { answerSessions, type SessionMessage } from '../../packages/weir/src/worker/session-answers.ts'
import { sessionDirectorySuite, type DirectoryBench } from '../support/session-directory-suite.ts'

const clock = (): { now: () => number, advance (ms: number): void } => {
  let at = 1000
  return { now: () => at, advance: ms => { at += ms } }
}

const local = (): DirectoryBench => {
  const { now, advance } = clock()
  const table = new SessionTable({ now })
  return {
    advance,
    directory: holder => new LocalSessionDirectory(table, holder),
    releaseAll: holder => {
      table.releaseAll(holder)
    }
  }
}

const stored = (wrap: (store: MapStore) => SessionStore = store => store) => (): DirectoryBench => {
  const { now, advance } = clock()
  const sessions = new StoredSessions(wrap(new MapStore(now)), makeLog('silent', {}))
  return {
    advance,
    directory: holder => sessions.directory(holder),
    releaseAll: holder => {
      sessions.releaseAll(holder)
    }
  }
}

/**
 * A channel between a worker's end and the control process's, in order and later, as IPC is; every message is cloned.
 */
const remote = (inner: () => DirectoryBench) => (): DirectoryBench => {
  const bench = inner()
  const later = (deliver: () => void): void => { setImmediate(deliver) }
  const directory = (holder: number): SessionDirectory => {
    const there = bench.directory(holder)
    const onAnswer = (answer: ToWorker): void => {
      if (answer.kind === 'claimed') here.claimed(answer.id, answer.service, answer.hit)
      else if (answer.kind === 'found') here.found(answer.id, answer.service)
    }
    const here = new RemoteSessions((message: FromWorker) => {
      const sent = structuredClone(message) as SessionMessage
      later(() => { answerSessions(sent, there, answer => { const back = structuredClone(answer); later(() => { onAnswer(back) }) }) })
    })
    return here
  }
  return { ...bench, directory }
}

/** The same store, answering promises. */
const slow = (store: MapStore): SessionStore => ({
  claim: async (claim, holder) => store.claim(claim, holder),
  find: async (lbVserver, key) => store.find(lbVserver, key),
  pin: async (...args) => { store.pin(...args) },
  release: async (...args) => { store.release(...args) },
  releaseAll: async (...args) => { store.releaseAll(...args) },
  retain: async allowed => { store.retain(allowed) },
  list: async query => store.list(query),
  delete: async query => store.delete(query)
})

sessionDirectorySuite('the table of this process', local)
sessionDirectorySuite('the table of the control process, asked by a worker', remote(local))
sessionDirectorySuite('a store of the program', stored())
sessionDirectorySuite('a store of the program that answers promises', stored(slow))
sessionDirectorySuite('a store of the program, asked by a worker', remote(stored()))

const broken = (): never => { throw new Error('the database is gone') }
test.each<[string, Partial<SessionStore>]>([
  ['throws', { claim: broken, find: broken, pin: broken, release: broken, releaseAll: broken, retain: broken }],
  ['rejects', {
    claim: async () => broken(),
    find: async () => broken(),
    pin: async () => broken(),
    release: async () => broken()
  }],
  ['answers nothing', { claim: () => undefined as never, find: () => 5 as never }],
  ['promises nothing', { claim: async () => ({ service: 7, hit: true }) as never, find: async () => null as never }],
  ['names a service that cannot be taken', { claim: () => ({ service: 'down', hit: true }), find: broken }],
  ['does not answer', { claim: () => new Promise(() => {}), find: () => new Promise(() => {}) }]
])('a store that %s leaves the choice to the method', async (_, fault) => {
  const store = Object.assign(new MapStore(), fault)
  const sessions = new StoredSessions(store, makeLog('silent', {}), 20)
  sessions.configure([])
  const one = sessions.directory(1)
  expect(await new Promise(resolve => { one.claim({ lbVserver: 'lb', key: 'k', proposal: 'a', unavailable: ['down'] }, { onClaimed: (service, hit) => { resolve([service, hit]) } }) })).toEqual(['a', false])
  expect(await new Promise(resolve => { one.find('lb', 'k', { onFound: resolve }) })).toBeUndefined()
  one.pin('lb', 'k', 'a')
  one.release('lb', 'k', 0)
  sessions.releaseAll(1)
})

test('a configuration that no longer allows an entry drops it', async () => {
  const store = new MapStore()
  store.pin('lb', 'k', 'a', 1)
  store.pin('lb', 'l', 'b', 1)
  store.retain((lbVserver, service) => lbVserver === 'lb' && service === 'b')
  expect(store.list({}).map(({ key }) => key)).toEqual(['l'])
})
