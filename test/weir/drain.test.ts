// A service is drained while several worker processes have its clients.
import { connect } from 'node:net'
import { FakeServer, TIME_SCALE, until } from '@weirlb/testing'
import { afterEach, expect, test } from 'vitest'
import { createWeir, type Weir } from 'weirlb'
import { lineProtocol, SERVER_LINES } from '../support/line-protocol.ts'

const ends: (() => unknown)[] = []
afterEach(async () => { for (const end of ends.splice(0).reverse()) await end() })

const start = async (workers: number): Promise<{ weir: Weir, port: number }> => {
  const servers = [await FakeServer.echo(), await FakeServer.echo()]
  for (const server of servers) ends.push(() => server.close())
  const weir = createWeir({
    log: { level: 'silent' },
    workers,
    config: {
      extensions: [{ name: 'lines', source: lineProtocol(SERVER_LINES) }],
      userProtocols: [{ name: 'LINES', transport: 'tcp', extension: 'lines' }],
      services: servers.map(({ port }, i) => ({ name: `s${i + 1}`, address: '127.0.0.1', port, monitors: [] })),
      lbVservers: [{ name: 'lb', persistence: { type: 'user-session' }, services: [{ name: 's1' }, { name: 's2' }] }],
      userVservers: [{
        name: 'v',
        protocol: 'LINES',
        address: '127.0.0.1',
        port: 0,
        defaultLb: 'lb',
        limits: { firstMessageTimeoutSeconds: 10 * TIME_SCALE }
      }]
    }
  })
  ends.push(() => weir.stop({ graceMs: 200 }))
  await weir.start()
  return { weir, port: (await weir.userVservers.status('v')).listening!.port }
}

class Client {
  text = ''
  closedAt: number | undefined
  readonly port: () => number

  constructor (to: number, name: string) {
    const socket = connect(to, '127.0.0.1')
    ends.push(() => socket.destroy())
    socket.on('data', bytes => { this.text += bytes.toString() })
    socket.on('error', () => {})
    socket.on('close', () => { this.closedAt = performance.now() })
    socket.write(`hello ${name}\n`)
    this.port = () => socket.localPort!
  }
}

const connectAll = async (weir: Weir, port: number, count: number): Promise<{ mine: Client[], others: Client[] }> => {
  const clients = Array.from({ length: count }, (_, i) => new Client(port, String(i)))
  await until(() => clients.every(({ text }) => text.startsWith('hello')), 'all clients to be served')
  const ports = new Set(
    (await weir.connections.list({ service: 's1' })).map(({ client }) => Number(client.split(':')[1]))
  )
  return {
    mine: clients.filter(client => ports.has(client.port())),
    others: clients.filter(client => !ports.has(client.port()))
  }
}

test('clients are told at one rate over all workers, each once, and none of another service', async () => {
  const { weir, port } = await start(2)
  const { mine, others } = await connectAll(weir, port, 160)
  expect(mine.length).toBeGreaterThan(60)
  const begun = performance.now()
  const { id } = await weir.services.drain('s1', { ratePerSecond: 40 })
  const job = await until(() => weir.jobs.get(id)!.state === 'done' && weir.jobs.get(id), 'the end of the drain')
  expect(job).toMatchObject({ told: mine.length, clients: mine.length, remaining: 0 })
  await until(() => mine.every(({ closedAt }) => closedAt !== undefined), 'all clients to be closed')
  for (const { text } of mine) expect(text.match(/goodbye draining/g)).toHaveLength(1)
  expect(others.filter(({ closedAt, text }) => closedAt !== undefined || text.includes('goodbye'))).toEqual([])
  // Never more than the rate allows, with half a second that a busy machine may catch up with.
  const times = mine.map(({ closedAt }) => closedAt! - begun).sort((a, b) => a - b)
  for (const [i, time] of times.entries()) expect(i).toBeLessThanOrEqual((time / 1000 + 0.5) * 40 + 1)
  const stats = await weir.stats()
  expect(stats.services['s1']).toMatchObject({ told: mine.length, connections: 0 })
  expect(stats.userVservers['v']!.closed).toEqual({ draining: mine.length })
  // Whoever comes back is served elsewhere, pinned or not.
  const again = new Client(port, '0')
  await until(() => again.text !== '', 'the client that came back')
  expect(await weir.connections.list({ service: 's1' })).toEqual([])
})

