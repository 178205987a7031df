#!/usr/bin/env bash
# Node 24.21.0: after tls.Server.setTicketKeys, a ticket made with the keys before resumes nothing, in TLS 1.2 and 1.3. There is no place for a second key, as nginx and HAProxy have.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --no-audit --no-fund --silent node@24.21.0 selfsigned@5.5.0 || exit 2
cat > try.mjs <<'JS'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import tls from 'node:tls'
import { generate } from 'selfsigned'

console.log('Node', process.version)
const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], { keyType: 'ec' })
const server = tls.createServer({ cert, key, ticketKeys: randomBytes(48) }, socket => { socket.on('error', () => {}).end('x') })
await once(server.listen(0, '127.0.0.1'), 'listening')

/** A connection to its end: whether it resumed, and its last ticket. */
const connect = async (version, session) => {
  const client = tls.connect({ port: server.address().port, host: '127.0.0.1', rejectUnauthorized: false, minVersion: version, maxVersion: version, session })
  let ticket
  client.on('session', given => { ticket = given })
  await once(client, 'secureConnect')
  const resumed = client.isSessionReused()
  client.resume()
  await once(client, 'close')
  return { resumed, ticket }
}
let asSeen = true
for (const version of ['TLSv1.2', 'TLSv1.3']) {
  const { ticket } = await connect(version)
  const { resumed: same } = await connect(version, ticket)
  server.setTicketKeys(randomBytes(48))
  const { resumed: other } = await connect(version, ticket)
  console.log(`${version}: same keys ${same ? 'resume' : 'do not resume'}, keys replaced ${other ? 'resume' : 'do not resume'}`)
  asSeen &&= same && !other
}
server.close()
console.log(asSeen ? 'as seen: a replaced key is forgotten at once' : 'CHANGED')
process.exit(asSeen ? 0 : 1)
JS
node_modules/.bin/node try.mjs || exit 1
