// Private keys of the configuration in the store that nodes share.
import { createHash } from 'node:crypto'
import { createWeir, MemoryStore, SharedMemory, type Weir } from '@weirlb/core'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { certificateFor } from '../support/certificate.ts'
import { Heard } from './shared-store-suite.ts'

const OLD = '1'.repeat(64)
const NEW = '2'.repeat(64)
const { cert, key } = await certificateFor('a.example')

/** A store that others than its nodes may read, as a server in the network. */
class OpenStore extends MemoryStore { override readonly isPrivate = false }

const weirOn = (
  memory: SharedMemory,
  node: string,
  keys?: string,
  certkeys: readonly object[] = [{ name: 'site', cert, key }]
): Weir =>
  createWeir({
    workers: 0,
    config: { certkeys } as never,
    cluster: { store: new OpenStore(memory), node, keys },
    log: { level: 'silent' }
  })
const tool = async (memory: SharedMemory): Promise<MemoryStore> => {
  const store = new MemoryStore(memory)
  await store.open('tool', new Heard())
  return store
}
interface Head { revision: number, sha256: string, before: unknown[] }
const headOf = async (store: MemoryStore): Promise<Head> => JSON.parse((await store.read('revision'))[0]!.value) as Head
const kindOf = ({ revision, sha256 }: Head): string => `config-${revision}-${sha256.slice(0, 16)}`
const textOf = async (store: MemoryStore): Promise<string> => (await store.read(kindOf(await headOf(store))))[0]!.value
const stop = async (...weirs: readonly Weir[]): Promise<void> => {
  for (const weir of weirs) await weir.stop({ graceMs: 0 })
}

test('a private key is not written to a store that others can read, unless a key encrypts it', async () => {
  const memory = new SharedMemory()
  const store = await tool(memory)
  await expect(weirOn(memory, 'a').start()).rejects.toMatchObject({
    code: 'store-key',
    message: expect.stringMatching(
      /^the keys of certkeys 'site' would be in the shared store as they are: give all nodes --cluster-keys FILE/
    ) as string
  })
  expect(await store.read('revision')).toEqual([])
  // Without private keys nothing needs one; a change that would bring one is refused, and nothing is changed.
  const weir = weirOn(memory, 'b', undefined, [{ name: 'ca', ca: cert }])
  await weir.start()
  const { revision } = await headOf(store)
  await expect(weir.certkeys.create({ name: 'site', cert, key } as never)).rejects.toMatchObject({ code: 'store-key' })
  expect((await headOf(store)).revision).toBe(revision)
  expect(weir.config.get().value.certkeys.map(({ name }) => name)).toEqual(['ca'])
  await stop(weir)
})

test('with a key, nodes that have it run what the store has, and no others', async () => {
  const memory = new SharedMemory()
  const store = await tool(memory)
  const [one, two] = [weirOn(memory, 'one', OLD), weirOn(memory, 'two', OLD, [])]
  await one.start()
  expect(await textOf(store)).toMatch(/^weir-sealed-1 [0-9a-f]{8} [A-Za-z0-9+/=]+$/)
  await two.start()
  expect(two.config.get().value.certkeys.map(({ name }) => name)).toEqual(['site'])
  await two.monitors.create({ name: 'm', type: 'tcp' } as never)
  await until(() => one.config.get().value.monitors.length === 1, 'the revision of another node')
  await expect(weirOn(memory, 'none').start()).rejects.toMatchObject({
    code: 'store-key',
    message: expect.stringMatching(
      /is encrypted with key [0-9a-f]{8}, and this node has none: give --cluster-keys FILE/
    ) as string
  })
  await expect(weirOn(memory, 'other', NEW).start()).rejects.toMatchObject({
    code: 'store-key',
    message: expect.stringMatching(/is encrypted with key [0-9a-f]{8}, and this node has [0-9a-f]{8}/) as string
  })
  await stop(one, two)
})

test('a text that somebody without the key has changed is refused', async () => {
  const memory = new SharedMemory()
  const store = await tool(memory)
  const one = weirOn(memory, 'one', OLD)
  await one.start()
  const head = await headOf(store)
  await stop(one)
  const [word, id, bytes] = (await textOf(store)).split(' ') as [string, string, string]
  const put = async (text: string): Promise<void> => {
    // The hash is right, as of somebody who knows how the store is written.
    const body = { ...head, sha256: createHash('sha256').update(text).digest('hex') }
    await store.write({ kind: kindOf(body), name: 'text', value: text })
    await store.write({ kind: 'revision', name: 'current', value: JSON.stringify(body) })
  }
  await put(`${word} ${id} ${bytes.slice(0, 60)}${bytes[60] === 'A' ? 'B' : 'A'}${bytes.slice(61)}`)
  await expect(weirOn(memory, 'two', OLD).start()).rejects.toMatchObject({
    code: 'store-damaged',
    message: expect.stringMatching(/was changed by somebody who has not the key/) as string
  })
  await put(JSON.stringify({ revision: head.revision, savedAt: new Date(0).toISOString(), config: {} }))
  await expect(weirOn(memory, 'three', OLD).start()).rejects.toMatchObject({
    code: 'store-key',
    message: expect.stringMatching(/is not encrypted, and this node takes only what its keys have encrypted/) as string
  })
})

test('a key is brought in, and replaced, node by node', async () => {
  const memory = new SharedMemory()
  const store = await tool(memory)
  const bare = weirOn(memory, 'one', undefined, [])
  await bare.start()
  await bare.monitors.create({ name: 'before', type: 'tcp' } as never)
  const first = weirOn(memory, 'two', `${OLD}\nplaintext`, [])
  await first.start()
  const sealedBy = async (): Promise<string | undefined> => /^weir-sealed-1 (\S+)/.exec(await textOf(store))?.[1]
  const old = await sealedBy()
  expect(old).toMatch(/^[0-9a-f]{8}$/)
  // None of the texts that were not encrypted is left.
  expect((await headOf(store)).before).toEqual([])
  await bare.monitors.create({ name: 'during', type: 'tcp' } as never)
  await until(() => first.config.get().value.monitors.length === 2, 'the change of a node that has no key yet')
  await stop(bare)
  const both = weirOn(memory, 'three', `${NEW}\n${OLD}\nplaintext`, [])
  await both.start()
  const fresh = await sealedBy()
  expect([fresh !== undefined, fresh === old, both.config.get().value.monitors.length]).toEqual([true, false, 2])
  await stop(first, both)
  const last = weirOn(memory, 'four', NEW, [])
  await last.start()
  expect(last.config.get().value.monitors.length).toBe(2)
  await stop(last)
})