test('clients of a worker that dies are gone, and the drain ends with those of the others', async () => {
  const { weir, port } = await start(2)
  await connectAll(weir, port, 80)
  const { id } = await weir.services.drain('s1', { ratePerSecond: 10 })
  await until(() => weir.jobs.get(id)!.told > 3, 'the first clients')
  const [worker] = (await weir.health()).workers
  process.kill(worker!.pid, 'SIGKILL')
  await weir.jobs.pause(id)
  await until(async () => (await weir.health()).workers.every(({ status }) => status === 'up'), 'another worker')
  await weir.jobs.resume(id)
  const told = weir.jobs.get(id)!.told
  await until(() => weir.jobs.get(id)!.told > told || weir.jobs.get(id)!.state === 'done', 'the drain to go on')
  await weir.services.disable('s1')
  await until(() => weir.jobs.get(id)!.state === 'done', 'the end of the drain')
  expect(weir.jobs.get(id)!.told).toBeLessThan(40)
})

test('a service that is deleted takes its drain with it', async () => {
  const { weir, port } = await start(0)
  const { mine } = await connectAll(weir, port, 20)
  const { id } = await weir.services.drain('s1', { ratePerSecond: 5 })
  await until(() => weir.jobs.get(id)!.told > 0, 'the first client')
  await weir.config.edit(draft => {
    draft.lbVservers.patch('lb', { services: [{ name: 's2' }] })
    draft.services.delete('s1')
  })
  expect(weir.jobs.get(id)).toMatchObject({ state: 'failed', reason: "service 's1' was deleted, which closed its clients" })
  await until(() => mine.every(({ closedAt }) => closedAt !== undefined), 'all its clients to be closed')
  expect(mine.map(({ text }) => (text.match(/goodbye \S+/g) ?? []).length)).toEqual(mine.map(() => 1))
})

test('after a scale-out only the excess moves, to the new service, pinned clients too', async () => {
  const { weir, port } = await start(2)
  const clients = Array.from({ length: 60 }, (_, i) => new Client(port, String(i)))
  await until(() => clients.every(({ text }) => text.startsWith('hello')), 'all clients to be served')
  const third = await FakeServer.echo()
  ends.push(() => third.close())
  await weir.services.create({ name: 's3', address: '127.0.0.1', port: third.port, monitors: [] })
  await weir.lbVservers.bind('lb', { name: 's3' })
  const { id } = await weir.lbVservers.rebalance('lb', { ratePerSecond: 20 })
  // Those that are told come back at once, under the same name.
  const back = new Set<Client>()
  let counts: number[] = []
  const job = await until(async () => {
    for (const [i, client] of clients.entries()) {
      if (client.closedAt === undefined || back.has(client)) continue
      back.add(client)
      clients.push(new Client(port, String(i)))
    }
    counts = await Promise.all(
      ['s1', 's2', 's3'].map(async service => (await weir.connections.list({ service })).length)
    )
    const { state, told } = weir.jobs.get(id)!
    // The last of them comes back after the end of the job.
    return state === 'done' && back.size === told && clients.every(({ text }) => text.startsWith('hello')) &&
      counts.reduce((sum, count) => sum + count, 0) === 60 && weir.jobs.get(id)
  }, 'the end of the rebalance, and 60 clients that are served')
  expect(counts[2]).toBe(job!.told)
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(2)
  expect((await weir.stats()).userVservers['v']!.closed).toEqual({ rebalanced: job!.told })
  for (const client of back) expect(client.text.match(/goodbye draining/g)).toHaveLength(1)
})

test('a service is disabled after a delay, and its clients are served elsewhere then', async () => {
  const { weir, port } = await start(0)
  const { mine } = await connectAll(weir, port, 6)
  await weir.services.disable('s1', {}, { delaySeconds: 3600 })
  const others = Array.from({ length: 4 }, (_, i) => new Client(port, `other ${i}`))
  await until(() => others.every(({ text }) => text !== ''), 'new clients')
  expect((await weir.stats()).services).toMatchObject({ s1: { connections: mine.length }, s2: { connections: 7 } })
  weir.jobs.cancel('disable-1')
  await weir.services.disable('s1', {}, { delaySeconds: 1 })
  await until(() => mine.every(({ closedAt }) => closedAt !== undefined), 'the end of the delay')
  expect(await until(() => weir.jobs.get('disable-2')!.state === 'done' && weir.jobs.get('disable-2'), 'the job'))
    .toMatchObject({ told: 3, remaining: 0 })
  expect((await weir.services.status('s1')).value).toBe('disabled')
})
