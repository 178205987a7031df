import { pinningOf } from '@weirlb/engine'
import { parseConfig } from '@weirlb/model'
import { until } from '@weirlb/testing'
import { afterEach, expect, test } from 'vitest'
import { makeLog } from '../log.ts'
import { SessionBook } from '../sessions/session-book.ts'
import { ClusterSessions } from './cluster-sessions.ts'
import { MemoryStore, SharedMemory } from './shared-memory.ts'
import { StoreLine } from './store-line.ts'

const tables = pinningOf(parseConfig({
  services: ['a', 'b'].map(name => ({ name, address: '127.0.0.1', port: 1 })),
  lbVservers: [{ name: 'lb', persistence: { type: 'user-session' }, services: [{ name: 'a' }, { name: 'b' }] }]
}))
const table = tables[0]!.name

interface Node { readonly sessions: ClusterSessions, readonly misled: string[], readonly close: () => Promise<void> }
const nodes: Node[] = []
afterEach(async () => { for (const node of nodes.splice(0)) await node.close() })

/** A node of a cluster, and the clients that it would close: their service and key. */
const open = async (memory: SharedMemory, name: string): Promise<Node> => {
  const log = makeLog('silent', {})
  const store = new MemoryStore(memory)
  const line = new StoreLine(store, { onAway () {}, onBack () {} }, log)
  const misled: string[] = []
  const sessions = new ClusterSessions(new SessionBook(), store, line, (_, key, service) => { misled.push(`${service} ${key}`) })
  sessions.configure(tables)
  await store.open(name, {
    onMoved: (...moved) => { sessions.moved(...moved) },
    onChanged () {},
    onMessage () {},
    onDamaged () {}
  })
  const node = { sessions, misled, close: async () => { sessions.close(); await line.close(); await store.close() } }
  nodes.push(node)
  return node
}

/** A client comes, and stays. */
const claim = async ({ sessions }: Node, key: string, proposal: string, holder: number): Promise<string> =>
  await new Promise(resolve => {
    sessions.directory(holder).claim({ lbVserver: table, key, proposal, unavailable: [] }, { onClaimed: resolve })
  })

test('a session that is set closes no client of any node, and leads the next ones everywhere', async () => {
  let now = 1000
  const memory = new SharedMemory({ now: () => now })
  const [one, two] = [await open(memory, 'one'), await open(memory, 'two')]
  expect([await claim(one, 'k', 'a', 1), await claim(two, 'k', 'b', 1)]).toEqual(['a', 'a'])
  now += 5000
  await one.sessions.set([{ table, key: 'k', service: 'b', ttlMs: 60_000 }])
  expect([await claim(one, 'k', 'a', 2), await claim(two, 'k', 'a', 2)]).toEqual(['b', 'b'])
  expect([one.misled, two.misled]).toEqual([[], []])
  expect(await two.sessions.list({})).toMatchObject([{ key: 'k', service: 'b', connections: 2 }])
})

test('a key that a message leads elsewhere is misled on every node, its own too', async () => {
  let now = 1000
  const memory = new SharedMemory({ now: () => now })
  const [one, two] = [await open(memory, 'one'), await open(memory, 'two')]
  expect([await claim(one, 'k', 'a', 1), await claim(two, 'k', 'b', 1)]).toEqual(['a', 'a'])
  now += 5000
  one.sessions.directory(2).pin(table, 'k', 'b')
  await until(() => one.misled.length > 0 && two.misled.length > 0, 'misled clients of both nodes')
  expect([one.misled, two.misled]).toEqual([['a k'], ['a k']])
})
