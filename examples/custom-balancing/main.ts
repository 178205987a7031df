// node examples/custom-balancing/main.ts: a balancing method of our own, `fill-first`, over three servers of which each takes two clients.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { FakeServer } from '@weir/testing'
import { createWeir } from 'weir'

const source = `import { defineProtocol, forward, frame } from '@weir/sdk'
export default defineProtocol({ name: 'lines', api: 1, balance: 'per-connection', client: { framing: frame.lines({ max: 1024 }), onMessage: () => forward({ then: 'tunnel' }) } })`

const names = ['first', 'second', 'third']
const servers = await Promise.all(names.map(name => FakeServer.listen(() => `${name}\n`)))

// #region methods
const weir = createWeir({
  workers: 1,
  methods: new URL('./methods.ts', import.meta.url),
  config: {
    extensions: [{ name: 'lines', source }],
    userProtocols: [{ name: 'LINES', transport: 'tcp', extension: 'lines' }],
    services: servers.map(({ port }, i) => ({ name: names[i]!, address: '127.0.0.1', port, maxClients: 2 })),
    lbVservers: [{ name: 'lb', method: 'fill-first', services: names.map(name => ({ name })) }],
    userVservers: [{ name: 'lines', protocol: 'LINES', address: '127.0.0.1', port: 0, defaultLb: 'lb' }]
  }
})
await weir.start()
// #endregion
const { listening } = await weir.state('userVservers', 'lines')

/** Connect, say a line, stay; answers who answered. */
const clients: Socket[] = []
const visit = async (): Promise<string> => {
  const socket = connect(listening!.port, '127.0.0.1')
  clients.push(socket)
  socket.write('hello\n')
  const [line] = await once(createInterface(socket), 'line') as [string]
  return line
}

const visits: string[] = []
for (let i = 0; i < 5; i++) visits.push(await visit())
console.log(visits.join(' '))
assert.deepEqual(visits, ['first', 'first', 'second', 'second', 'third'])

// #region unknown
const refused = await weir.patch('lbVservers', 'lb', { method: 'fill-last' }).catch((error: Error) => error.message)
console.log(refused)
// #endregion

for (const socket of clients) socket.destroy()
await weir.stop()
for (const server of servers) await server.close()
