// The API of `weir serve` on a Unix socket, and the commands that use it.
import { execFile } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdtempSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '@weirlb/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { socketFetch } from '../../packages/cli/src/socket-fetch.ts'
import { weirCommand } from '../support/weir-command.ts'
import { WeirProcess } from '../support/weir-process.ts'

let folder: string
let path: string
const ends: (() => unknown)[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-socket-'))
  chmodSync(folder, 0o755)
  path = join(folder, 'admin.sock')
})
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
  rmSync(folder, { recursive: true })
})

const start = async (...args: string[]): Promise<WeirProcess> => {
  const weir = await WeirProcess.start({ workers: 1, admin: 'none', args: ['--admin-socket', path, ...args] })
  ends.push(() => weir.stop())
  return weir
}

const get = async (
  place: string,
  headers: Record<string, string> = {},
  method = 'GET'
): Promise<{ status: number, body: { code?: string, items?: readonly Record<string, unknown>[] } }> => {
  const response = await socketFetch(path)(`http://localhost${place}`, { method, headers })
  const text = await response.text()
  return { status: response.status, body: text === '' ? {} : JSON.parse(text) as object }
}

const isRoot = process.getuid?.() === 0

test('commands go over it, its owner is admin, and nobody else comes near', async () => {
  const weir = await start()
  expect(weir.api.base).toBe(`unix:${path}`)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  const commands = 'add service s 127.0.0.1 USER_TCP 1'
  expect(await weirCommand(['exec', commands, '--socket', path])).toMatchObject({ status: 0 })
  expect((await weirCommand(['exec', 'show service s', '--api', `unix:${path}`])).out).toContain('127.0.0.1')
  expect((await weirCommand(['export'], { env: { WEIR_API: `unix:${path}` } })).out).toContain('add service s')
  expect((await get('/v1/audit?result=ok')).body.items).toMatchObject([{
    who: `socket:uid:${process.getuid!()}`,
    role: 'admin',
    from: 'socket',
    action: 'exec'
  }])
  // A page that is led here through a program on the way.
  expect((await get('/v1/health', { host: 'weir.example' })).status).toBe(403)
  expect((await get('/v1/config', { origin: 'https://evil.example' }, 'PUT')).status).toBe(403)
  expect((await get('/v1/health', { authorization: 'Bearer guess' })).status).toBe(401)
})

test('the usual place is used without an option', async () => {
  mkdirSync(join(folder, 'weir'))
  path = join(folder, 'weir', 'admin.sock')
  await start()
  const env = { XDG_RUNTIME_DIR: folder, WEIR_API: '' }
  expect((await weirCommand(['exec', 'show ns version'], { env })).out).toContain('Weir')
  expect((await weirCommand(['exec', 'show ns version', '--api', 'http://127.0.0.1:1'], { env })).status).toBe(1)
})

test('others, whom the mode lets in, are told from its owner', async () => {
  await start('--admin-socket-mode', '660')
  expect(statSync(path).mode & 0o777).toBe(0o660)
  const other = isRoot ? { uid: 65_534, gid: 65_534 } : {}
  if (isRoot) chownSync(path, 0, 65_534)
  const script = 'const q = require("http").request({ socketPath: process.argv[1], method: "DELETE", path: "/v1/services/none", headers: { host: "localhost" } }, r => { let t = ""; r.on("data", d => { t += d }); r.on("end", () => { console.log(r.statusCode, JSON.parse(t).detail) }) }); q.end()'
  const out = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, ['-e', script, path], { cwd: '/', env: {}, ...other }, (error, stdout) => { if (error === null) resolve(stdout); else reject(error as Error) })
  })
  expect(out).toContain(
    isRoot ? '403 DELETE /v1/services/{name} needs the role admin; socket:uid:65534 has operate' : '404'
  )
})

test('a socket that a killed Weir left is replaced; one that lives, and any other file, stay', async () => {
  const killed = await start()
  process.kill(killed.pid, 'SIGKILL')
  await until(async () => await get('/v1/health').then(() => false, () => true), 'nobody to answer')
  expect(existsSync(path)).toBe(true)
  await start()
  expect((await get('/v1/health')).status).toBe(200)
  await expect(start()).rejects.toThrow(/address-taken/)
  expect((await get('/v1/health')).status).toBe(200)
  const live = path
  path = join(folder, 'file')
  writeFileSync(path, 'mine')
  await expect(start()).rejects.toThrow(/is no socket/)
  path = live
})

test('a successor takes its place, and the first Weir leaves it there', async () => {
  const weir = await start('--state', join(folder, 'state'), '--grace', '1')
  const pids = (): number[] => weir.log.filter(({ msg }) => msg === 'running').map(line => line['pid'] as number)
  ends.push(() => {
    for (const pid of pids()) {
      try { process.kill(pid, 'SIGTERM') } catch { /* It has ended. */ }
    }
  })
  const created = await weirCommand(['exec', 'add service s 127.0.0.1 USER_TCP 1', '--socket', path])
  expect(created.status).toBe(0)
  process.kill(weir.pid, 'SIGUSR2')
  await until(() => weir.log.some(line => line.msg === 'stopped' && line['pid'] === weir.pid), 'the first Weir to stop')
  expect(pids()).toHaveLength(2)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect((await weirCommand(['exec', 'rm service s', '--socket', path])).status).toBe(0)
  // A successor leaves numbers free for what its predecessor still records.
  expect((await get('/v1/audit')).body.items!.map(({ action, id }) => [action, id])).toEqual([['exec', 1002], ['exec', 1]])
})

test('a successor that fails late gives its place back', async () => {
  const preloaded = join(folder, 'preloaded.cjs')
  // As late as can be: all of it runs, and it ends in place of its report.
  writeFileSync(
    preloaded,
    'if (process.env.WEIR_INHERITED_SOCKETS !== undefined) process.send = () => process.kill(process.pid, "SIGKILL")'
  )
  const weir = await WeirProcess.start({
    workers: 1,
    admin: 'none',
    args: ['--admin-socket', path, '--state', join(folder, 'state')],
    env: { NODE_OPTIONS: `--require=${preloaded}` }
  })
  ends.push(() => weir.stop())
  process.kill(weir.pid, 'SIGUSR2')
  await until(() => weir.log.some(({ msg }) => msg === 'not handed over'), 'the failure')
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect((await weirCommand(['exec', 'add service s 127.0.0.1 USER_TCP 1', '--socket', path])).status).toBe(0)
  expect((await get('/v1/tokens')).body.items).toEqual([])
  expect(await weir.stop()).toBe(0)
  expect(existsSync(path)).toBe(false)
})

test('a stop ends its streams and removes it', async () => {
  const weir = await start()
  let ended = false
  const stream = request({ socketPath: path, path: '/v1/events', headers: { host: 'localhost' } }, response => {
    response.resume().on('close', () => {
      ended = true
    })
  })
  ends.push(() => stream.destroy())
  const connected = new Promise(resolve => { stream.on('response', resolve) })
  stream.end()
  await connected
  expect(await weir.stop()).toBe(0)
  await until(() => ended, 'the end of the stream')
  expect(existsSync(path)).toBe(false)
})
