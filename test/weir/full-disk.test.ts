// A state directory on a disk that is really full: a small tmpfs which only the server sees, filled through /proc.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { until } from '@weirlb/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SessionRecordReader } from '../../packages/weir/src/storage/session-records.ts'
import { Api } from '../support/api.ts'
import { describeWithOwnMounts } from '../support/describe-with.ts'
import { weirBin } from '../support/bundled.ts'
import { Client, Farm, serverOf } from './farm.ts'


/** Keys of the sessions in the files of a state directory. */
const keysIn = (state: string): string[] => {
  const keys: string[] = []
  const note = (_: string, key: string): void => {
    keys.push(key)
  }
  const reader = new SessionRecordReader({
    onStart () {},
    onHeld: note,
    onFreed: note,
    onRemoved () {},
    onDropped () {},
    onAlive () {}
  })
  const folder = join(state, 'sessions')
  for (const name of readdirSync(folder).sort()) reader.push(readFileSync(join(folder, name)))
  return keys
}

/** Write until the system says that there is no more room. */
const fill = (path: string): void => {
  const file = openSync(path, 'w')
  try {
    for (const size of [65_536, 4096, 1]) {
      for (let written = 0; written < 64 * 1024 * 1024; written += size) writeSync(file, Buffer.alloc(size))
    }
    throw new Error(`${path} does not get full`)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  } finally {
    closeSync(file)
  }
}

describeWithOwnMounts('a disk that is full', command => {
  let farm: Farm
  let directory: string
  let child: ChildProcess
  let api: Api
  /** Where this process sees the server's disk. */
  let disk: string

  beforeAll(async () => {
    farm = await Farm.start('red', 'blue')
    directory = mkdtempSync(join(tmpdir(), 'weir-full-'))
    const config = join(directory, 'weir.json')
    writeFileSync(config, JSON.stringify(farm.config()))
    const state = join(directory, 'state')
    const script = 'mkdir "$0" && mount -t tmpfs -o size=256k tmpfs "$0" && exec "$@"'
    const serve = [
      process.execPath,
      weirBin,
      'serve',
      '--admin',
      '127.0.0.1:0',
      '--workers',
      '1',
      '--grace',
      '1',
      '--state',
      state,
      '--config',
      config
    ]
    child = spawn(command[0]!, [...command.slice(1), 'sh', '-c', script, state, ...serve], {
      stdio: ['ignore', 'pipe', 'ignore']
    })
    const [line] = await Promise.race([
      once(createInterface(child.stdout!), 'line') as Promise<[string]>,
      once(child, 'exit').then(([code]) => { throw new Error(`weir serve ended with ${String(code)}`) })
    ])
    api = new Api((JSON.parse(line) as { admin: string }).admin)
    disk = `/proc/${child.pid}/root${state}`
  })

  afterAll(async () => {
    if (child.exitCode === null) {
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
    farm.close()
    rmSync(directory, { recursive: true })
  })

  const saved = (): { revision: number, config: object } =>
    JSON.parse(readFileSync(join(disk, 'config.json'), 'utf8')) as { revision: number, config: object }

  test('refuses changes, and nothing else: what runs runs on, what was saved is whole, and with room again changes are taken', async () => {
    const port = await api.port('v')
    const client = await Client.connect(port, 'ann')
    const before = (await api.call('getConfig')).body
    const onDisk = saved()
    fill(join(disk, 'ballast'))

    const other = { name: 'w', protocol: 'HELLO', address: '127.0.0.1', port: 0, defaultLb: 'lb' }
    const green = { name: 'green', address: '127.0.0.1', port: 9, monitors: [] }
    for (const write of [() => api.call('createService', { body: green }), () => api.call('createUserVserver', { body: other })]) {
      await expect(write()).rejects.toMatchObject({ status: 507, code: 'storage-failed', message: expect.stringMatching(/config.*the disk is full \(ENOSPC\)/) as string })
    }
    expect((await api.call('getConfig')).body).toEqual(before)
    expect(saved()).toEqual(onDisk)
    expect(await client.say('still there?')).toBe(`${client.server}: still there?`)
    expect(await serverOf(port, 'ann')).toBe(client.server)
    // More sessions than there is room for in the last page of their log: they wait, and the process lives.
    const names = Array.from({ length: 100 }, (_, i) => `bob-${i}-${'.'.repeat(50)}`)
    for (const name of names) await serverOf(port, name)
    const sessions = async (): Promise<{ readonly saveFailures: number, readonly saveFailing: boolean }> =>
      (await api.call('getStats')).body.sessions!
    await until(async () => (await sessions()).saveFailing, 'the sessions not to be saved')

    rmSync(join(disk, 'ballast'))
    await until(async () => !(await sessions()).saveFailing, 'the sessions to be saved')
    expect((await sessions()).saveFailures).toBeGreaterThan(0)
    expect(keysIn(disk)).toEqual(expect.arrayContaining(names))
    await api.call('createUserVserver', { body: other })
    expect(await serverOf(await api.port('w'), 'ann')).toBe(client.server)
    expect(saved().revision).toBe(onDisk.revision + 1)
    client.close()
  })
})
