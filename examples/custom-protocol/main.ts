// npm run example custom-protocol: load protocol.ts into a running Weir through its REST API, put two servers behind
// it, and talk to them.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { adminPlugin } from '@weirlb/admin'
import { WeirClient } from '@weirlb/admin/client'
import Fastify from 'fastify'
import { createWeir } from 'weirlb'

// A Weir with an empty configuration. `weir serve` does the same; then only the calls below remain.
const weir = createWeir({ workers: 1 })
await weir.start()
const admin = Fastify()
await admin.register(adminPlugin, { weir })
const api = new WeirClient({ url: await admin.listen({ host: '127.0.0.1', port: 0 }) })

// Two servers that answer every line with their name.
const servers = await Promise.all(['red', 'blue'].map(async name => {
  const server = createServer(socket => {
    createInterface(socket).on('line', line => {
      socket.write(`${name}: ${line}\n`)
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return { name, server, port: (server.address() as AddressInfo).port }
}))

await api.call('createExtension', {
  body: { name: 'hello-lines', source: await readFile(new URL('protocol.ts', import.meta.url), 'utf8') }
})
await api.call('createUserProtocol', { body: { name: 'HELLO', transport: 'tcp', extension: 'hello-lines' } })
for (const { name, port } of servers) await api.call('createService', { body: { name, address: '127.0.0.1', port } })
await api.call('createLbVserver', {
  body: {
    name: 'colours',
    method: 'round-robin',
    persistence: { type: 'user-session' },
    services: servers.map(({ name }) => ({ name }))
  }
})
const { body: vserver } = await api.call('createUserVserver', {
  body: { name: 'hello', protocol: 'HELLO', address: '127.0.0.1', port: 0, defaultLb: 'colours' }
})
const { port } = vserver.status!.listening!

/** Connect, say one line, answer the first line that comes back. */
const say = async (line: string): Promise<string> => {
  const socket = connect(port, '127.0.0.1')
  socket.write(`${line}\n`)
  for await (const answer of createInterface(socket)) {
    socket.end()
    return answer
  }
  throw new Error('no answer')
}

for (const name of ['ann', 'bob', 'cy']) {
  const answers = [await say(`HELLO ${name}`), await say(`HELLO ${name}`)]
  console.log(answers.join('   '))
  assert.equal(answers[0], answers[1], `${name} came twice and reached the same server`)
}
const refusal = await say('GET / HTTP/1.1')
console.log(refusal)
assert.equal(refusal, 'ERR say HELLO <name> first')

await admin.close()
await weir.stop()
for (const { server } of servers) server.close()
