import { afterEach, expect, test } from 'vitest'
import { parseConfig, tcpMonitor } from '@weirlb/model'
import type { Config, Monitor as MonitorConfig, ProbingMonitor, Service, ServiceHealth } from '@weirlb/model'
import type { Probes } from '@weirlb/engine'
import { createNodeTransport, wheel } from '@weirlb/link'
import { listening, until, type RecordingListener } from '@weirlb/link/testing'
import { HealthBoard } from './health-board.ts'
import { Latency } from './latency.ts'
import { createMonitor } from './monitors.ts'
import { ProbeQueue } from './probe-queue.ts'

const transport = createNodeTransport()
const FAST = {
  ...tcpMonitor.parse({ type: 'tcp' }),
  intervalSeconds: 0.05,
  timeoutSeconds: 1,
  downAfter: 2,
  upAfter: 2
} as const
const NEVER_AGAIN = { ...FAST, intervalSeconds: 3600 } as const

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

const watch = (config: ProbingMonitor, port: number) => {
  const transitions: [ServiceHealth, string][] = []
  const monitor = createMonitor(
    config,
    { address: '127.0.0.1', port, timeoutMs: config.timeoutSeconds * 1000, layers: [] },
    { transport, probes: noProbes, queue: new ProbeQueue() },
    {
      onTransition: (health, reason) => {
        transitions.push([health, reason])
      }
    }
  )
  stops.push(() => {
    monitor.stop()
  })
  return { monitor, transitions }
}

const boardOf = () => {
  const changes: [string, boolean, string][] = []
  const known: [string, ServiceHealth][] = []
  const board = new HealthBoard({
    transport, probes: noProbes,
    onHealth: (service, health) => { known.push([service, health]) },
    onChange: (service, up, reason) => { changes.push([service, up, reason]) }
  })
  stops.push(() => { board.stop() })
  return { board, changes, known }
}
const serviceOf = (name: string, port: number, monitors: readonly MonitorConfig[]): Service =>
  parseConfig({ services: [{ name, address: '127.0.0.1', port, monitors }] }).services[0]!
const configOf = (...services: Service[]): Config => ({ ...parseConfig({}), services })

test('the average time of probes is reported once three have passed, and when it has changed by a tenth', () => {
  const latency = new Latency()
  expect([10, 10, 10, 10, 14].map(ms => latency.add(ms))).toEqual([undefined, undefined, 10, undefined, undefined])
  expect(latency.add(20)).toBeCloseTo(12.64)
  expect(latency.add(12.64)).toBeUndefined()
})

test('the time of probes is that of the service, and another server begins anew', async () => {
  const [first, second] = [await server(), await server()]
  const known: [string, number][] = []
  const board = new HealthBoard({
    transport,
    probes: noProbes,
    onHealth: () => {},
    onChange: () => {},
    onLatency: (service, ms) => {
      known.push([service, ms])
    }
  })
  stops.push(() => {
    board.stop()
  })
  board.apply(configOf(serviceOf('a', first.listener.port, [FAST])), [])
  await until(() => known.length > 0)
  expect(known[0]).toEqual(['a', expect.any(Number)])
  expect(known[0]![1]).toBeGreaterThan(0)
  board.apply(configOf(serviceOf('a', second.listener.port, [FAST])), [])
  const before = known.length
  await until(() => known.length > before)
  expect(second.links.length).toBeGreaterThanOrEqual(3)
})

test('a server goes down with its listener and comes back with it', async () => {
  const first = await server()
  const { port } = first.listener
  const { monitor, transitions } = watch(FAST, port)
  expect(monitor.health).toBe('unknown')
  await until(() => first.links.length >= 2)
  expect(transitions).toEqual([['up', 'the TCP probe connected']])
  first.listener.close()
  await until(() => transitions.length === 2)
  expect(transitions[1]).toEqual(['down', expect.stringContaining('ECONNREFUSED')])
  expect([monitor.health, monitor.reason]).toEqual(['down', expect.stringContaining('ECONNREFUSED')])
  const second = await server(port)
  await until(() => transitions.length === 3)
  expect(transitions[2]![0]).toBe('up')
  expect([monitor.health, monitor.reason]).toEqual(['up', undefined])
  expect(second.links.length).toBeGreaterThanOrEqual(FAST.upAfter)
})

