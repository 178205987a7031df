// Nodes of different versions on one store: those of one format work together, others are refused.
import { createHash } from 'node:crypto'
import { createWeir, MemoryStore, SharedMemory, type Weir } from '@weirlb/core'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { Heard } from './shared-store-suite.ts'

const weirOn = (memory: SharedMemory, node: string): Weir =>
  createWeir({
    workers: 0,
    config: { monitors: [{ name: 'm', type: 'tcp' }] },
    cluster: { store: new MemoryStore(memory), node },
    log: { level: 'silent' }
  })
const tool = async (memory: SharedMemory): Promise<MemoryStore> => {
  const store = new MemoryStore(memory)
  await store.open('tool', new Heard())
  return store
}
const stateOf = async (weir: Weir): Promise<string> => {
  const { cluster } = await weir.health()
  return `${cluster!.state} ${cluster!.reason}`
}

test('a node is refused while nodes of another format have the store, and leaves nothing there', async () => {
  const memory = new SharedMemory()
  const store = await tool(memory)
  await store.write({ kind: 'store', name: 'generation', value: '2 other-life' })
  await expect(weirOn(memory, 'a').start()).rejects.toMatchObject({
    code: 'store-format',
    message: expect.stringMatching(
      /write format 2; Weir [\d.]+ reads and writes format 1\. Run versions of one format on all nodes/
    ) as string
  })
  expect(await store.read('node')).toEqual([])
  expect((await store.read('store')).map(({ value }) => value)).toEqual(['2 other-life'])
})

test('a running node leaves a store alone that nodes of another format have taken', async () => {
  const memory = new SharedMemory()
  const store = await tool(memory)
  const weir = weirOn(memory, 'a')
  await weir.start()
  const life = (await store.read('store'))[0]!.value
  expect(life).toMatch(/^1 /)
  await store.write({ kind: 'store', name: 'generation', value: '2 other-life' })
  await until(
    async () => (await stateOf(weir)).startsWith('away nodes of another version of Weir have the shared store'),
    'a node that reports the format'
  )
  await store.write({ kind: 'store', name: 'generation', value: life })
  await until(async () => await stateOf(weir) === 'up ', 'a node that shares again')
  await weir.stop({ graceMs: 0 })
})

test('a configuration of a newer version is refused by older nodes, which keep the one before and report it', async () => {
  const memory = new SharedMemory()
  const store = await tool(memory)
  const [one, two] = [weirOn(memory, 'one'), weirOn(memory, 'two')]
  await one.start()
  const [head] = await store.read('revision')
  const { revision, before } = JSON.parse(head!.value) as { revision: number, before: unknown[] }
  // What a newer version knows, and this one does not.
  const text = JSON.stringify({
    revision: revision + 1,
    savedAt: new Date(0).toISOString(),
    config: { teleports: [{ name: 'far' }] }
  })
  const sha256 = createHash('sha256').update(text).digest('hex')
  await store.write({ kind: `config-${revision + 1}-${sha256.slice(0, 16)}`, name: 'text', value: text })
  await store.write({
    kind: 'revision',
    name: 'current',
    value: JSON.stringify({ revision: revision + 1, sha256, before })
  })
  await until(
    async () => (await one.nodes())[0]!.refused?.revision === revision + 1,
    'the card of a node that cannot read it'
  )
  const [card] = await one.nodes()
  expect([card!.revision, card!.refused!.reason]).toEqual([revision, expect.stringMatching(/teleports/)])
  await expect(two.start()).rejects.toMatchObject({ code: 'config-invalid', message: expect.stringMatching(new RegExp(`^revision ${revision + 1} of the cluster cannot run on this node, whose Weir is [\\d.]+; a node of a newer version may have written it: .*teleports`)) as string })
  await one.stop({ graceMs: 0 })
})
