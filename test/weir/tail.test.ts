// `weir tail`, and the stream of connections that it reads, with a real server that is restarted.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { until } from '@weirlb/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { atEnd } from '../support/at-end.ts'
import { describeWithScript } from '../support/describe-with.ts'
import { EventReader } from '../support/event-reader.ts'
import { freePort } from '../support/free-port.ts'
import { weirBin } from '../support/bundled.ts'
import { weirCommand } from '../support/weir-command.ts'
import { WeirProcess } from '../support/weir-process.ts'
import { Client, Farm, serverOf } from './farm.ts'

let farm: Farm
let folder: string
let admin: string
let weir: WeirProcess
const restart = async (): Promise<void> => {
  weir = await WeirProcess.start({ workers: 2, state: join(folder, 'state'), admin })
}
beforeAll(async () => {
  farm = await Farm.start('red', 'blue')
  folder = mkdtempSync(join(tmpdir(), 'weir-tail-'))
  admin = `127.0.0.1:${await freePort()}`
  await restart()
  await weir.api.call('replaceConfig', { body: farm.config(await freePort()) })
})
afterAll(async () => {
  await weir.stop()
  farm.close()
  rmSync(folder, { recursive: true })
})

interface Line {
  readonly stream: string
  readonly type: string
  readonly session?: string
  readonly connection?: string
  readonly client?: string
  readonly reason?: string
  readonly service?: string
}

/** A `weir tail` whose streams have begun. */
const tail = async (...args: string[]): Promise<{ child: ChildProcess, lines: Line[], said: () => string }> => {
  const child = spawn(process.execPath, [weirBin, 'tail', '--json', '--api', weir.api.base, ...args], {
    stdio: ['ignore', 'pipe', 'pipe']
  })
  atEnd(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'close')
    child.kill('SIGINT')
    await ended
  })
  const lines: Line[] = []
  let said = ''
  createInterface(child.stdout).on('line', line => { lines.push(JSON.parse(line) as Line) })
  child.stderr.on('data', (chunk: Buffer) => { said += chunk.toString() })
  const port = await weir.api.port('v')
  const wanted = args.includes('--session') ? args[args.indexOf('--session') + 1]! : 'first'
  await until(async () => {
    await serverOf(port, wanted)
    return lines.some(({ stream }) => stream === 'connections')
  }, 'the first line')
  return { child, lines, said: () => said }
}

test('shows connections of every worker as they begin and end, and goes on after a restart', async () => {
  const { lines, said } = await tail()
  const port = await weir.api.port('v')
  const client = await Client.connect(port, 'ann')
  await until(() => lines.filter(({ type }) => type === 'begin').length > 1, 'the begin')
  expect(lines.some(({ type, session }) => type === 'end' && session === 'ann')).toBe(false)
  client.close()
  await until(() => lines.some(({ type, session }) => type === 'end' && session === 'ann'), 'the end')
  const end = lines.find(({ session }) => session === 'ann')!
  expect(end).toMatchObject({
    stream: 'connections',
    type: 'end',
    kind: 'connection',
    userVserver: 'v',
    service: client.server,
    reason: expect.stringMatching(/^client-(closed|reset)$/) as string,
    client: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string
  })
  expect(lines.find(({ type, connection }) => type === 'begin' && connection === end.connection)).toMatchObject({
    client: end.client
  })
  await until(async () => {
    await serverOf(port, 'many')
    return new Set(lines.map(({ connection }) => connection?.split('-')[0])).size === 2
  }, 'both workers')

  // Events come too; those that happen while it is away come when it is back.
  await weir.stop()
  await restart()
  await until(() => said().includes('is back after'), 'that it is back')
  await until(
    () => lines.some(({ stream, type }) => stream === 'events' && type === 'config-applied'),
    'the event of the start'
  )
  await until(async () => {
    await serverOf(port, 'bea')
    return lines.some(({ session }) => session === 'bea')
  }, 'connections again')
  // A worker that is replaced reports as well.
  const { workers } = (await weir.api.call('getHealth')).body
  for (const { pid } of workers) process.kill(pid, 'SIGKILL')
  await until(() => lines.some(({ type }) => type === 'worker-up'), 'the worker')
  await until(async () => {
    await serverOf(port, 'cid').catch(() => {})
    return lines.some(({ session }) => session === 'cid')
  }, 'its connections')
})

test('shows what is asked for, and the calls of an extension while it runs', async () => {
  const { child, lines } = await tail('--session', 'dan', '--trace', 'hello')
  const port = await weir.api.port('v')
  await serverOf(port, 'eve')
  await until(async () => {
    await serverOf(port, 'dan')
    return lines.some(({ stream, type }) => stream === 'trace' && type === 'record')
  }, 'a call')
  expect(new Set(lines.flatMap(({ session }) => session ?? []))).toEqual(new Set(['dan']))
  expect(lines.some(({ type }) => type === 'begin')).toBe(false)
  const ended = once(child, 'close')
  child.kill('SIGINT')
  expect(await ended).toEqual([0, null])
  expect((await weir.api.call('getTrace', { path: { name: 'hello' } })).body.level).toBe('off')
})

test('nobody who looks on costs nothing, and one who does not read is told how many were dropped', async () => {
  const reader = await EventReader.open(`${weir.api.base}/v1/connections?userVserver=w&limit=1`, {
    accept: 'text/event-stream'
  })
  await serverOf(await weir.api.port('v'), 'fay')
  reader.close()
  expect(reader.events).toEqual([])
  const refused = await fetch(`${weir.api.base}/v1/connections?reason=bored`, {
    headers: { accept: 'text/event-stream' }
  })
  expect([refused.status, (await refused.json() as { code: string }).code]).toEqual([400, 'query-invalid'])
})

test.each([
  [['--trace', 'nobody'], 1, "no extension 'nobody'"],
  [['--reason', 'bored'], 1, "reason"],
  [['--client', 'here'], 1, 'expected an IP address'],
  [['v'], 2, "weir tail takes options only, got 'v'"],
  [['--user', 'v'], 2, "unknown option '--user'; there are: --vserver, --service"]
])('refuses %j', async (args, status, message) => {
  expect(await weirCommand(['tail', '--api', weir.api.base, ...args])).toMatchObject({
    status,
    out: '',
    err: expect.stringContaining(message) as string
  })
})

test('tells where it found nobody', async () => {
  expect(await weirCommand(['tail', '--api', 'http://127.0.0.1:1'])).toMatchObject({
    status: 1,
    out: '',
    err: expect.stringContaining('no Weir answers on http://127.0.0.1:1') as string
  })
})

describeWithScript('weir tail at a terminal', script => {
  test('has lines for people, and Ctrl-C ends it', async () => {
    const child = spawn(script, ['-qfec', `exec '${process.execPath}' '${weirBin}' tail --api ${weir.api.base}`, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] })
    let seen = ''
    child.stdout.on('data', (chunk: Buffer) => { seen += chunk.toString() })
    const port = await weir.api.port('v')
    await until(async () => {
      await serverOf(port, 'gus\u001B[2J')
      return /^\d\d:\d\d:\d\d\.\d{3} end {9}v 127\.0\.0\.1:\d+ .*session=.*gus.* reason=client-/m.test(seen)
    }, 'a line')
    expect(seen).not.toContain('\u001B')
    const ended = once(child, 'close')
    child.stdin.write('\u0003')
    expect(await ended).toEqual([0, null])
  })
})
