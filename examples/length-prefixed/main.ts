// npm run example length-prefixed: records of many megabytes through an extension that sees little more than their
// headers.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo } from 'node:net'
import { createWeir } from 'weirlb'

// A server that says how many bytes it got when its client has ended.
const server = createServer({ allowHalfOpen: true }, async socket => {
  let bytes = 0
  for await (const chunk of socket) bytes += (chunk as Buffer).length
  socket.end(`${bytes} bytes`)
})
await once(server.listen(0, '127.0.0.1'), 'listening')

const weir = createWeir({
  workers: 1,
  log: { level: 'warn' },
  config: {
    extensions: [{ name: 'records', source: await readFile(new URL('protocol.ts', import.meta.url), 'utf8') }],
    userProtocols: [{ name: 'RECORDS', transport: 'tcp', extension: 'records' }],
    services: [{ name: 'store', address: '127.0.0.1', port: (server.address() as AddressInfo).port }],
    lbVservers: [{ name: 'stores', method: 'token', services: [{ name: 'store' }] }],
    userVservers: [{ name: 'in', protocol: 'RECORDS', address: '127.0.0.1', port: 0, defaultLb: 'stores' }]
  }
})
await weir.start()
const { listening } = await weir.userVservers.status('in')

const record = (body: Buffer): Buffer => {
  const header = Buffer.alloc(4)
  header.writeUInt32BE(body.length)
  return Buffer.concat([header, body])
}
const client = connect(listening!.port, '127.0.0.1')
client.write(record(Buffer.from('dev-01')))
client.end(record(Buffer.alloc(16 * 1024 * 1024)))
let answer = ''
for await (const chunk of client) answer += String(chunk)

const { crossings } = (await weir.stats()).extensions['records']!
console.log(`${answer}, ${crossings} crossings`)
assert.equal(answer, `${4 + 6 + 4 + 16 * 1024 * 1024} bytes`)
assert.ok(crossings <= 4, 'a body does not enter the sandbox')

await weir.stop()
server.close()
