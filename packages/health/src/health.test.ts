import { afterEach, expect, test } from 'vitest'
import { service as serviceSchema } from '@weirlb/model'
import type { Monitor as MonitorConfig, Service } from '@weirlb/model'
import type { Probes } from '@weirlb/engine'
import { createNodeTransport, wheel } from '@weirlb/link'
import { listening, until, type RecordingListener } from '@weirlb/link/testing'
import { HealthBoard } from './health-board.ts'
import { createMonitor } from './monitors.ts'

const transport = createNodeTransport()
const FAST = { type: 'tcp', intervalSeconds: 0.05, timeoutSeconds: 1, downAfter: 2, upAfter: 2 } as const
const NEVER_AGAIN = { ...FAST, intervalSeconds: 3600 } as const

const noProbes: Probes = { probeQuestion: async () => await Promise.reject(new Error('not asked')), probeVerdict: async () => await Promise.reject(new Error('not asked')) }

const stops: (() => void)[] = []
afterEach(() => { for (const stop of stops.splice(0)) stop() })

const server = async (port = 0): Promise<RecordingListener> => {
  const recording = await listening(transport, { port })
  stops.push(() => { recording.listener.close() })
  return recording
}

const watch = (config: MonitorConfig, port: number) => {
  const transitions: [boolean, string][] = []
  const monitor = createMonitor(config, { address: '127.0.0.1', port, tls: undefined }, { transport, probes: noProbes }, { onTransition: (up, reason) => transitions.push([up, reason]) })
  stops.push(() => { monitor.stop() })
  return { monitor, transitions }
}

const boardOf = () => {
  const changes: [string, boolean, string][] = []
  const board = new HealthBoard({ transport, probes: noProbes, onChange: (service, up, reason) => changes.push([service, up, reason]) })
  stops.push(() => { board.stop() })
  return { board, changes }
}
const serviceOf = (name: string, port: number, monitors: readonly MonitorConfig[]): Service => serviceSchema.parse({ name, address: '127.0.0.1', port, monitors })

test('a server goes down with its listener and comes back with it', async () => {
  const first = await server()
  const { port } = first.listener
  const { monitor, transitions } = watch(FAST, port)
  expect(monitor.up).toBe(true)
  await until(() => first.links.length >= 2)
  expect(transitions).toEqual([])
  first.listener.close()
  await until(() => transitions.length === 1)
  expect(transitions[0]).toEqual([false, expect.stringContaining('ECONNREFUSED')])
  expect([monitor.up, monitor.reason]).toEqual([false, expect.stringContaining('ECONNREFUSED')])
  const second = await server(port)
  await until(() => transitions.length === 2)
  expect(transitions[1]![0]).toBe(true)
  expect([monitor.up, monitor.reason]).toEqual([true, undefined])
  expect(second.links.length).toBeGreaterThanOrEqual(FAST.upAfter)
})

test('a probe that cannot be begun has failed, and the next one is begun', async () => {
  let begun = 0
  const broken: typeof transport = { ...transport, dial: () => { begun++; throw new Error('no socket is left') } }
  const transitions: [boolean, string][] = []
  const monitor = createMonitor({ ...FAST, downAfter: 3 }, { address: '127.0.0.1', port: 1, tls: undefined }, { transport: broken, probes: noProbes }, { onTransition: (up, reason) => transitions.push([up, reason]) })
  stops.push(() => { monitor.stop() })
  await until(() => begun > 3)
  expect(transitions).toEqual([[false, 'no socket is left']])
  expect(monitor.reason).toBe('no socket is left')
})

test('probes are closed in order', async () => {
  const { listener, links } = await server()
  watch(FAST, listener.port)
  await until(() => links.length > 0 && links[0]!.ends === 1)
  links[0]!.link.close()
  await until(() => links[0]!.closes === 1)
  expect(links[0]!.error).toBeUndefined()
})

test('probeNow looks at once, once at a time, and counts', async () => {
  const { listener, links } = await server()
  const { monitor, transitions } = watch(NEVER_AGAIN, listener.port)
  monitor.probeNow()
  monitor.probeNow()
  await until(() => links.length === 1)
  listener.close()
  await until(() => {
    monitor.probeNow()
    return transitions.length === 1
  })
  expect(transitions[0]![0]).toBe(false)
  expect(links).toHaveLength(1)
})

test('a stopped monitor tells nothing and leaves no timer', async () => {
  const { listener } = await server()
  listener.close()
  const armed = wheel.armed
  const { monitor, transitions } = watch({ ...FAST, downAfter: 1 }, listener.port)
  monitor.probeNow()
  monitor.stop()
  monitor.probeNow()
  const other = watch({ ...FAST, downAfter: 1 }, listener.port)
  await until(() => other.transitions.length === 1)
  other.monitor.stop()
  expect(transitions).toEqual([])
  // Links of tests before may still have lingered when this one began.
  await until(() => wheel.armed <= armed)
})

test('the board tells which service changed, and why', async () => {
  const [good, bad] = [await server(), await server()]
  const { board, changes } = boardOf()
  board.apply([serviceOf('good', good.listener.port, [FAST]), serviceOf('bad', bad.listener.port, [FAST]), serviceOf('unwatched', bad.listener.port, [])], [])
  bad.listener.close()
  await until(() => changes.length === 1)
  expect(changes).toEqual([['bad', false, expect.stringContaining(`127.0.0.1:${bad.listener.port}`)]])
  expect(board.status('bad')).toEqual({ up: false, reason: expect.stringContaining('ECONNREFUSED') })
  expect([board.status('good').up, board.status('unwatched').up, board.status('unknown').up]).toEqual([true, true, true])
  await server(bad.listener.port)
  await until(() => changes.length === 2)
  expect(changes[1]!.slice(0, 2)).toEqual(['bad', true])
})

test('all monitors of a service must be up', async () => {
  const { listener } = await server()
  const { board, changes } = boardOf()
  const slow = { ...FAST, downAfter: 100 }
  board.apply([serviceOf('s', listener.port, [slow, FAST])], [])
  listener.close()
  await until(() => changes.length === 1)
  expect(changes[0]!.slice(0, 2)).toEqual(['s', false])
})

test('a change keeps the monitors that did not change, with what they know', async () => {
  const { listener } = await server()
  listener.close()
  const { board, changes } = boardOf()
  const down = { ...FAST, downAfter: 1 }
  board.apply([serviceOf('s', listener.port, [down])], [])
  await until(() => changes.length === 1)
  board.apply([{ ...serviceOf('s', listener.port, [down, NEVER_AGAIN]), comment: 'changed' }], [])
  expect([board.status('s').up, changes.length]).toEqual([false, 1])
  // The monitor that was down goes: nothing says any more that the service is down.
  board.apply([serviceOf('s', listener.port, [NEVER_AGAIN])], [])
  expect(changes[1]!.slice(0, 2)).toEqual(['s', true])
  board.apply([serviceOf('s', listener.port, [down])], [])
  await until(() => changes.length === 3)
  board.apply([], [])
  expect(board.status('s').up).toBe(true)
  expect(changes).toHaveLength(3)
})
