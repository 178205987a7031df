// npm run example custom-session-store: sessions in a Map of this program, for two workers.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { FakeServer } from '@weirlb/testing'
import { createWeir } from 'weirlb'
import { MapStore } from './map-store.ts'

const source = `import { defineProtocol, forward, frame } from '@weirlb/sdk'
export default defineProtocol({
  name: 'names', api: 1, balance: 'per-connection',
  client: { framing: frame.lines({ max: 1024 }), onMessage: line => forward({ session: line.text().trim(), then: 'tunnel' }) }
})`

const names = ['red', 'blue']
const servers = await Promise.all(names.map(name => FakeServer.listen(() => `${name}\n`)))

// #region store
const store = new MapStore()
const weir = createWeir({
  workers: 2,
  sessionStore: store,
  config: {
    extensions: [{ name: 'names', source }],
    userProtocols: [{ name: 'NAMES', transport: 'tcp', extension: 'names' }],
    services: servers.map(({ port }, i) => ({ name: names[i]!, address: '127.0.0.1', port })),
    lbVservers: [{
      name: 'lb',
      persistence: { type: 'user-session', timeoutSeconds: 60 },
      services: names.map(name => ({ name }))
    }],
    userVservers: [{ name: 'names', protocol: 'NAMES', address: '127.0.0.1', port: 0, defaultLb: 'lb' }]
  }
})
await weir.start()
// #endregion
const { listening } = await weir.userVservers.status('names')

const visit = async (name: string): Promise<string> => {
  const socket = connect(listening!.port, '127.0.0.1')
  socket.write(`${name}\n`)
  const [line] = await once(createInterface(socket), 'line') as [string]
  socket.destroy()
  return line
}

for (const name of ['ann', 'bob', 'cy']) {
  const answers = [await visit(name), await visit(name), await visit(name)]
  console.log(`${name}: ${answers.join(' ')}`)
  assert.equal(new Set(answers).size, 1)
  assert.equal(store.find('lb', name), answers[0])
}
// #region seen
console.log((await weir.sessions.list({ key: 'ann' })).map(({ key, service }) => ({ key, service })))
console.log(await weir.sessions.delete({ key: 'ann' }))
// #endregion
assert.equal(store.find('lb', 'ann'), undefined)

await weir.stop()
for (const server of servers) await server.close()
