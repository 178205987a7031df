#!/usr/bin/env bash
# u8-mqtt 0.6.7 with with_autoreconnect() does not connect again when its first connection is closed before the CONNACK; after one CONNACK it always does.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --no-audit --no-fund --silent u8-mqtt@0.6.7 || exit 2
cat > try.mjs <<'JS'
import { createServer } from 'node:net'
import { readFileSync } from 'node:fs'
import mqtt from 'u8-mqtt/esm/node/v4.js'

console.log('u8-mqtt', JSON.parse(readFileSync('node_modules/u8-mqtt/package.json')).version)
process.on('unhandledRejection', () => {})
const TRY_MS = 10_000

/** How often a client connects within TRY_MS to a server that closes every connection; the first one after a CONNACK where `accepts`. */
const connections = async accepts => {
  let count = 0
  const server = createServer(socket => {
    socket.on('error', () => {})
    socket.once('data', () => {
      count++
      socket.end(Buffer.from(accepts && count === 1 ? '20020000' : '', 'hex'))
    })
  })
  await new Promise(resolve => { server.listen(0, '127.0.0.1', resolve) })
  mqtt().with_tcp(server.address().port, '127.0.0.1').with_autoreconnect().connect({ client_id: 'device-1' }).catch(() => {})
  await new Promise(resolve => { setTimeout(resolve, TRY_MS) })
  server.close()
  return count
}

const [never, once] = await Promise.all([connections(false), connections(true)])
console.log(`closed before the first CONNACK: ${never} connections in ${TRY_MS / 1000} s`)
console.log(`closed after one CONNACK, and then before each: ${once} connections in ${TRY_MS / 1000} s`)
const asSeen = never === 1 && once > 2
console.log(asSeen ? 'as seen: without a first CONNACK it does not come back' : 'CHANGED')
process.exit(asSeen ? 0 : 1)
JS
node try.mjs || exit 1
