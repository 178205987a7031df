// A log that nobody reads: standard error is a pipe whose reader stalls, goes on, or goes away.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { until } from '@weirlb/testing'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Health } from 'weirlb'
import { Api } from '../support/api.ts'
import { weirBin } from '../support/bundled.ts'
import { Farm, serverOf } from './farm.ts'


/** Each client writes some 120 KB into the log, in lines that a pipe takes whole. */
const wordy = `
import { defineProtocol, forward, frame } from '@weirlb/sdk'

export default defineProtocol({
  name: 'wordy',
  api: 1,
  balance: 'per-connection',
  client: {
    framing: frame.lines({ max: 1024 }),
    onMessage (line, ctx) {
      for (let i = 0; i < 40; i++) ctx.log('info', 'word '.repeat(600))
      return forward({ token: line.text(), session: line.text(), then: 'tunnel' })
    }
  },
  server: { framing: frame.lines({ max: 65536 }) }
})
`

let farm: Farm
let directory: string
let config: string
beforeAll(async () => {
  farm = await Farm.start('red', 'blue')
  directory = mkdtempSync(join(tmpdir(), 'weir-unread-'))
  config = join(directory, 'weir.json')
  writeFileSync(config, JSON.stringify({ ...farm.config(), extensions: [{ name: 'hello', source: wordy }] }))
})
afterAll(() => {
  farm.close()
  rmSync(directory, { recursive: true })
})

const children: ChildProcess[] = []
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
})

interface Line {
  readonly msg: string
  readonly dropped?: number
  readonly pid: number
  readonly text?: string
  readonly session?: string
  readonly level: number
}

/** Both ends of a pipe. */
const makePipe = (): { reader: number, writer: number } => {
  const path = join(directory, 'pipe')
  execFileSync('mkfifo', [path])
  // Not to block here: the ends of a fifo are opened one after the other.
  const ends = {
    reader: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK),
    writer: openSync(path, constants.O_WRONLY)
  }
  rmSync(path)
  return ends
}

type StandardError = 'a pipe' | 'a socket' | '/dev/full'

interface Serving {
  readonly child: ChildProcess
  readonly api: Api
  /** The other end of its standard error, which nobody reads yet. */
  readonly reader: Readable
}

/** `weir serve` as a shell starts it, with a pipe; as a program of Node does, with a socket; on a disk that is full. */
const serve = async (kind: StandardError, workers: number): Promise<Serving> => {
  const pipe = kind === 'a pipe' ? makePipe() : undefined
  const full = kind === '/dev/full' ? openSync(kind, 'w') : undefined
  const args = ['serve', '--admin', '127.0.0.1:0', '--workers', String(workers), '--grace', '1', '--config', config]
  const child = spawn(process.execPath, [weirBin, ...args], {
    stdio: ['ignore', 'pipe', pipe?.writer ?? full ?? 'pipe']
  })
  for (const ours of [pipe?.writer, full]) if (ours !== undefined) closeSync(ours)
  children.push(child)
  const [ready] = await once(createInterface(child.stdout!), 'line') as [string]
  const reader = pipe !== undefined ? new Socket({ fd: pipe.reader }) : child.stderr ?? Readable.from([])
  return { child, api: new Api((JSON.parse(ready) as { admin: string }).admin), reader }
}

/** Read on, from here to the end. */
const readOn = (reader: Readable): Line[] => {
  const lines: Line[] = []
  createInterface(reader).on('line', line => { lines.push(JSON.parse(line) as Line) })
  return lines
}

const workersOf = async (api: Api): Promise<Health['workers']> => (await api.call('getHealth')).body.workers

/** Clients, one after the other, until so many lines were dropped. */
const floodUntilDropped = async (api: Api, port: number): Promise<number> => {
  let clients = 0
  await until(async () => {
    for (const end = clients + 20; clients < end; clients++) await serverOf(port, `client-${clients}`)
    return (await api.call('getStats')).body.log.dropped > 0
  }, 'a line to be dropped')
  return clients
}

test.each(['a pipe', 'a socket'] as const)(
  'with %s, Weir goes on, counts the lines that it drops, and says so when the reader reads on',
  async kind => {
    const { child, api, reader } = await serve(kind, 1)
    const port = await api.port('v')
    const before = await workersOf(api)

  const clients = await floodUntilDropped(api, port)
  // The control process writes a line for each of these.
  for (let i = 0; i < 300; i++) await api.call('setLog', { body: { level: 'info' } })
  expect(await serverOf(port, 'late')).toBe(await serverOf(port, 'late'))
  expect(await workersOf(api)).toEqual(before)

    const lines = readOn(reader)
    await until(() => lines.some(line => line.dropped !== undefined), 'the count')
    await serverOf(port, 'reader-is-back')
    const { dropped } = (await api.call('getStats')).body.log
    await until(() => lines.some(line => line.session?.includes('reader-is-back')), 'what is said now')
    const told = lines.filter(line => line.dropped !== undefined)
    expect(told.reduce((sum, line) => sum + line.dropped!, 0)).toBe(dropped)
    for (const line of told) expect(line).toMatchObject({
        level: 40,
        msg: 'lines of the log were dropped: nobody read them in time'
      })
    // Nothing else is missing.
    expect(lines.filter(line => line.text !== undefined).length + dropped).toBeGreaterThanOrEqual(clients * 40)
    expect(await workersOf(api)).toEqual(before)

  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
  await until(() => lines.some(line => line.msg === 'stopped'), 'its last line')
})

test('Weir goes on when the reader goes away, stalled or not', async () => {
  const { child, api, reader } = await serve('a pipe', 2)
  const port = await api.port('v')
  const before = await workersOf(api)
  for (let i = 0; i < 20; i++) await serverOf(port, `client-${i}`)
  reader.destroy()
  for (let i = 0; i < 20; i++) await serverOf(port, `client-${i}`)
  await floodUntilDropped(api, port)
  expect(await workersOf(api)).toEqual(before)
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
})

test.skipIf(!existsSync('/dev/full'))('Weir goes on when the disk of its log is full', async () => {
  const { api } = await serve('/dev/full', 1)
  const port = await api.port('v')
  const before = await workersOf(api)
  await floodUntilDropped(api, port)
  expect(await workersOf(api)).toEqual(before)
})
