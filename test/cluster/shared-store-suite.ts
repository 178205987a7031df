import type { SessionOp, SessionReply, SharedStore, StoreWatcher } from '@weirlb/core'
import { GRANT_MS, LEASE_MS } from '@weirlb/core'
import { until } from '@weirlb/testing'
import { describe, expect, test } from 'vitest'

/** A store under test: each node has one of its own on the same place. */
export interface StoreBench {
  /** The store of a further node, not open yet. */
  node (): SharedStore
  /** Let time pass on the store's clock. */
  advance (ms: number): Promise<void>
}

/** What a node has heard. */
export class Heard implements StoreWatcher {
  readonly moved: string[] = []
  readonly changed: string[] = []
  readonly damaged: string[] = []
  readonly messages: string[] = []
  onMessage (topic: string, text: string): void {
    this.messages.push(`${topic} ${text}`)
  }
  onMoved (table: string, key: string, service: string | undefined, isSet: boolean): void {
    this.moved.push(`${table} ${key} ${service ?? '-'}${isSet ? ' set' : ''}`)
  }
  onChanged (kind: string): void {
    this.changed.push(kind)
  }
  onDamaged (what: string): void {
    this.damaged.push(what)
  }
}

const op = (
  what: SessionOp['what'],
  key: string,
  service = '',
  { unavailable = [], ttlMs = 1000, table = 'lb' }: {
    unavailable?: readonly string[]
    ttlMs?: number
    table?: string
  } = {}
): SessionOp => ({ what, table, key, service, unavailable, ttlMs })
const shown = ({ outcome, service }: SessionReply): string => `${outcome} ${service}`.trim()

/**
 * Calls once more, with another number for its keys, where the machine was so busy that a grant may have ended
 * meanwhile.
 */
const withinGrant = async <T extends object>(run: (n: number) => Promise<T>): Promise<T> => {
  let n = 0
  return await until(async () => {
    const begun = performance.now()
    const result = await run(++n)
    return performance.now() - begun < GRANT_MS && result
  }, 'operations within one grant') as T
}

