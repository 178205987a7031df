import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { FileStorage } from '../storage/file.ts'
import { MemoryStorage } from '../storage/memory.ts'
import { startWeir } from '../test/start-weir.ts'

const directories: string[] = []
afterAll(async () => { for (const path of directories) await rm(path, { recursive: true }) })
const stateDirectory = async (): Promise<string> => {
  const path = await mkdtemp(join(tmpdir(), 'weir-revisions-'))
  directories.push(path)
  return path
}

const service = { name: 's', address: '127.0.0.1', port: 1883 }

describe.each(
  [['memory', async () => new MemoryStorage()], ['a directory', async () =>
    new FileStorage(await stateDirectory())]] as const
)('in %s', (_, make) => {
  test('every applied change is a revision, with its author, what it changed, and its configuration', async () => {
    const { weir } = await startWeir({ config: { services: [service] }, storage: await make() })
    await weir.as({ via: 'api', name: 'ann' }, () => weir.services.patch('s', { port: 1884, maxClients: 5 }))
    // Nothing changes: no revision.
    await weir.services.patch('s', { port: 1884 })
    await weir.as({ via: 'exec' }, () => weir.config.edit(draft => {
      draft.services.create({ ...service, name: 't' })
      draft.services.delete('s')
    }))
    expect(await weir.revisions.list()).toMatchObject([
      { id: 3, current: true, author: { via: 'exec' }, summary: { added: 1, changed: 0, removed: 1, entities: [{ action: 'added', collection: 'services', name: 't' }, { action: 'removed', collection: 'services', name: 's' }] } },
      { id: 2, current: false, author: { via: 'api', name: 'ann' }, summary: { added: 0, changed: 1, removed: 0, entities: [{ action: 'changed', collection: 'services', name: 's', fields: ['port', 'maxClients'] }] } },
      { id: 1, current: false, author: { via: 'program' }, summary: { added: 1, changed: 0, removed: 0 } }
    ])
    expect((await weir.revisions.get(1)).config.services).toMatchObject([service])
    expect(await weir.revisions.diff(2)).toEqual({
      from: 1,
      to: 2,
      changes: [{
        action: 'changed',
        collection: 'services',
        name: 's',
        fields: [{ path: 'port', before: 1883, after: 1884 }, { path: 'maxClients', before: 0, after: 5 }]
      }]
    })
    expect(await weir.revisions.diff(3, 1)).toMatchObject({
      from: 1,
      to: 3,
      changes: [{ action: 'added', name: 't' }, { action: 'removed', name: 's' }]
    })
    expect(await weir.revisions.diff(1)).toEqual({
      from: 0,
      to: 1,
      changes: [{ action: 'added', collection: 'services', name: 's' }]
    })
    await weir.stop()
  })

  test('a rollback is a new revision, and its writer has seen the present one', async () => {
    const { weir } = await startWeir({ config: { services: [service] }, storage: await make() })
    const { etag } = weir.config.get()
    await weir.services.patch('s', { port: 1884 })
    await expect(weir.revisions.rollback(1, { ifMatch: etag })).rejects.toMatchObject({ code: 'precondition-failed' })
    const { value } = await weir.revisions.rollback(1, { ifMatch: weir.config.get().etag })
    expect(value.services).toMatchObject([service])
    expect(weir.config.get().etag).toBe(etag)
    expect((await weir.revisions.list()).map(({ id, current, rollbackTo }) => [id, current, rollbackTo])).toEqual([
      [3, true, 1],
      [2, false, undefined],
      [1, false, undefined]
    ])
    for (const id of [0, 4, 99]) {
      for (const refused of [() => weir.revisions.get(id), () => weir.revisions.diff(id), () => weir.revisions.diff(1, 99), () => weir.revisions.rollback(id)]) {
        await expect(refused()).rejects.toMatchObject({ code: 'not-found', message: expect.stringMatching(/^no revision \d+ is kept; there are: 3, 2, 1$/) as string })
      }
    }
    await weir.stop()
    await expect(weir.revisions.rollback(1)).rejects.toMatchObject({ code: 'worker-unavailable' })
  })

  test('private keys come back with a rollback, and no answer contains them', async () => {
    const { weir } = await startWeir({
      config: { certkeys: [{ name: 'c', psk: 'ann:00112233445566778899aabbccddeeff' }] },
      storage: await make()
    })
    await weir.certkeys.patch('c', { psk: 'ann:ffeeddccbbaa99887766554433221100' })
    const diff = await weir.revisions.diff(2)
    expect(diff.changes).toEqual([{
      action: 'changed',
      collection: 'certkeys',
      name: 'c',
      fields: [{ path: 'psk', secret: true }]
    }])
    await weir.revisions.rollback(1)
    expect((await weir.revisions.diff(3, 1)).changes).toEqual([])
    const shown = JSON.stringify([diff, await weir.revisions.get(1), await weir.revisions.list()])
    expect(shown).not.toMatch(/0011223344|ffeeddcc/i)
    await weir.stop()
  })
})

