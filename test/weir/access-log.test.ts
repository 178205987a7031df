// The access log of a real `weir serve`: a line for each end, by all workers, and its rotation.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { until } from '@weirlb/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Api } from '../support/api.ts'
import { atEnd } from '../support/at-end.ts'
import { describeWithLogrotate } from '../support/describe-with.ts'
import { weirBin } from '../support/bundled.ts'
import { WeirProcess } from '../support/weir-process.ts'
import { Client, Farm, serverOf } from './farm.ts'

let farm: Farm
let folder: string
beforeAll(async () => {
  farm = await Farm.start('red', 'blue')
  folder = mkdtempSync(join(tmpdir(), 'weir-access-'))
})
afterAll(() => {
  farm.close()
  rmSync(folder, { recursive: true })
})

let files = 0
/** A Weir with an access log of its own. */
const serve = async (...args: string[]): Promise<{ weir: WeirProcess, file: string, port: number }> => {
  const file = join(folder, `access-${++files}.log`)
  const weir = await WeirProcess.start({ workers: 2, args: ['--access-log', file, ...args] })
  atEnd(async () => { await weir.stop() })
  await weir.api.call('replaceConfig', { body: farm.config() })
  return { weir, file, port: await weir.api.port('v') }
}
const linesOf = (file: string): string[] => existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []
const recordsOf = (file: string): Record<string, unknown>[] =>
  linesOf(file).map(line => JSON.parse(line) as Record<string, unknown>)

test('each connection and each HTTP request is a line, whole, of whichever worker', async () => {
  const { weir, file, port } = await serve()
  const http = createServer((_request, response) => { response.end('hello') }).listen(0, '127.0.0.1')
  await once(http, 'listening')
  atEnd(() => {
    http.close()
  })
  await weir.api.call('createService', {
    body: { name: 'web', address: '127.0.0.1', port: (http.address() as AddressInfo).port, type: 'HTTP' }
  })
  await weir.api.call('createLbVserver', { body: { name: 'webs', type: 'HTTP', services: [{ name: 'web' }] } })
  await weir.api.call('createUserProtocol', { body: { name: 'WEB', transport: 'http' } })
  await weir.api.call('createUserVserver', {
    body: { name: 'w', protocol: 'WEB', address: '127.0.0.1', port: 0, defaultLb: 'webs' }
  })
  await (await fetch(`http://127.0.0.1:${await weir.api.port('w')}/path?secret=1`)).text()

  const count = 200
  await Promise.all(Array.from({ length: count }, async (_, i) => await serverOf(port, `client-${i}-${'x'.repeat(i)}`)))
  await until(() => linesOf(file).length === count + 1, 'a line each')
  const records = recordsOf(file)
  const ended = records.filter(({ kind }) => kind === 'connection')
  expect(new Set(ended.map(({ session }) => session)).size).toBe(count)
  expect(new Set(ended.map(({ worker }) => worker)).size).toBe(2)
  expect(ended[0]).toMatchObject({
    userVserver: 'v',
    lbVserver: 'lb',
    reason: expect.any(String) as unknown,
    bytesIn: expect.any(Number) as unknown,
    durationMs: expect.any(Number) as unknown
  })
  expect(records.filter(({ kind }) => kind === 'request')).toEqual([
    expect.objectContaining({ userVserver: 'w', service: 'web', method: 'GET', path: '/path', status: 200 })
  ])
  expect(readFileSync(file, 'utf8')).not.toContain('secret')
  expect(statSync(file).mode & 0o007).toBe(0)
  expect((await weir.api.call('getStats')).body.accessLog).toEqual({ dropped: 0 })
})