/** What every shared store does. `nodes`: how many may have it open. `make` is called once for each test. */
export const sharedStoreSuite = (name: string, nodes: 'one' | 'many', make: () => Promise<StoreBench>): void => {
  describe(name, () => {
    const open = async (
      bench: StoreBench,
      node: string
    ): Promise<{ store: SharedStore, heard: Heard, ask: (...ops: SessionOp[]) => Promise<string[]> }> => {
      const store = bench.node()
      const heard = new Heard()
      await store.open(node, heard)
      return { store, heard, ask: async (...ops) => (await store.sessions(ops)).map(shown) }
    }

    test('the first claim makes the entry, and operations of one call take effect in their order', async () => {
      const { ask, store } = await open(await make(), 'n1')
      expect(await ask(op('claim', 'k', 'a'), op('claim', 'k', 'b'), op('find', 'k'), op('find', 'other'))).toEqual([
        'made a',
        'hit a',
        'hit a',
        'none'
      ])
      expect(await ask(op('delete', 'k'), op('find', 'k'), op('delete', 'k'))).toEqual(['hit a', 'none', 'none'])
      await store.close()
    })

    test('keys of several tables do not meet, whatever bytes are in them', async () => {
      const { ask, store } = await open(await make(), 'n1')
      const keys = ['k', 'K', 'k\0', '\xff\xfe', ' ', '', 'a b', '}s:x y', '\n', '__proto__', '*?[', 'k'.repeat(193)]
      expect(await ask(...keys.map((key, i) => op('claim', key, `s${i}`)))).toEqual(keys.map((_, i) => `made s${i}`))
      expect(await ask(...keys.map(key => op('claim', key, 'other', { table: 'glb/lb' })))).toEqual(
        keys.map(() => 'made other')
      )
      expect(await ask(...keys.map(key => op('find', key)))).toEqual(keys.map((_, i) => `hit s${i}`))
      const listed: string[] = []
      for (let from: string | undefined, first = true; first || from !== undefined; first = false) {
        const part = await store.list(from)
        listed.push(
          ...part.entries.filter(({ table }) => table === 'lb').map(({ key, service, nodes }) =>
            `${key} ${service} ${nodes}`
          )
        )
        from = part.next
      }
      expect(listed.sort()).toEqual(keys.map((key, i) => `${key} s${i} 1`).sort())
      await store.close()
    })

    test('an entry lives while it is held, and for its time after the last release', async () => {
      const bench = await make()
      const { ask, store } = await open(bench, 'n1')
      const ttlMs = GRANT_MS + 1
      const long = 60_000
      expect(
        await ask(
          op('claim', 'k', 'a', { ttlMs }),
          op('release', 'k', '', { ttlMs }),
          op('release', 'k', '', { ttlMs: 0 }),
          op('claim', 'held', 'a', { ttlMs }),
          op('claim', 'stays', 'a', { ttlMs: long }),
          op('release', 'stays', '', { ttlMs: long })
        )
      ).toEqual(['made a', 'hit a', 'none', 'made a', 'made a', 'hit a'])
      await bench.advance(ttlMs + 1)
      expect(await ask(op('find', 'k'), op('find', 'held'), op('find', 'stays'))).toEqual(['none', 'hit a', 'hit a'])
      await store.close()
    })

    test('a time may be a part of a millisecond', async () => {
      const { ask, store } = await open(await make(), 'n1')
      expect(await ask(op('claim', 'k', 'a', { ttlMs: 1000.5 }), op('release', 'k', '', { ttlMs: 0.25 }))).toEqual([
        'made a',
        'hit a'
      ])
      await store.close()
    })

    test('an entry that is released without a time is gone when no node may answer for it', async () => {
      const bench = await make()
      const { ask, store } = await open(bench, 'n1')
      await ask(op('claim', 'k', 'a'), op('release', 'k', '', { ttlMs: 0 }))
      await bench.advance(GRANT_MS + 1)
      expect(await ask(op('find', 'k'))).toEqual(['none'])
      await store.close()
    })

    test('a hold renews, makes what is missing, and does not lead elsewhere', async () => {
      const { ask, store } = await open(await make(), 'n1')
      expect(await ask(op('hold', 'k', 'a'), op('hold', 'k', 'a'), op('hold', 'k', 'b'), op('find', 'k'))).toEqual([
        'made a',
        'hit a',
        'other a',
        'hit a'
      ])
      await store.close()
    })

    test('the node that alone may answer for an entry leads it elsewhere at once', async () => {
      const { ask, store } = await open(await make(), 'n1')
      expect(
        await ask(
          op('claim', 'k', 'a'),
          op('claim', 'k', 'b', { unavailable: ['a', 'c'] }),
          op('pin', 'k', 'c'),
          op('pin', 'new', 'd')
        )
      ).toEqual(['made a', 'moved b', 'moved c', 'made d'])
      await store.close()
    })

    test('a set names the service, and the node does not hold the entry', async () => {
      const bench = await make()
      const { ask, store } = await open(bench, 'n1')
      const ttlMs = 60_000
      expect(await ask(op('set', 'k', 'a', { ttlMs }), op('set', 'k', 'a', { ttlMs }), op('set', 'k', 'b', { ttlMs }), op('release', 'k')))
        .toEqual(['made a', 'hit a', 'moved b', 'none'])
      expect(await ask(op('claim', 'held', 'a'), op('set', 'held', 'b', { ttlMs: 1 }), op('set', 'brief', 'a', { ttlMs: 1 }))).toEqual(['made a', 'moved b', 'made a'])
      await bench.advance(2)
      expect(await ask(op('find', 'k'), op('find', 'held'), op('find', 'brief'))).toEqual(['hit b', 'hit b', 'none'])
      expect((await store.list(undefined)).entries.map(({ key, nodes }) => `${key} ${nodes}`).toSorted()).toEqual(['held 1', 'k 0'])
      await store.close()
    })

    test('a record is written if it has the expected version', async () => {
      const { store, heard } = await open(await make(), 'n1')
      expect(await store.write({ kind: 'k', name: 'n', value: 'x', expect: 5 })).toBeUndefined()
      const first = await store.write({ kind: 'k', name: 'n', value: 'one two\n', expect: 0 })
      expect(first).toBeGreaterThan(0)
      expect(await store.write({ kind: 'k', name: 'n', value: 'y', expect: 0 })).toBeUndefined()
      const second = await store.write({ kind: 'k', name: 'n', value: 'z', expect: first })
      expect(second).toBeGreaterThan(first!)
      await store.write({ kind: 'k2', name: 'n', value: '' })
      expect((await store.read('k')).map(({ name, value, version }) => ({ name, value, version }))).toEqual([{
        name: 'n',
        value: 'z',
        version: second
      }])
      expect((await store.read('k'))[0]!.ageMs).toBeGreaterThanOrEqual(0)
      expect(await store.write({ kind: 'k', name: 'n', value: undefined, expect: second })).toBe(0)
      expect(await store.read('k')).toEqual([])
      expect(await store.read('k2')).toHaveLength(1)
      await until(() => heard.changed.filter(kind => kind === 'k').length >= 3, 'changes that were heard')
      await store.close()
    })

    test('a record is gone after its time', async () => {
      const bench = await make()
      const { store } = await open(bench, 'n1')
      await store.write({ kind: 'k', name: 'n', value: 'x', ttlMs: 1 })
      await store.write({ kind: 'k', name: 'stays', value: 'x', ttlMs: 60_000 })
      await bench.advance(2)
      expect((await store.read('k')).map(({ name }) => name)).toEqual(['stays'])
      expect(await store.write({ kind: 'k', name: 'n', value: 'y', expect: 0 })).toBeGreaterThan(0)
      await store.close()
    })

    test('a lease is longer than a grant', () => { expect(LEASE_MS).toBeGreaterThan(10 * GRANT_MS) })

    if (nodes === 'many') describe('of several nodes', () => {
      test('claims of several nodes at one time make one entry, which lives until the last of them lets go', async () => {
        const bench = await make()
        const one = await open(bench, 'n1')
        const second = await open(bench, 'n2')
        const ttlMs = GRANT_MS + 200
        const replies = await Promise.all([one.ask(op('claim', 'k', 'a', { ttlMs })), second.store.sessions([op('claim', 'k', 'b', { ttlMs })])])
        const [mine, theirs] = [replies[0][0]!, shown((replies[1] as readonly SessionReply[])[0]!)]
        expect([mine, theirs].map(each => each.split(' ')[0]).sort()).toEqual(['hit', 'made'])
        expect(mine.split(' ')[1]).toBe(theirs.split(' ')[1])
        await one.ask(op('release', 'k', '', { ttlMs }))
        await bench.advance(ttlMs + 100)
        expect((await second.store.sessions([op('find', 'k')])).map(shown)[0]).toMatch(/^hit/)
        await second.store.sessions([op('release', 'k', '', { ttlMs })])
        await bench.advance(ttlMs + 100)
        expect(await one.ask(op('find', 'k'))).toEqual(['none'])
        await one.store.close()
        await second.store.close()
      })

      test('nothing leads a key elsewhere while another node may answer for it', async () => {
        const bench = await make()
        const one = await open(bench, 'n1')
        const two = await open(bench, 'n2')
        const ask = async (...ops: SessionOp[]): Promise<readonly SessionReply[]> => await two.store.sessions(ops)
        const { k, deletedKey, replies: [waits, pins, , deleted, released], again } = await withinGrant(async n => {
          const [k, deletedKey, releasedKey] = [`k${n}`, `deleted${n}`, `released${n}`] as const
          await one.ask(op('claim', k, 'a'), op('claim', deletedKey, 'a'), op('claim', releasedKey, 'a'), op('release', releasedKey, '', { ttlMs: 0 }))
          const replies = await ask(op('claim', k, 'b', { unavailable: ['a'] }), op('pin', k, 'b'), op('delete', deletedKey), op('claim', deletedKey, 'b'), op('claim', releasedKey, 'b'))
          return { k, deletedKey, replies, again: (await one.store.sessions([op('claim', k, 'z')]))[0]! }
        })
        for (const reply of [waits!, pins!, deleted!]) {
          expect(reply.outcome).toBe('wait')
          expect(reply.ms).toBeGreaterThan(0)
          expect(reply.ms).toBeLessThanOrEqual(GRANT_MS)
        }
        // It has been let go, and still stands.
        expect(shown(released!)).toBe('hit a')
        // The first node still finds it, and may no longer answer by itself.
        expect([again.outcome, again.service, again.ms]).toEqual(['hit', 'a', 0])
        await bench.advance(GRANT_MS + 1)
        expect((await ask(op('claim', k, 'b', { unavailable: ['a'] }), op('claim', deletedKey, 'b'))).map(shown)).toEqual(['moved b', 'made b'])
        expect(await one.ask(op('hold', k, 'a'), op('find', k))).toEqual(['other b', 'hit b'])
        await until(() => one.heard.moved.includes(`lb ${k} b`) && one.heard.moved.includes(`lb ${deletedKey} -`), 'moves that the first node has heard')
        expect(two.heard.moved).toEqual([])
        await one.store.close()
        await two.store.close()
      })

      test('a node that waits to lead a key elsewhere and never comes back is forgotten', async () => {
        const bench = await make()
        const one = await open(bench, 'n1')
        const two = await open(bench, 'n2')
        const { k, waits } = await withinGrant(async n => {
          const k = `k${n}`
          await one.ask(op('claim', k, 'a'))
          return { k, waits: (await two.store.sessions([op('claim', k, 'b', { unavailable: ['a'] })]))[0]! }
        })
        expect(shown(waits)).toBe('wait a')
        await bench.advance(2 * GRANT_MS + 1)
        expect((await one.store.sessions([op('claim', k, 'z')]))[0]).toEqual({ outcome: 'hit', service: 'a', ms: GRANT_MS })
        await one.store.close()
        await two.store.close()
      })

      test('a set waits for grants, and who holds the entry is told of it and holds on', async () => {
        const bench = await make()
        const one = await open(bench, 'n1')
        const two = await open(bench, 'n2')
        const { k, sets } = await withinGrant(async n => {
          const k = `k${n}`
          await one.ask(op('claim', k, 'a'))
          return { k, sets: await two.ask(op('set', k, 'a'), op('set', k, 'b')) }
        })
        expect(sets).toEqual(['hit a', 'wait a'])
        await bench.advance(GRANT_MS + 1)
        expect(await two.ask(op('set', k, 'b'))).toEqual(['moved b'])
        await until(() => one.heard.moved.includes(`lb ${k} b set`), 'the first node to be told')
        expect((await two.store.list(undefined)).entries.find(({ key }) => key === k)).toMatchObject({ service: 'b', nodes: 1 })
        // Whoever has missed that is told when it renews its lease.
        expect(await one.ask(op('hold', k, 'a'), op('hold', k, 'b'), op('release', k, '', { ttlMs: 0 }), op('release', k))).toEqual(['other b', 'hit b', 'hit b', 'none'])
        await one.store.close()
        await two.store.close()
      })

      test('a message reaches the other nodes, and not its own', async () => {
        const bench = await make()
        const one = await open(bench, 'n1')
        const two = await open(bench, 'n2')
        await one.store.publish('topic', 'one two \n \xff')
        await until(() => two.heard.messages.length > 0, 'the message')
        expect([two.heard.messages, one.heard.messages]).toEqual([['topic one two \n \xff'], []])
        await one.store.close()
        await two.store.close()
      })
    })
  })
}
