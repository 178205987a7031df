// npm run example custom-balancing: balancing methods of our own over three servers of which each takes two clients:
// `fill-first` in a worker, from a module, and `last-first` in this process, from a table in the code.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { FakeServer } from '@weirlb/testing'
import { createWeir, type BalancingMethod, type Weir } from 'weirlb'

const source = `import { defineProtocol, forward, frame } from '@weirlb/sdk'
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

const clients: Socket[] = []
/** Who answers five clients that connect, say a line, and stay. */
const visits = async (of: Weir): Promise<string[]> => {
  const { listening } = await of.userVservers.status('lines')
  const visited: string[] = []
  for (let i = 0; i < 5; i++) {
    const socket = connect(listening!.port, '127.0.0.1')
    clients.push(socket)
    socket.write('hello\n')
    const [line] = await once(createInterface(socket), 'line') as [string]
    visited.push(line)
  }
  return visited
}

const filled = await visits(weir)
console.log(filled.join(' '))
assert.deepEqual(filled, ['first', 'first', 'second', 'second', 'third'])

// #region unknown
const refused = await weir.lbVservers.patch('lb', { method: 'fill-last' }).catch((error: Error) => error.message)
console.log(refused)
// #endregion

// #region inline
/** The services in reverse order of their binding. */
const lastFirst: BalancingMethod = {
  order (candidates, _criteria, order) { for (let i = candidates.length - 1; i >= 0; i--) order.push(i) },
  took () {},
  gaveBack () {}
}
const { value: config } = weir.config.get()
const inProcess = createWeir({
  workers: 0,
  methods: { 'last-first': () => lastFirst },
  config: { ...config, lbVservers: config.lbVservers.map(lb => ({ ...lb, method: 'last-first' })) }
})
await inProcess.start()
// #endregion
const reversed = await visits(inProcess)
console.log(reversed.join(' '))
assert.deepEqual(reversed, ['third', 'third', 'second', 'second', 'first'])

for (const socket of clients) socket.destroy()
await inProcess.stop()
await weir.stop()
for (const server of servers) await server.close()
