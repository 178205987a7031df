// A canary through REST: its share, its end by itself, and what a restart makes of it.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '@weirlb/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Health } from 'weirlb'
import type { ApiError, ExtensionInput } from '@weirlb/admin/client'
import { atEnd, loopUntil, TestClient, TestServer } from '../support/engine-bench.ts'
import { EventReader } from '../support/event-reader.ts'
import { lineProtocol } from '../support/line-protocol.ts'
import { WeirProcess } from '../support/weir-process.ts'
import { shownIn, versionsOf, type ShownExtension } from './versions.ts'

const source = (version: string): string => `${lineProtocol()}// ${version}`

/** An extension of this name, with a user vserver and a server that says back what it hears. */
const configure = async ({ api }: WeirProcess, name: string): Promise<number> => {
  const server = await TestServer.listen(chunk => chunk)
  await api.call('createExtension', { body: { name, source: source('A') } })
  await api.call('createUserProtocol', { body: { name, transport: 'tcp', extension: name } })
  await api.call('createService', { body: { name, address: '127.0.0.1', port: server.port } })
  await api.call('createLbVserver', { body: { name, services: [{ name }] } })
  await api.call('createUserVserver', {
    body: { name, protocol: name, address: '127.0.0.1', port: 0, defaultLb: name }
  })
  return await api.port(name)
}

const come = async (port: number, count: number, line = 'hello x'): Promise<TestClient[]> => {
  const clients: TestClient[] = []
  for (let n = 0; n < count; n++) {
    const client = new TestClient(port)
    client.socket.write(`${line}\n`)
    if (line === 'throw') await client.closes()
    else await client.gets(`${line}\n`)
    clients.push(client)
  }
  return clients
}

const shown = async ({ api }: WeirProcess, name: string): Promise<ShownExtension> =>
  shownIn(await api.call('getExtension', { path: { name } }))
const accepted = async (weir: WeirProcess, name: string): Promise<Record<number, number>> =>
  Object.fromEntries((await shown(weir, name)).status.versions.map(v => [v.version, v.accepted]))

