#!/usr/bin/env bash
# mqtt.js 5.16.0, as it comes, reconnects every second after a plain close before the CONNACK, and never after a CONNACK that refuses it.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --no-audit --no-fund --silent mqtt@5.16.0 || exit 2
cat > try.mjs <<'JS'
import { createServer } from 'node:net'
import { readFileSync } from 'node:fs'
import mqtt from 'mqtt'

console.log('mqtt.js', JSON.parse(readFileSync('node_modules/mqtt/package.json')).version)
const TRY_MS = 6000

/** How often a client connects within TRY_MS to a server that sends `reply` to each CONNECT and closes. */
const connections = async (protocolVersion, reply) => {
  let count = 0
  const server = createServer(socket => {
    socket.on('error', () => {})
    socket.once('data', () => {
      count++
      socket.end(Buffer.from(reply, 'hex'))
    })
  })
  await new Promise(resolve => { server.listen(0, '127.0.0.1', resolve) })
  const client = mqtt.connect({ host: '127.0.0.1', port: server.address().port, protocolVersion })
  client.on('error', () => {})
  await new Promise(resolve => { setTimeout(resolve, TRY_MS) })
  await client.endAsync(true)
  server.close()
  return count
}

const replies = [
  ['3.1.1, closed without a CONNACK', 4, ''],
  ['3.1.1, CONNACK 3 (server unavailable)', 4, '20020003'],
  ['5, closed without a CONNACK', 5, ''],
  ['5, CONNACK 0x88 (server unavailable)', 5, '2003008800'],
  ['5, CONNACK 0x89 (server busy)', 5, '2003008900']
]
const counts = await Promise.all(replies.map(([, version, reply]) => connections(version, reply)))
replies.forEach(([name], i) => { console.log(`${name}: ${counts[i]} connections in ${TRY_MS / 1000} s`) })
const asSeen = replies.every(([, , reply], i) => reply === '' ? counts[i] > 3 : counts[i] === 1)
console.log(asSeen ? 'as seen: one connection after a refusal, one a second after a plain close' : 'CHANGED')
process.exit(asSeen ? 0 : 1)
JS
node try.mjs || exit 1
