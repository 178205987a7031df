import { afterEach, expect, test } from 'vitest'
import { parseConfig, tcpMonitor } from '@weirlb/model'
import type { Config, Monitor as MonitorConfig, ServiceHealth } from '@weirlb/model'
import type { Probes } from '@weirlb/engine'
import { createNodeTransport } from '@weirlb/link'
import { listening, until, type RecordingListener } from '@weirlb/link/testing'
import { HealthBoard } from './health-board.ts'
import type { Verdict } from './monitor.ts'

const transport = createNodeTransport()
const FAST = {
  ...tcpMonitor.parse({ type: 'tcp' }),
  intervalSeconds: 0.05,
  timeoutSeconds: 1,
  downAfter: 2,
  upAfter: 2
} as const
const noProbes: Probes = {
  probeQuestion: async () => await Promise.reject(new Error('not asked')),
  probeVerdict: async () => await Promise.reject(new Error('not asked'))
}

const stops: (() => void)[] = []
afterEach(() => { for (const stop of stops.splice(0)) stop() })

const server = async (port = 0): Promise<RecordingListener> => {
  const recording = await listening(transport, { port })
  stops.push(() => { recording.listener.close() })
  return recording
}

/** The health of one service on one node. */
const boardOf = (port: number, monitors: readonly MonitorConfig[] = [FAST]) => {
  const known: ServiceHealth[] = []
  const config: Config = {
    ...parseConfig({}),
    services: [parseConfig({ services: [{ name: 's', address: '127.0.0.1', port, monitors }] }).services[0]!]
  }
  const board = new HealthBoard({
    transport,
    probes: noProbes,
    onHealth: (_, health) => {
      known.push(health)
    },
    onChange () {}
  })
  stops.push(() => {
    board.stop()
  })
  board.apply(config, [])
  return { board, known, health: () => board.status('s').health, by: () => board.detail('s')!.monitors[0]!.by }
}

/** What another node's probes of the same service have found. */
const verdictsOf = async (port: number): Promise<(health: 'up' | 'down') => ReadonlyMap<string, Verdict>> => {
  const { board } = boardOf(port)
  await until(() => board.findings('s').length === 1)
  const { id } = board.findings('s')[0]!
  board.stop()
  return health =>
    new Map([[id, { health, reason: health === 'up' ? undefined : 'refused', last: { time: 1, ms: 2 }, by: 'a' }]])
}

test('a node takes what another has found, and probes again when that one says no more', async () => {
  const { listener, links } = await server()
  const verdicts = await verdictsOf(listener.port)
  const { board, known, health, by } = boardOf(listener.port, [{ ...FAST, intervalSeconds: 3600 }])
  expect(board.findings('s')).toEqual([])
  const other = boardOf(listener.port)
  other.board.follow('s', verdicts('up'))
  expect([other.health(), other.by(), other.board.detail('s')!.monitors[0]!.last]).toEqual(['up', 'a', {
    time: 1,
    ms: 2
  }])
  expect(other.board.findings('s')).toEqual([])
  // Another monitor than that of the verdict probes by itself.
  board.follow('s', verdicts('up'))
  expect([health(), by(), known]).toEqual(['unknown', undefined, []])
  const before = links.length
  other.board.follow('s', undefined)
  await until(() => links.length > before && other.board.findings('s').length === 1)
  expect([other.health(), other.by()]).toEqual(['up', undefined])
})

test('bad news are checked: a node that reaches the service keeps it up, until it does not', async () => {
  const { listener, links } = await server()
  const verdicts = await verdictsOf(listener.port)
  const { board, known, health, by } = boardOf(listener.port)
  board.follow('s', verdicts('up'))
  let before = links.length
  board.follow('s', verdicts('down'))
  // It goes by its own probes now.
  await until(() => links.length > before + 3)
  expect([health(), by(), known]).toEqual(['up', undefined, ['up']])
  listener.close()
  await until(() => health() === 'down')
  // One probe that agrees is enough.
  expect([by(), known]).toEqual(['a', ['up', 'down']])
  before = links.length
  const again = await server(listener.port)
  board.follow('s', verdicts('up'))
  await until(() => health() === 'up')
  expect(again.links.length).toBeGreaterThan(0)
  expect([by(), known]).toEqual(['a', ['up', 'down', 'up']])
})

test('a node whose clients fail looks by itself, and goes by what it finds', async () => {
  const { listener } = await server()
  const verdicts = await verdictsOf(listener.port)
  const { board, health, by } = boardOf(listener.port)
  board.follow('s', verdicts('up'))
  listener.close()
  board.onServiceFailed('s', 'dial-failed', 'refused')
  await until(() => health() === 'down')
  expect(by()).toBeUndefined()
  // The other node's word again does not change that.
  board.follow('s', verdicts('up'))
  const again = await server(listener.port)
  await until(() => health() === 'up')
  expect(by()).toBe('a')
  expect(again.links.length).toBeGreaterThan(0)
})

test('passive health stays a node\'s own', async () => {
  const { listener } = await server()
  const verdicts = await verdictsOf(listener.port)
  const passive = parseConfig({
    services: [{
      name: 's',
      address: '127.0.0.1',
      port: 1,
      monitors: [{ type: 'passive', failures: 1, downSeconds: 3600 }]
    }]
  }).services[0]!.monitors[0] as MonitorConfig
  const { board, health } = boardOf(listener.port, [FAST, passive])
  board.follow('s', verdicts('up'))
  expect(health()).toBe('up')
  board.onServiceFailed('s', 'dial-failed', 'refused')
  expect(health()).toBe('down')
  board.follow('s', verdicts('up'))
  expect(health()).toBe('down')
})