describe.each([0, 2])('a canary, workers: %d', workers => {
  let state = ''
  let weir: WeirProcess
  beforeAll(async () => {
    state = await mkdtemp(join(tmpdir(), 'weir-canary-'))
    weir = await WeirProcess.start({ workers, state })
  })
  afterAll(async () => {
    await weir.stop()
    await rm(state, { recursive: true })
  })

  test('gets its share, is shown, and becomes the version', async () => {
    const name = 'share'
    const port = await configure(weir, name)
    const answer =
      (await weir.api.call('replaceExtension', {
        path: { name },
        body: { source: source('B'), canary: { percent: 25 } }
      })).body
    expect(answer).toMatchObject({
      source: source('A'),
      canary: { source: source('B'), percent: 25, revertOnErrorsAbove: 0.02, minConnections: 20 },
      status: { canary: { version: 2, status: 'running' } }
    })
    await come(port, 40)
    // Each worker counts its own clients.
    const got = await accepted(weir, name)
    expect(got[1]! + got[2]!).toBe(40)
    if (workers === 0) expect(got).toEqual({ 1: 30, 2: 10 })
    else expect([10, 9]).toContain(got[2])
    // What was read may be written: it says the same.
    expect((await weir.api.call('replaceExtension', { path: { name }, body: { ...answer, status: undefined } })).body)
      .toMatchObject({ status: { canary: { version: 2, status: 'running' } } })

    expect((await weir.api.call('patchExtension', { path: { name }, body: { canary: { percent: 100 } } })).body)
      .toMatchObject({ status: { canary: { version: 2, status: 'running' } } })
    await come(port, 3)
    expect((await accepted(weir, name))[2]).toBe(got[2]! + 3)

    await weir.api.call('promoteExtension', { path: { name } })
    await come(port, 2)
    const now = await shown(weir, name)
    expect(now).toMatchObject({
      source: source('B'),
      status: { previous: [1], canary: { version: 2, status: 'promoted' } }
    })
    expect(now.canary).toBeUndefined()
    expect(versionsOf(now)).toEqual([`2 current ${got[2]! + 5}`, `1 retired ${got[1]}`])
  })

  test('that fails more than it may is taken back by itself; its clients stay', async () => {
    const name = 'fails'
    const port = await configure(weir, name)
    const { api } = weir
    const events = await EventReader.open(`${api.base}/v1/events`)
    await api.call('replaceExtension', {
      path: { name },
      body: { source: source('B'), canary: { percent: 50, revertOnErrorsAbove: 0.3, minConnections: 8 } }
    })
    const staying = await come(port, 8)
    await come(port, 12, 'throw')
    await until(
      async () => (await shown(weir, name)).status.canary?.status === 'reverted',
      'the canary to be taken back'
    )
    const { status, source: present, canary } = await shown(weir, name)
    expect([present, canary]).toEqual([source('A'), undefined])
    expect(status.canary).toMatchObject({
      version: 2,
      reason: expect.stringMatching(/^\d+ errors in \d+ connections \([\d.]+ %\) are above 30 %$/) as string
    })
    expect(status.versions.map(({ version, status }) => [version, status])).toEqual([[2, 'retired'], [1, 'current']])
    await until(() => weir.log.some(l => l.msg === 'a canary was reverted'), 'the line')
    expect(weir.log.filter(l => l.msg === 'a canary was reverted')).toMatchObject([{
      extension: name,
      version: 2,
      reason: status.canary?.reason
    }])
    await until(() => events.of('canary-reverted').length > 0, 'the event')
    expect(events.of('canary-reverted')).toMatchObject([{ extension: name, version: 2 }])
    events.close()

    const before = (await accepted(weir, name))[1]!
    await come(port, 3)
    expect((await accepted(weir, name))[1]).toBe(before + 3)
    for (const client of staying) {
      client.socket.write('still here\n')
      await client.gets('still here\n')
    }
    // Another try is another version.
    expect(
      (await api.call('replaceExtension', { path: { name }, body: { source: source('B2'), canary: { percent: 1 } } }))
        .body
    ).toMatchObject({ status: { canary: { version: 3, status: 'running' } } })
  })

  test('that goes out of service is taken back at once, whatever it was allowed', async () => {
    const name = 'down'
    const port = await configure(weir, name)
    await weir.api.call('patchExtension', {
      path: { name },
      body: { limits: { batchTimeoutMs: 20 }, strikes: { failures: 1 } }
    })
    await weir.api.call('patchExtension', {
      path: { name },
      body: { source: source('B'), canary: { percent: 100, revertOnErrorsAbove: 1, minConnections: 1000 } }
    })
    await loopUntil(port, async () => {
      const { extensions } = (await weir.api.call('getStats')).body
      if (extensions[name]!.timeouts === 0) return false
      await until(
        async () => (await shown(weir, name)).status.canary?.status === 'reverted',
        'the canary to be taken back'
      )
      return true
    })
    const { status } = await shown(weir, name)
    expect(status.canary?.reason).toMatch(/^it is out of service after \d+ errors in \d+ connections$/)
    expect(status.value).toBe('up')
    await come(port, 2)
  })

  test('goes on after a restart, with its numbers and what can be rolled back', async () => {
    const name = 'restart'
    const restart = async (): Promise<void> => {
      await weir.stop()
      weir = await WeirProcess.start({ workers, state })
    }
    const port = await configure(weir, name)
    await weir.api.call('replaceExtension', { path: { name }, body: { source: source('B') } })
    await weir.api.call('replaceExtension', { path: { name }, body: { source: source('C'), canary: { percent: 50 } } })
    await come(port, 4)
    if (workers > 0) {
      // A worker that is started again begins to count anew, with the same canary.
      const { workers: [victim] } = (await weir.api.call('getHealth')).body
      process.kill(victim!.pid, 'SIGKILL')
      const others = async (): Promise<Health['workers']> =>
        (await weir.api.call('getHealth')).body.workers.filter(w => w.pid !== 0 && w.pid !== victim!.pid)
      await until(async () => (await others()).length === workers, 'another worker to be started')
      await until(async () => (await others()).every(w => w.status === 'up'), 'the worker to be back')
      expect((await shown(weir, name)).status.versions.map(v => [v.version, v.status, v.up])).toEqual([[
        3,
        'canary',
        workers
      ], [2, 'current', workers]])
    }
    await restart()
    expect((await shown(weir, name)).status).toMatchObject({ previous: [1], canary: { version: 3, status: 'running' } })
    expect(versionsOf(await shown(weir, name))).toEqual(['3 canary 0', '2 current 0'])
    await come(await weir.api.port(name), 4 * Math.max(1, workers))
    expect((await accepted(weir, name))[3]).toBeGreaterThan(0)
    await weir.api.call('patchExtension', { path: { name }, body: { canary: null } })
    expect((await weir.api.call('rollbackExtension', { path: { name } })).body).toMatchObject({
      source: source('A'),
      status: { previous: [] }
    })
    await expect(weir.api.call('rollbackExtension', { path: { name } })).rejects.toMatchObject(
      { status: 409, code: 'version-absent' } satisfies Partial<ApiError>
    )
  })
})