test('a probe that cannot be begun has failed, and the next one is begun', async () => {
  let begun = 0
  const broken: typeof transport = { ...transport, dial: () => { begun++; throw new Error('no socket is left') } }
  const transitions: [ServiceHealth, string][] = []
  const monitor = createMonitor(
    { ...FAST, downAfter: 3 },
    { address: '127.0.0.1', port: 1, timeoutMs: 1000, layers: [] },
    { transport: broken, probes: noProbes, queue: new ProbeQueue() },
    {
      onTransition: (health, reason) => {
        transitions.push([health, reason])
      }
    }
  )
  stops.push(() => {
    monitor.stop()
  })
  await until(() => begun > 3)
  expect(transitions).toEqual([['failing', 'no socket is left'], ['down', 'no socket is left']])
  expect(monitor.reason).toBe('no socket is left')
})

test.each<[string, MonitorConfig]>([
  ['of TCP', FAST],
  ['of HTTP, at its time-out', { type: 'http', path: '/', intervalSeconds: 0.1, timeoutSeconds: 0.1 } as MonitorConfig],
  [
    'that sends bytes, at its time-out',
    { type: 'send-expect', send: 'x', expect: 'y', intervalSeconds: 0.1, timeoutSeconds: 0.1 } as MonitorConfig
  ]
])('what throws at the news of a probe %s stops neither it nor others', async (_what, monitor) => {
  const { listener, links } = await server()
  const faults: unknown[] = []
  const board = new HealthBoard({
    transport,
    probes: noProbes,
    onHealth: () => {
      throw new Error('told to break')
    },
    onChange: () => {},
    onFault: error => {
      faults.push(error)
    }
  })
  stops.push(() => {
    board.stop()
  })
  board.apply(configOf(serviceOf('a', listener.port, [monitor])), [])
  await until(() => faults.length > 0)
  const before = links.length
  await until(() => links.length > before + 1)
  expect(faults[0]).toMatchObject({ message: 'told to break' })
})

test('a fault in a probe is no verdict about its server', async () => {
  const { listener, links } = await server()
  const faults: unknown[] = []
  const config = parseConfig({
    services: [{
      name: 'a',
      address: '127.0.0.1',
      port: 1,
      monitors: [{ type: 'send-expect', send: 'x', expect: 'y', intervalSeconds: 0.1, timeoutSeconds: 10 }]
    }]
  }).services[0]!.monitors[0]! as ProbingMonitor
  const transitions: ServiceHealth[] = []
  const dials: typeof transport = { ...transport, dial: (options, sink) => transport.dial(options, { onFailed: error => { sink.onFailed(error) }, onConnected: link => { sink.onConnected(link); link.sink.onFault(new Error('told to break')) } }) }
  const monitor = createMonitor(config, { address: '127.0.0.1', port: listener.port, timeoutMs: 10_000, layers: [] }, { transport: dials, probes: noProbes, queue: new ProbeQueue(), onFault: error => { faults.push(error) } }, { onTransition: health => { transitions.push(health) } })
  stops.push(() => { monitor.stop() })
  await until(() => links.length > 2)
  expect([monitor.health, transitions]).toEqual(['unknown', []])
  expect(faults.length).toBeGreaterThan(1)
})

test('probes are closed in order', async () => {
  const { listener, links } = await server()
  watch(FAST, listener.port)
  await until(() => links.length > 0 && links[0]!.ends === 1)
  links[0]!.link.close()
  await until(() => links[0]!.closes === 1)
  expect(links[0]!.error).toBeUndefined()
})

test('a failed dial looks at once, once at a time, and counts', async () => {
  const { listener, links } = await server()
  const { monitor, transitions } = watch(NEVER_AGAIN, listener.port)
  monitor.onServiceFailed('dial-failed', 'refused')
  monitor.onServiceFailed('dial-failed', 'refused')
  await until(() => links.length === 1)
  listener.close()
  await until(() => {
    monitor.onServiceFailed('dial-failed', 'refused')
    return transitions.length === 2
  })
  expect(transitions.map(([health]) => health)).toEqual(['up', 'down'])
  expect(links).toHaveLength(1)
})

