// State directories that earlier releases have written are opened by the present one.
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { copyState, expectationsOf, stateFixtures } from '../support/state-fixtures.ts'
import { weirCommand } from '../support/weir-command.ts'
import { WeirProcess } from '../support/weir-process.ts'

let folder: string
beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'weir-state-')) })
afterEach(async () => { await rm(folder, { recursive: true }) })

test('there is one of the first release', () => {
  expect(stateFixtures.map(path => basename(path))).toContain('state-0.1.0')
})

test('one of a later form is refused, and nothing in it is changed', async () => {
  const state = join(folder, 'state')
  copyState(stateFixtures[0]!, state)
  await writeFile(join(state, 'format.json'), '{"format":1000,"release":"9.0.0"}\n')
  const all = async (): Promise<unknown> =>
    await Promise.all((await readdir(state, { recursive: true, withFileTypes: true })).map(async entry => {
      const path = join(entry.parentPath, entry.name)
      const { mode, mtimeMs } = await stat(path)
      return [path, mode, entry.isFile() ? mtimeMs : 0, entry.isFile() ? await readFile(path, 'hex') : '']
    }))
  const before = await all()
  const { status, out, err } = await weirCommand([
    'serve',
    '--state',
    state,
    '--admin',
    '127.0.0.1:0',
    '--workers',
    '1',
    '--log-level',
    'silent'
  ])
  expect({ status, out }).toEqual({ status: 1, out: '' })
  expect(err).toContain(`the state directory '${state}' was written by a newer release (Weir 9.0.0)`)
  expect(await all()).toEqual(before)
})

test.each(stateFixtures.map(path => [basename(path), path]))(
  '%s is opened with everything in it, and goes on',
  async (_, fixture) => {
    const expected = expectationsOf(fixture)
    const state = join(folder, 'state')
    copyState(fixture, state)
    const weir = await WeirProcess.start({ workers: 1, state })
    const { api } = weir
    try {
      expect((await api.call('getHealth')).body.revision).toBe(expected.revision)
      // Fields that came later have their defaults.
      expect((await api.call('getConfig')).body).toMatchObject(expected.config)
      const sessions = (await api.call('exportSessions')).body.map(({ lbVserver, type, key, service }) => ({
        lbVserver,
        type,
        key,
        service
      }))
      const byKey = (a: { readonly key: string }, b: { readonly key: string }): number => a.key.localeCompare(b.key)
      expect(sessions.toSorted(byKey)).toEqual(expected.sessions.toSorted(byKey))
      expect((await api.call('listJobs')).body.items).toMatchObject(expected.jobs)
      expect((await api.call('getCertkey', { path: { name: 'site' } })).body.status).toMatchObject({ hasKey: true })
      for (const name of ['mqtt', 'mqtts', 'lines']) expect(await api.port(name)).toBeGreaterThan(0)
      // Private keys and secrets are for their owner alone, whoever copied them.
      for (const file of (await readdir(state, { withFileTypes: true })).filter(entry => entry.isFile())) expect(
          (await stat(join(state, file.name))).mode & 0o077
        ).toBe(0)

    // History is there: the version before the present one can be restored, and revisions go on.
    expect((await api.call('getExtension', { path: { name: 'lines' } })).body.status!.previous).toEqual(expected.versions)
    await api.call('rollbackExtension', { path: { name: 'lines' } })
    expect((await api.call('getHealth')).body.revision).toBe(expected.revision + 1)
    expect((await readdir(join(state, 'history'))).length).toBeGreaterThan(expected.revision)
  } finally {
    await weir.stop()
  }

  // What this release has written is its own.
  const again = await WeirProcess.start({ workers: 1, state })
  try {
    expect((await again.api.call('getHealth')).body.revision).toBe(expected.revision + 1)
    expect((await again.api.call('exportSessions')).body).toHaveLength(expected.sessions.length)
  } finally {
    await again.stop()
  }
})
