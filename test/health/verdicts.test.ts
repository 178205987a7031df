// From probes to the health of a service: repeats, thresholds, hysteresis, history.
import { createServer, type Server } from 'node:net'
import { once } from 'node:events'
import { ProbeQueue } from '@weirlb/health'
import { parseConfig } from '@weirlb/model'
import { until } from '@weirlb/link/testing'
import { expect, test } from 'vitest'
import { atEnd } from '../support/at-end.ts'
import { boardOf, httpServer, rawServer } from './monitor-bench.ts'

const FAST = { intervalSeconds: 0.05, timeoutSeconds: 5 } as const

/** A port that accepts, or refuses, as it is told. */
class Door {
  readonly port: number
  #server: Server
  opened = 0

  private constructor (server: Server, port: number) {
    this.#server = server
    this.port = port
  }

  static async open (): Promise<Door> {
    const server = createServer()
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const door = new Door(server, (server.address() as { port: number }).port)
    door.#count()
    atEnd(() => { door.#server.close() })
    return door
  }

  #count (): void {
    this.#server.on('connection', socket => {
      this.opened++
      socket.on('error', () => {}).end()
    })
  }

  async shut (): Promise<void> { await new Promise<unknown>(resolve => { this.#server.close(resolve) }) }

  async reopen (): Promise<void> {
    this.#server = createServer()
    this.#count()
    await once(this.#server.listen(this.port, '127.0.0.1'), 'listening')
  }
}

/** A site whose next responses are these; the last one stays. */
const answering = async (...statuses: number[]): Promise<{ readonly port: number, asked: () => number }> => {
  let asked = 0
  const port = await httpServer((_request, response) => {
    response.writeHead(statuses[Math.min(asked++, statuses.length - 1)]!).end()
  })
  return { port, asked: () => asked }
}

test('a failed probe is repeated at once, and only the last result counts', async () => {
  const { port, asked } = await answering(503, 503, 200)
  const { detail } = boardOf({ monitors: [{ type: 'http', retries: 2, downAfter: 1, intervalSeconds: 3600 }] }, port)
  await until(() => detail().health !== 'unknown')
  expect([detail().health, asked()]).toEqual(['up', 3])
})

test('without enough repeats it has failed', async () => {
  const { port, asked } = await answering(503, 503, 200)
  const { detail } = boardOf({ monitors: [{ type: 'http', retries: 1, downAfter: 1, intervalSeconds: 3600 }] }, port)
  await until(() => detail().health !== 'unknown')
  expect([detail().health, asked()]).toEqual(['down', 2])
})

test('a reversed monitor is up while its probe fails', async () => {
  const { port } = await answering(503, 503, 200)
  const { detail, changes } = boardOf({ monitors: [{ type: 'http', reverse: true, downAfter: 1, ...FAST }] }, port)
  await until(() => changes.length === 1)
  expect(changes[0]).toEqual([
    false,
    expect.stringMatching(/: GET \/ got status 200, and the monitor is reversed$/),
    expect.any(Number)
  ])
  expect(detail().changes.map(({ from, to }) => `${from} → ${to}`)).toEqual(['unknown → up', 'up → down'])
})

test('while it is down it probes at an interval of its own', async () => {
  const { port, asked } = await answering(503, 503, 200)
  const { changes } = boardOf({
    monitors: [{ type: 'http', downAfter: 1, downSeconds: 0.05, intervalSeconds: 3600, jitter: 0 }]
  }, port)
  await until(() => changes.length === 2)
  expect([changes.map(([up]) => up), asked()]).toEqual([[false, true], 3])
})

test('a flapping server is one event a change, and its history has no more', async () => {
  // Two in a row take it down, three bring it up: what flaps in between changes nothing.
  const { port, asked } = await answering(
    200,
    503,
    200,
    503,
    200,
    503,
    503,
    200,
    200,
    503,
    200,
    200,
    200,
    503,
    200,
    503,
    200
  )
  const { detail, changes } = boardOf({ monitors: [{ type: 'http', downAfter: 2, upAfter: 3, ...FAST }] }, port)
  await until(() => asked() >= 17)
  expect(changes).toEqual([
    [false, `127.0.0.1:${port}: GET / got status 503; expected 2xx`, expect.any(Number)],
    [true, 'GET / got status 200', expect.any(Number)]
  ])
  const { changes: history, since } = detail()
  expect(history).toEqual([
    {
      time: expect.any(Number),
      from: 'unknown',
      to: 'up',
      lastedMs: expect.any(Number),
      reason: 'GET / got status 200'
    },
    {
      time: expect.any(Number),
      from: 'up',
      to: 'down',
      lastedMs: expect.any(Number),
      reason: `127.0.0.1:${port}: GET / got status 503; expected 2xx`
    },
    { time: expect.any(Number), from: 'down', to: 'up', lastedMs: expect.any(Number), reason: 'GET / got status 200' }
  ])
  expect(since).toBe(history[2]!.time)
  // Six probes of the first state, five of the second: each lasted at least so many intervals less their jitter.
  expect(history[1]!.lastedMs).toBeGreaterThanOrEqual(5 * 45)
  expect(changes[1]![2]).toBe(history[2]!.lastedMs)
})

test('the history has an end', async () => {
  const flips = Array.from({ length: 60 }, (_, i) => i % 2 === 0 ? 200 : 503)
  const { port, asked } = await answering(...flips)
  const { detail } = boardOf({ monitors: [{ type: 'http', downAfter: 1, upAfter: 1, jitter: 0, ...FAST }] }, port)
  await until(() => asked() >= 60)
  await until(() => detail().changes.at(-1)!.to === 'down')
  expect(detail().changes).toHaveLength(50)
})

test('as long as enough monitors are up, by their weights, the service is', async () => {
  const [first, second] = [await Door.open(), await Door.open()]
  const monitor = (port: number, weight: number) => ({ type: 'tcp', port, weight, downAfter: 1, ...FAST }) as const
  const { detail, changes, apply } = boardOf({
    monitors: [monitor(first.port, 2), monitor(second.port, 1)],
    monitorThreshold: 2
  }, 1)
  await until(() => detail().health === 'up')
  await second.shut()
  await until(() => detail().monitors[1]!.health === 'down')
  expect([detail().health, changes]).toEqual(['up', []])
  await first.shut()
  await until(() => changes.length === 1)
  expect(changes[0]![0]).toBe(false)
  await second.reopen()
  await until(() => detail().monitors[1]!.health === 'up')
  expect(detail().health).toBe('down')
  apply({ monitors: [monitor(first.port, 2), monitor(second.port, 1)], monitorThreshold: 1 })
  await until(() => changes.length === 2)
  expect([detail().health, changes[1]![0]]).toEqual(['up', true])
})

test('monitors of the list are those of the services and LB vservers that bind them', async () => {
  const [own, shared] = [await Door.open(), await Door.open()]
  const config = {
    monitors: [{ name: 'shared', type: 'tcp', port: shared.port, downAfter: 1, ...FAST, comment: 'of the pool' }],
    services: [{ name: 's', address: '127.0.0.1', port: own.port, monitors: [{ type: 'tcp', downAfter: 1, ...FAST }] }],
    lbVservers: [{ name: 'lb', services: [{ name: 's' }], monitors: [{ type: 'named', name: 'shared', weight: 7 }] }]
  } as const
  const { board, detail, changes } = boardOf({}, own.port)
  board.apply(parseConfig(config), [])
  await until(() => detail().health === 'up')
  expect(detail().monitors.map(({ name, weight }) => [name, weight])).toEqual([[undefined, 1], ['shared', 7]])
  await shared.shut()
  await until(() => changes.length === 1)
  expect(changes[0]).toEqual([
    false,
    expect.stringMatching(/^127\.0\.0\.1:\d+: monitor 'shared': .*ECONNREFUSED/),
    expect.any(Number)
  ])
  expect(detail().reason).toMatch(/^monitor 'shared': /)
  // Unbound, it says nothing any more.
  board.apply(parseConfig({ ...config, lbVservers: [{ name: 'lb', services: [{ name: 's' }] }] }), [])
  expect([detail().health, detail().monitors.length]).toEqual(['up', 1])
})

test('a change of another service disturbs no monitor', async () => {
  const [door, other] = [await Door.open(), await Door.open()]
  const service = (name: string, port: number) => ({
    name,
    address: '127.0.0.1',
    port,
    monitors: [{ type: 'tcp' as const, intervalSeconds: 3600 }]
  })
  const { board, detail } = boardOf({}, door.port)
  board.apply(parseConfig({ services: [service('s', door.port)] }), [])
  await until(() => detail().health === 'up')
  for (let i = 0; i < 5; i++)
    board.apply(
      parseConfig({
        services: [service('s', door.port), service('t', other.port)],
        ...i % 2 === 0 ? {} : { certkeys: [] }
      }),
      []
    )
  await until(() => board.status('t').health === 'up')
  expect(door.opened).toBe(1)
})

test('monitors that hang wait for nobody else, and no more of them probe at once than may', async () => {
  const held = await rawServer(() => {})
  const { board, detail } = boardOf({}, 1)
  const hanging = Array.from(
    { length: 300 },
    (_, i) => ({
      name: `h${i}`,
      address: '127.0.0.1',
      port: held,
      monitors: [{ type: 'send-expect' as const, expect: 'x', timeoutSeconds: 0.2, downAfter: 1 }]
    })
  )
  const door = await Door.open()
  board.apply(
    parseConfig({
      services: [...hanging, { name: 's', address: '127.0.0.1', port: door.port, monitors: [{ type: 'tcp' }] }]
    }),
    []
  )
  let most = 0
  const looking = setInterval(() => { most = Math.max(most, board.probing) }, 5)
  atEnd(() => { clearInterval(looking) })
  await until(() => detail().health === 'up' && hanging.every(({ name }) => board.status(name).health === 'down'))
  expect(most).toBeGreaterThan(1)
  expect(most).toBeLessThanOrEqual(256)
})

test('the queue lets so many begin at once, a few in each turn, and forgets those that left', async () => {
  const queue = new ProbeQueue(20)
  const begun: number[] = []
  const wants = Array.from({ length: 30 }, () => true)
  for (const i of wants.keys()) queue.ask({ onTurn: () => { if (wants[i]!) begun.push(i); return wants[i]! } })
  const first = begun.length
  wants[first] = false
  await until(() => queue.running === 20)
  expect(first).toBeLessThan(20)
  expect(begun).toHaveLength(20)
  for (let i = 0; i < 20; i++) queue.done()
  await until(() => begun.length === 29)
  expect(begun).not.toContain(first)
  expect(queue.running).toBe(9)
})
