// Places of services with `maxClients`, and counts of connections, over several worker processes.
import { connect, type Socket } from 'node:net'
import { FakeServer, until } from '@weirlb/testing'
import { afterEach, expect, test } from 'vitest'
import { createWeir, type Weir } from 'weirlb'
import { lineProtocol, SERVER_LINES } from '../support/line-protocol.ts'

const ends: (() => unknown)[] = []
afterEach(async () => { for (const end of ends.splice(0).reverse()) await end() })

interface Client { readonly socket: Socket, text: string, closed: boolean }

const start = async (
  services: Record<string, number>,
  lb: object = {}
): Promise<{ weir: Weir, connect: () => Client }> => {
  const server = await FakeServer.listen(() => 'served\n')
  ends.push(() => server.close())
  const weir = createWeir({
    log: { level: 'silent' },
    workers: 2,
    config: {
      extensions: [{ name: 'lines', source: lineProtocol(SERVER_LINES) }],
      userProtocols: [{ name: 'LINES', transport: 'tcp', extension: 'lines' }],
      services: Object.entries(services).map(([name, maxClients]) => ({
        name,
        address: '127.0.0.1',
        port: server.port,
        maxClients,
        monitors: []
      })),
      lbVservers: [{ name: 'lb', services: Object.keys(services).map(name => ({ name })), ...lb }],
      userVservers: [{ name: 'v', protocol: 'LINES', address: '127.0.0.1', port: 0, defaultLb: 'lb' }]
    }
  })
  ends.push(() => weir.stop({ graceMs: 200 }))
  await weir.start()
  const { port } = (await weir.userVservers.status('v')).listening!
  return {
    weir,
    connect: () => {
      const client: Client = { socket: connect(port, '127.0.0.1'), text: '', closed: false }
      ends.push(() => client.socket.destroy())
      client.socket.on('data', bytes => { client.text += bytes.toString() })
      client.socket.on('close', () => { client.closed = true })
      client.socket.on('error', () => {})
      client.socket.write('hello\n')
      return client
    }
  }
}

const served = (clients: readonly Client[]): Client[] =>
  clients.filter(({ text, closed }) => text.includes('served') && !closed)
const decided = ({ text, closed }: Client): boolean => closed || text.includes('served')

test('two workers together have as many clients as the services have places, whoever comes when', async () => {
  const { weir, connect } = await start({ a: 3, b: 4 })
  let clients = Array.from({ length: 40 }, connect)
  await until(() => clients.every(decided), 'every client to be served or refused')
  expect(served(clients)).toHaveLength(7)
  expect(clients.filter(({ text }) => text.startsWith('goodbye limit'))).toHaveLength(33)
  const { services } = await weir.stats()
  expect([services['a']!.connections, services['b']!.connections]).toEqual([3, 4])
  for (let round = 0; round < 5; round++) {
    clients = served(clients)
    for (const { socket } of clients.splice(0, 2)) socket.destroy()
    await until(
      async () =>
        Object.values((await weir.stats()).services).reduce((sum, { connections }) => sum + connections, 0) === 5,
      'the ends'
    )
    // What one worker has given back is known to the other a message later.
    await until(async () => {
      const more = Array.from({ length: 6 }, connect)
      await until(() => more.every(decided), 'every client to be served or refused')
      clients.push(...more)
      return served(clients).length === 7
    }, 'all places to be taken')
    const { services } = await weir.stats()
    expect([services['a']!.connections, services['b']!.connections]).toEqual([3, 4])
  }
})

test('a worker that dies gives its places back', async () => {
  const { weir, connect } = await start({ a: 6 })
  const clients = Array.from({ length: 20 }, connect)
  await until(() => clients.every(decided), 'every client to be served or refused')
  expect(served(clients)).toHaveLength(6)
  const before = weir.health
  const { workers } = await before.call(weir)
  process.kill(workers[0]!.pid, 'SIGKILL')
  await until(() => served(clients).length < 6 || clients.length > 100, 'the loss of some clients, or of none').catch(
    () => {}
  )
  await until(async () => {
    const more = Array.from({ length: 6 }, connect)
    await until(() => more.every(decided), 'every client to be served or refused')
    clients.push(...more)
    return served(clients).length === 6
  }, 'all places to be taken again')
})

test.each(['least-connection', 'least-outstanding'])('%s: workers count the connections of each other', async method => {
  const { weir, connect } = await start({ a: 0, b: 0 }, { method })
  for (let count = 1; count <= 16; count++) {
    const client = connect()
    await until(() => decided(client), 'it to be served')
    // As one worker shows it.
    await until(async () => {
      const { frames } = await weir.userVservers.explain('v', Buffer.from('hello\n'))
      return frames[0]!.decision!.candidates.reduce((sum, { connections }) => sum + connections, 0) === count
    }, `one worker to know of ${count} clients`)
  }
  const { services } = await weir.stats()
  // The other worker may have learnt of the last ones a moment later.
  expect(Math.abs(services['a']!.connections - services['b']!.connections)).toBeLessThanOrEqual(2)
})

test('clients wait in each worker, and get places of the other', async () => {
  const { weir, connect } = await start({ a: 2 }, { queue: { clients: 50, timeoutSeconds: 300 } })
  let clients = Array.from({ length: 20 }, connect)
  for (let left = 20; left > 2; left--) {
    await until(() => served(clients).length === 2, 'two clients to be served')
    const [first] = served(clients)
    first!.socket.destroy()
    clients = clients.filter(client => client !== first)
  }
  await until(() => served(clients).length === 2, 'the last two')
  expect((await weir.stats()).lbVservers['lb']).toMatchObject({ waiting: 0, waitedInVain: 0, noService: 0, picks: 20 })
})
