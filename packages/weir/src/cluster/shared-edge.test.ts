import { until } from '@weirlb/testing'
import { expect, onTestFinished, test } from 'vitest'
import { BanBook } from '../bans/ban-book.ts'
import { Events } from '../events.ts'
import { makeLog } from '../log.ts'
import { SharedEdge } from './shared-edge.ts'
import { MemoryStore, SharedMemory } from './shared-memory.ts'
import type { SharedRecord } from './shared-store.ts'
import { StoreLine } from './store-line.ts'

/** A store whose next reading has its answer on the way until `arrive` is called. */
class SlowStore extends MemoryStore {
  arrive: (() => void) | undefined

  override async read (kind: string): Promise<readonly SharedRecord[]> {
    const records = await super.read(kind)
    await new Promise<void>(resolve => {
      this.arrive = resolve
    })
    return records
  }
}

const log = makeLog('silent', {})

/** The bans of a node. */
const open = async <S extends MemoryStore>(name: string, store: S) => {
  const line = new StoreLine(store, { onAway () {}, onBack () {} }, log)
  const edge = new SharedEdge(store, line, log)
  const bans = new BanBook({ plane: { ban () {}, unban () {} }, events: new Events(log), log, archive: undefined })
  await store.open(name, {
    onMoved () {},
    onChanged () {},
    onDamaged () {},
    onMessage: (topic, text) => { edge.onMessage(topic, text) }
  })
  onTestFinished(async () => {
    edge.stop()
    await line.close()
    await store.close()
  })
  edge.start(bans, () => {})
  return { store, edge, bans }
}

test.each([['this', '192.0.2.1'], ['every', undefined]] as const)(
  'a node that reads bans while %s one is lifted does not take it again',
  async (_, lifted) => {
    const memory = new SharedMemory()
    const one = await open('one', new MemoryStore(memory))
    const two = await open('two', new SlowStore(memory))
    await until(() => two.store.arrive !== undefined, 'the first reading')
    two.store.arrive!()
    two.store.arrive = undefined
    one.bans.set({ address: '192.0.2.1', seconds: 3600 })
    await until(() => two.bans.list().length === 1, 'the ban')

    const agreed = two.edge.agree()
    await until(() => two.store.arrive !== undefined, 'the second reading')
    if (lifted === undefined) one.bans.deleteAll()
    else one.bans.delete(lifted)
    await until(() => two.bans.list().length === 0, 'the end of the ban')
    two.store.arrive!()
    await agreed
    expect([one.bans.list(), two.bans.list()]).toEqual([[], []])
  }
)
