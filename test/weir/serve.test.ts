import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { WeirClient } from '@weirlb/admin/client'
import { until } from '@weirlb/testing'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Api } from '../support/api.ts'
import { certificateFor } from '../support/certificate.ts'
import { weirBin } from '../support/bundled.ts'
import { Client, Farm, serverOf } from './farm.ts'


let farm: Farm
let directory: string
beforeAll(async () => {
  farm = await Farm.start('red', 'blue')
  directory = await mkdtemp(join(tmpdir(), 'weir-serve-'))
})
afterAll(async () => {
  farm.close()
  await rm(directory, { recursive: true })
})

const children: ChildProcess[] = []
afterEach(() => { for (const child of children.splice(0)) child.kill('SIGKILL') })

const weir = (args: readonly string[], environment: Readonly<Record<string, string>> = {}) => {
  const child = spawn(process.execPath, [weirBin, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment }
  })
  children.push(child)
  return { child, said: text(child.stderr), ended: once(child, 'exit').then(([code]) => code as number | null) }
}

/** A server that is ready: everything it printed on standard output, and its API. */
const serve = async (args: readonly string[], environment: Readonly<Record<string, string>> = {}) => {
  const run = weir(['serve', '--admin', '127.0.0.1:0', '--grace', '1', ...args], environment)
  const printed: string[] = []
  const lines = createInterface(run.child.stdout!).on('line', line => { printed.push(line) })
  await Promise.race([once(lines, 'line'), run.ended.then(async () => { throw new Error(await run.said) })])
  const { admin } = JSON.parse(printed[0]!) as { admin: string }
  const api = new Api(admin)
  return { ...run, printed, admin, api, port: async () => await api.port('v') }
}