test('a format of one\'s own; refused clients are lines too; SIGHUP and SIGUSR1 open a renamed file again', async () => {
  const { weir, file, port } = await serve(
    '--access-log-format',
    '{kind} {service} "{session}" {reason} {detail}',
    '--log-level',
    'warn'
  )
  await serverOf(port, 'one')
  await until(() => linesOf(file).length === 1, 'a line')
  expect(linesOf(file)[0]).toMatch(/^connection (red|blue) "one" client-(closed|reset) -$/)
  for (const [rotation, signal] of (['SIGHUP', 'SIGUSR1'] as const).entries()) {
    renameSync(file, `${file}.${rotation}`)
    process.kill(weir.pid, signal)
    // The lines of clients that come before the workers have heard of it may be in the old file.
    await until(async () => {
      await serverOf(port, 'more')
      return linesOf(file).length > 0
    }, 'the new file')
  }
  // Node's debugger listens on SIGUSR1 if nobody else does.
  expect(weir.log.filter(({ msg }) => msg?.includes('Debugger') === true)).toEqual([])
  await weir.api.call('patchUserVserver', { path: { name: 'v' }, body: { allowFrom: ['192.0.2.1'] } })
  await Client.connect(port, 'refused').catch(() => {})
  await until(() => linesOf(file).includes('refused - "-" not-allowed 127.0.0.1 is not in allowFrom'), 'the refusal')
})

describeWithLogrotate('with logrotate', logrotate => {
  test('no line is lost over a rotation, with a signal or without', async () => {
    const { weir, file, port } = await serve('--access-log-format', '{session}')
    const config = join(folder, 'logrotate.conf')
    const rotate = (...script: string[]): void => {
      writeFileSync(config, `${file} {\n  rotate 9\n  create 0640\n  su root root\n  ${script.join('\n  ')}\n}\n`, {
        mode: 0o644
      })
      execFileSync(logrotate, ['--force', '--state', `${config}.state`, config], { stdio: 'pipe' })
    }
    let clients = 0
    const some = async (): Promise<void> => {
      for (const end = clients + 10; clients < end; clients++) await serverOf(port, `client-${clients}`)
    }
    await some()
    rotate('postrotate', `kill -USR1 ${weir.pid}`, 'endscript')
    await some()
    rotate()
    // Found out by itself, at most a second later.
    await until(async () => {
      await some()
      return linesOf(file).length > 0
    }, 'the new file')
    const all = (): string[] =>
      readdirSync(folder).filter(name => name.startsWith(file.split('/').at(-1)!)).flatMap(name =>
        linesOf(join(folder, name))
      )
    await until(() => all().length >= clients, 'every line')
    expect(new Set(all()).size).toBe(clients)
    expect(all()).toHaveLength(clients)
  })
})

test('on standard output, behind the line that says that it serves', async () => {
  const config = join(folder, 'weir.json')
  writeFileSync(config, JSON.stringify(farm.config()))
  const child = spawn(process.execPath, [weirBin, 'serve', '--admin', '127.0.0.1:0', '--workers', '1', '--config', config, '--access-log', '-', '--access-log-format', 'end of {session}', '--log-level', 'silent'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: string[] = []
  createInterface(child.stdout).on('line', line => { lines.push(line) })
  await until(() => lines.length > 0, 'the ready line')
  const { admin } = JSON.parse(lines[0]!) as { admin: string }
  await serverOf(await new Api(admin).port('v'), 'somebody')
  const ended = once(child, 'close')
  child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
  expect(lines.slice(1)).toEqual(['end of somebody'])
})

test.each([
  ['a folder', tmpdir(), 'EISDIR'],
  ['a place that is not there', '/nonexistent/access.log', 'ENOENT'],
  ['a device', '/dev/null', 'is no regular file']
])('%s is refused at the start', async (_, file, why) => {
  const child = spawn(process.execPath, [weirBin, 'serve', '--admin', '127.0.0.1:0', '--workers', '1', '--access-log', file], { stdio: ['ignore', 'ignore', 'pipe'] })
  const errors: string[] = []
  createInterface(child.stderr).on('line', line => { errors.push(line) })
  expect(await once(child, 'close')).toEqual([1, null])
  expect(errors.find(line => line.startsWith('weir: '))).toMatch(
    /^weir: accessLog\.file: .*expected a file, or - for standard output \[config-invalid\]$/
  )
  expect(errors.join('\n')).toContain(why)
})