test('revisions outlive the process, whatever was changed while it runs', async () => {
  const path = await stateDirectory()
  const { weir } = await startWeir({ config: { services: [service] }, storage: new FileStorage(path) })
  await weir.services.patch('s', { port: 1884 })
  await weir.stop()
  const { weir: next } = await startWeir({ storage: new FileStorage(path) })
  expect((await next.revisions.list()).map(({ id, current }) => [id, current])).toEqual([[2, true], [1, false]])
  await next.revisions.rollback(1)
  expect(next.services.require('s').value.port).toBe(1883)
  await next.stop()
})

test('many changes of a draft give way to others, and are one revision', async () => {
  const { weir } = await startWeir()
  let turns = 0
  const count = (): void => {
    turns++
    counting = setImmediate(count)
  }
  let counting = setImmediate(count)
  await weir.config.edit(function * (draft) {
    for (let i = 0; i < 5000; i++) {
      draft.services.create({ ...service, name: `s${i}` })
      expect(draft.services.require(`s${i}`).name).toBe(`s${i}`)
      yield
    }
    draft.services.delete('s0')
    draft.services.patch('s1', { port: 1 })
    draft.services.create({ ...service, name: 's0' })
  })
  clearImmediate(counting)
  expect(turns).toBeGreaterThan(3)
  const names = weir.services.list().map(({ name }) => name)
  expect([names.length, names[0], names.at(-1), weir.services.require('s1').value.port]).toEqual([5000, 's1', 's0', 1])
  expect(await weir.revisions.list()).toMatchObject([{ id: 1, summary: { added: 5000 } }])
  expect((await weir.revisions.list())[0]!.summary!.entities).toHaveLength(100)
  await weir.stop()
})

describe('a hand-over that fails', () => {
  const handOver = async () => {
    const directory = await stateDirectory()
    const { weir } = await startWeir({ config: { services: [service] }, storage: new FileStorage(directory) })
    await weir.as({ via: 'api', name: 'ann' }, () => weir.services.patch('s', { port: 1884 }))
    await weir.handOver()
    return { weir, directory }
  }

  test('keeps what the successor was told, and who changed it', async () => {
    const { weir, directory } = await handOver()
    const next = (await startWeir({ storage: new FileStorage(directory) })).weir
    await next.as({ via: 'api', name: 'bob' }, () => next.services.create({ ...service, name: 'told' }))
    await next.as({ via: 'weir' }, () => next.services.patch('s', { comment: 'reverted' }))
    await next.stop()
    await weir.takeBack()
    expect(weir.services.list().map(({ name }) => name)).toEqual(['s', 'told'])
    await weir.services.create({ ...service, name: 'later' })
    expect((await weir.revisions.list()).map(({ id, author }) => [id, author?.via, author?.name])).toEqual([
      [5, 'program', undefined],
      [4, 'weir', undefined],
      [3, 'api', 'bob'],
      [2, 'api', 'ann'],
      [1, 'program', undefined]
    ])
    await weir.stop()
    const after = (await startWeir({ storage: new FileStorage(directory) })).weir
    expect(after.services.list().map(({ name }) => name)).toEqual(['s', 'told', 'later'])
    await after.stop()
  })

  test('goes on with what runs, and its author, where the successor has only begun with another', async () => {
    const { weir, directory } = await handOver()
    const before = (await weir.revisions.list())[0]
    const next =
      (await startWeir({ config: { services: [{ ...service, name: 'other' }] }, storage: new FileStorage(directory) }))
        .weir
    await next.stop()
    await weir.takeBack()
    expect(weir.services.list()).toMatchObject([{ name: 's', port: 1884 }])
    expect((await weir.revisions.list())[0]).toEqual(before)
    await weir.stop()
  })
})