test('what cannot be is refused with the field, and changes nothing', async () => {
  const name = 'refused'
  const weir = await WeirProcess.start({ workers: 0 })
  atEnd(async () => await weir.stop())
  await configure(weir, name)
  const { api } = weir
  const refused = async (call: Promise<unknown>): Promise<string> => {
    const error = await call.then(() => { throw new Error('it was not refused') }, (error: ApiError) => error)
    return `${error.status} ${error.code} ${error.message}`
  }
  const put = (canary: unknown, text = source('B')): Promise<string> =>
    refused(
      api.call('replaceExtension', {
        path: { name },
        body: { source: text, canary: canary as ExtensionInput['canary'] }
      })
    )

  for (const percent of [0, -1, 101, 10.5, '10', undefined])
    expect(await put({ percent })).toMatch(/^422 config-invalid .*canary\.percent/)
  for (const share of [-0.1, 1.1, 'much'])
    expect(await put({ percent: 10, revertOnErrorsAbove: share })).toMatch(
      /^422 config-invalid .*canary\.revertOnErrorsAbove/
    )
  expect(await put({ percent: 10, minConnections: 0 })).toMatch(/^422 config-invalid .*canary\.minConnections/)
  expect(await put({ percent: 10, share: 1 })).toMatch(
    /^422 config-invalid .*canary: unknown field 'share'; there are: /
  )
  expect(await put('10 %')).toMatch(/^422 config-invalid .*canary: expected object/)
  expect(await put({ percent: 10 }, source('A'))).toMatch(
    /^422 config-invalid .*canary: extension 'refused' runs this code already/
  )
  expect(await put({ percent: 10, source: source('B'), builtin: 'mqtt' })).toMatch(
    /^422 config-invalid .*canary\.source: give either/
  )
  expect(await put({ percent: 10 }, 'const a = 1 +')).toMatch(/^422 extension-compile/)
  expect(
    await refused(api.call('createExtension', { body: { name: 'y', source: source('A'), canary: { percent: 10 } } }))
  ).toMatch(/^422 config-invalid .*canary: a first version has no other/)
  expect(await refused(api.call('rollbackExtension', { path: { name } }))).toMatch(
    /^409 version-absent .*no version before 1/
  )
  expect(await refused(api.call('promoteExtension', { path: { name } }))).toMatch(/^409 canary-absent/)
  for (const operation of ['rollbackExtension', 'promoteExtension'] as const) {
    expect(await refused(api.call(operation, { path: { name: 'nobody' } }))).toMatch(/^404 not-found/)
  }
  expect(versionsOf(await shown(weir, name))).toEqual(['1 current 0'])

  await api.call('replaceExtension', { path: { name }, body: { source: source('B') } })
  for (const operation of ['rollbackExtension', 'promoteExtension'] as const) {
    expect(await refused(api.call(operation, { path: { name }, ifMatch: '"stale"' }))).toMatch(
      /^412 precondition-failed/
    )
  }
  await api.call('replaceExtension', { path: { name }, body: { source: source('C'), canary: { percent: 10 } } })
  expect(await refused(api.call('rollbackExtension', { path: { name } }))).toMatch(
    /^409 canary-running .*promote.*"canary": null/
  )
  expect(await refused(api.call('patchExtension', { path: { name }, body: { source: source('D') } }))).toMatch(
    /^409 canary-running/
  )
  expect(await refused(api.call('deleteExtension', { path: { name } }))).toMatch(/^409 in-use/)
  expect(versionsOf(await shown(weir, name))).toEqual(['3 canary 0', '2 current 0'])

  // The other canary is another version; and an extension goes with its canary.
  expect(
    (await api.call('replaceExtension', { path: { name }, body: { source: source('D'), canary: { percent: 20 } } }))
      .body
  ).toMatchObject({ source: source('B'), status: { canary: { version: 4 } } })
  await api.call('createExtension', { body: { name: 'y', source: source('A') } })
  await api.call('replaceExtension', { path: { name: 'y' }, body: { source: source('B'), canary: { percent: 10 } } })
  await api.call('deleteExtension', { path: { name: 'y' } })
  await api.call('createExtension', { body: { name: 'y', source: source('C') } })
  expect((await api.call('getExtension', { path: { name: 'y' } })).body.status).toMatchObject({
    versions: [{ version: 1, status: 'current' }],
    previous: []
  })

  // The whole configuration has the canary in it.
  const config = (await api.call('getConfig')).body
  await api.call('replaceExtension', { path: { name }, body: { source: source('B') } })
  expect((await shown(weir, name)).status.canary).toMatchObject({ version: 4, status: 'ended' })
  await api.call('replaceConfig', { body: config })
  expect((await shown(weir, name)).status.canary).toMatchObject({ version: 5, status: 'running' })
})