test('a stopped monitor tells nothing and leaves no timer', async () => {
  const { listener } = await server()
  listener.close()
  const armed = wheel.armed
  const { monitor, transitions } = watch({ ...FAST, downAfter: 1 }, listener.port)
  monitor.onServiceFailed('dial-failed', 'refused')
  monitor.stop()
  monitor.onServiceFailed('dial-failed', 'refused')
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
  board.apply(
    configOf(
      serviceOf('good', good.listener.port, [FAST]),
      serviceOf('bad', bad.listener.port, [FAST]),
      serviceOf('unwatched', bad.listener.port, [])
    ),
    []
  )
  bad.listener.close()
  await until(() => changes.length === 1)
  expect(changes).toEqual([['bad', false, expect.stringContaining(`127.0.0.1:${bad.listener.port}`)]])
  expect(board.status('bad')).toEqual({ health: 'down', reason: expect.stringContaining('ECONNREFUSED') })
  await until(() => board.status('good').health === 'up')
  expect([board.status('unwatched').health, board.status('nobody').health]).toEqual(['up', 'unknown'])
  await server(bad.listener.port)
  await until(() => changes.length === 2)
  expect(changes[1]!.slice(0, 2)).toEqual(['bad', true])
})

test('all monitors of a service must be up', async () => {
  const { listener } = await server()
  const { board, changes } = boardOf()
  const slow = { ...FAST, downAfter: 100 }
  board.apply(configOf(serviceOf('s', listener.port, [slow, FAST])), [])
  listener.close()
  await until(() => changes.length === 1)
  expect(changes[0]!.slice(0, 2)).toEqual(['s', false])
})

test('a change keeps the monitors that did not change, with what they know', async () => {
  const { listener } = await server()
  listener.close()
  const { board, changes } = boardOf()
  const down = { ...FAST, downAfter: 1 }
  board.apply(configOf(serviceOf('s', listener.port, [down])), [])
  await until(() => changes.length === 1)
  board.apply(configOf({ ...serviceOf('s', listener.port, [down, NEVER_AGAIN]), comment: 'changed' }), [])
  expect([board.status('s').health, changes.length]).toEqual(['down', 1])
  // The monitor that was down goes: nothing says any more that the service is down.
  board.apply(configOf(serviceOf('s', listener.port, [NEVER_AGAIN])), [])
  expect([board.status('s').health, changes.length]).toEqual(['unknown', 1])
  board.apply(configOf(serviceOf('s', listener.port, [])), [])
  expect(changes[1]!.slice(0, 2)).toEqual(['s', true])
  board.apply(configOf(serviceOf('s', listener.port, [down])), [])
  await until(() => changes.length === 3)
  board.apply(configOf(), [])
  expect(board.status('s').health).toBe('unknown')
  expect(changes).toHaveLength(3)
})

test('a service is unknown until its first verdict: one success, or as many failures as take it down', async () => {
  const { listener } = await server()
  const gone = await server()
  gone.listener.close()
  const { board, changes, known } = boardOf()
  board.apply(configOf(serviceOf('good', listener.port, [{ ...FAST, upAfter: 100 }]), serviceOf('bad', gone.listener.port, [{ ...FAST, downAfter: 3 }])), [])
  expect([board.status('good'), board.status('bad')]).toEqual([{ health: 'unknown', reason: undefined }, { health: 'unknown', reason: undefined }])
  await until(() => changes.length === 1 && board.status('good').health === 'up')
  expect(known.filter(([name]) => name === 'good')).toEqual([['good', 'up']])
  expect(known.filter(([name]) => name === 'bad')).toEqual([['bad', 'failing'], ['bad', 'down']])
  expect(changes).toEqual([['bad', false, expect.stringContaining('ECONNREFUSED')]])
})

test('of a server at another address nothing is known; a monitor more takes nothing away', async () => {
  const [here, there] = [await server(), await server()]
  const { board, changes, known } = boardOf()
  board.apply(configOf(serviceOf('s', here.listener.port, [NEVER_AGAIN])), [])
  board.onServiceFailed('s', 'dial-failed', 'refused')
  await until(() => board.status('s').health === 'up')
  board.apply(configOf(serviceOf('s', here.listener.port, [NEVER_AGAIN, { ...NEVER_AGAIN, timeoutSeconds: 2 }])), [])
  expect(board.status('s').health).toBe('up')
  board.apply(configOf(serviceOf('s', there.listener.port, [NEVER_AGAIN])), [])
  expect(board.status('s').health).toBe('unknown')
  board.onServiceFailed('s', 'dial-failed', 'refused')
  await until(() => board.status('s').health === 'up')
  expect(known).toEqual([['s', 'up'], ['s', 'unknown'], ['s', 'up']])
  expect(changes).toEqual([])
})