const configFile = async (name: string, content: unknown): Promise<string> => {
  const path = join(directory, name)
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

const alive = (pid: number): boolean => { try { return process.kill(pid, 0) } catch { return false } }

describe('weir serve', () => {
  test.each(['0', '1'])('with --workers %s says once when it is ready, serves, and ends on SIGTERM', async workers => {
    const server = await serve(['--workers', workers, '--config', await configFile('good.json', farm.config())])
    expect(server.printed).toEqual([JSON.stringify({ ready: true, admin: server.admin })])
    const client = await Client.connect(await server.port(), 'ann')
    server.child.kill('SIGTERM')
    expect(await client.next()).toBe('ERR shutdown')
    expect(await server.ended).toBe(0)
    expect(server.printed).toHaveLength(1)
    // Everything on standard error is JSON.
    for (const line of (await server.said).trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('msg')
  })

  test('leaves no worker behind after a kill -9; a restart has the configuration, and the sessions of an orderly end', async () => {
    const state = join(directory, 'state')
    const first = await serve([
      '--workers',
      '2',
      '--state',
      state,
      '--config',
      await configFile('good.json', farm.config())
    ])
    const before = (await first.api.call('getConfig')).body
    const { workers } = (await first.api.call('getHealth')).body
    first.child.kill('SIGKILL')
    await until(() => workers.every(({ pid }) => !alive(pid)), 'the workers to end')

    const second = await serve(['--workers', '1', '--state', state])
    expect((await second.api.call('getConfig')).body).toEqual(before)
    await serverOf(await second.port(), 'bob')
    const pinned = await serverOf(await second.port(), 'ann')
    second.child.kill('SIGTERM')
    expect(await second.ended).toBe(0)

    const third = await serve(['--workers', '1', '--state', state])
    // The method would give the first client the first server; only the session knows better.
    expect(await serverOf(await third.port(), 'ann')).toBe(pinned)
  })

  test('with --config runs that one, whatever was saved', async () => {
    const state = join(directory, 'two')
    const first = await serve([
      '--workers',
      '1',
      '--state',
      state,
      '--config',
      await configFile('a.json', { lbVservers: [{ name: 'a' }] })
    ])
    first.child.kill('SIGTERM')
    await first.ended
    const second = await serve([
      '--workers',
      '1',
      '--state',
      state,
      '--config',
      await configFile('b.json', { lbVservers: [{ name: 'b' }] })
    ])
    expect((await second.api.call('getConfig')).body.lbVservers.map(lb => lb.name)).toEqual(['b'])
    expect((await second.api.call('listAudit', {})).body.items).toMatchObject([{
      who: 'start',
      from: 'process',
      action: 'replace',
      code: 'ok',
      revision: 2,
      changes: [{ name: 'b', action: 'created' }, { name: 'a', action: 'deleted' }]
    }])
    second.child.kill('SIGTERM')
    await second.ended
    expect(await second.said).toContain('given in place of the saved one')
  })

  test('takes what GET /v1/config answers: private keys stay where they are kept, and are asked for elsewhere', async () => {
    const { cert, key } = await certificateFor('localhost')
    const config = farm.config()
    const [state, written] = [
      join(directory, 'keys'),
      await configFile('written.json', {
        ...config,
        certkeys: [{ name: 'c', cert, key }],
        userProtocols: [...config.userProtocols!, { name: 'HELLO_SSL', transport: 'ssl', extension: 'hello' }],
        userVservers: [...config.userVservers!, {
          name: 'tls',
          protocol: 'HELLO_SSL',
          address: '127.0.0.1',
          port: 0,
          defaultLb: 'lb',
          certificates: ['c']
        }]
      })
    ]
    const first = await serve(['--workers', '1', '--state', state, '--config', written])
    const answered = await (await fetch(`${first.admin}/v1/config`)).text()
    expect(answered).not.toContain('PRIVATE KEY')
    first.child.kill('SIGTERM')
    expect(await first.ended).toBe(0)

    const read = await configFile('read.json', answered)
    const second = await serve(['--workers', '1', '--state', state, '--config', read])
    expect(await (await fetch(`${second.admin}/v1/config`)).text()).toBe(answered)
    expect((await second.api.call('getCertkey', { path: { name: 'c' } })).body).toMatchObject({
      status: { hasKey: true }
    })
    second.child.kill('SIGTERM')
    expect(await second.ended).toBe(0)

    const elsewhere = weir([
      'serve',
      '--admin',
      '127.0.0.1:0',
      '--workers',
      '1',
      '--log-level',
      'silent',
      '--config',
      read
    ])
    expect(await elsewhere.ended).toBe(1)
    expect(await elsewhere.said).toContain(`${read}:1:`)
    expect(await elsewhere.said).toMatch(
      /certkeys\[0\]\.key: certkey 'c' needs its private key: keys are write-only, no answer contains them, and there is no certkey of this name to take it from; add it \[config-invalid\]\n$/
    )

    const complete = JSON.parse(answered) as { certkeys: object[] }
    complete.certkeys = complete.certkeys.map(certkey => ({ ...certkey, key }))
    const third = await serve(['--workers', '1', '--config', await configFile('complete.json', complete)])
    expect(await (await fetch(`${third.admin}/v1/config`)).text()).toBe(answered)
  })

  test('has its state directory for itself, until it ends, however it ends', async () => {
    const state = join(directory, 'mine')
    const first = await serve(['--workers', '1', '--state', state])
    const second = weir([
      'serve',
      '--admin',
      '127.0.0.1:0',
      '--workers',
      '1',
      '--log-level',
      'silent',
      '--state',
      state
    ])
    expect(await second.ended).toBe(1)
    expect(await second.said).toBe(`weir: the directory '${state}' is in use by process ${first.child.pid}: stop that process, or choose another directory [storage-failed]\n`)
    expect((await first.api.call('getHealth')).body.status).toBe('ok')

    first.child.kill('SIGKILL')
    await first.ended
    const third = await serve(['--workers', '1', '--state', state])
    third.child.kill('SIGTERM')
    expect(await third.ended).toBe(0)
    expect(await readdir(state)).not.toContain('lock')
  })

  test('answers a path that is not one with a problem', async () => {
    const server = await serve(['--workers', '1'])
    const response = await fetch(`${server.admin}/%zz`)
    expect(response.status).toBe(404)
    expect(response.headers.get('content-type')).toContain('application/problem+json')
    expect(await response.json()).toMatchObject({
      status: 404,
      code: 'not-found',
      detail: expect.stringContaining('/%zz') as string
    })
  })

  test('asks for its token, and never shows it', async () => {
    const server = await serve(['--workers', '1', '--log-level', 'debug'], { WEIR_ADMIN_TOKEN: 'hunter2' })
    expect((await fetch(`${server.admin}/v1/health`)).status).toBe(401)
    expect((await new WeirClient({ url: server.admin, token: 'hunter2' }).call('getHealth')).body.status).toBe('ok')
    server.child.kill('SIGINT')
    expect(await server.ended).toBe(0)
    expect(await server.said).not.toContain('hunter2')
  })

  test('ends at once on a second signal', async () => {
    const server = await serve(['--workers', '1', '--config', await configFile('good.json', farm.config())])
    server.child.kill('SIGTERM')
    server.child.kill('SIGINT')
    expect(await server.ended).toBe(1)
  })
})

describe('refused, without a stack and with nothing started, is', () => {
  const certkey = { name: 'c', cert: 'CERT', key: '-----BEGIN PRIVATE KEY-----\nSECRET' }
  test.each<[string, unknown, string[]]>([
    ['an invalid entry', {
      certkeys: [certkey],
      services: [{ name: 's', address: 'h', port: 99_999 }],
      lbVservers: [{ name: 'l', state: 'x' }]
    }, [
      'services[0].port: must be at most 65535; got 99999',
      'lbVservers[0].state: expected one of enabled, disabled; got "x"'
    ]],
    ['an unknown reference', { lbVservers: [{ name: 'l', services: [{ name: 'x' }] }] }, ["lbVservers[0].services[0].name: no service or service group 'x'; there are: (none)"]],
    ['a broken file', '{"certkeys":[{"key":"SECRET" x]}', ['is not JSON: line 1, column 30']]
  ])('%s', async (_, content, words) => {
    const { said, ended } = weir([
      'serve',
      '--admin',
      '127.0.0.1:0',
      '--workers',
      '1',
      '--log-level',
      'silent',
      '--config',
      await configFile('bad.json', content)
    ])
    expect(await ended).toBe(1)
    for (const word of words) expect(await said).toContain(word)
    expect(await said).not.toMatch(/SECRET|\n {4}at /)
  })

  test.each<[string[], string]>([
    [['serve', '--port', '1'], "unknown option '--port'; there are: --config"],
    [['serve', '--admin', '0.0.0.0:0'], 'needs a token'],
    [['server'], "unknown command 'server'; there are: serve"]
  ])('%j', async (args, words) => {
    const { said, ended } = weir(args)
    expect(await ended).toBe(2)
    expect(await said).toContain(words)
  })

  test('an address for the API that is taken', async () => {
    const server = await serve(['--workers', '1'])
    const { said, ended } = weir([
      'serve',
      '--workers',
      '1',
      '--log-level',
      'silent',
      '--admin',
      new URL(server.admin).host
    ])
    expect(await ended).toBe(1)
    expect(await said).toBe(`weir: --admin: another program listens on ${new URL(server.admin).host} [address-taken]\n`)
  })
})
