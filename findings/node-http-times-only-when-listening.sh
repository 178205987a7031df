#!/usr/bin/env bash
# Node 24.21.0: an http.Server that is given its connections with emit('connection'), as Node documents, keeps headersTimeout only if it also listens.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --no-audit --no-fund --silent node@24.21.0 || exit 2
cat > try.mjs <<'JS'
import { createServer } from 'node:http'
import net from 'node:net'

console.log('Node', process.version)
const LIMIT_MS = 500
const PATIENCE_MS = 4000
const listen = server => new Promise(resolve => { server.listen(0, '127.0.0.1', () => { resolve(server.address().port) }) })

/** What becomes of a client that begins a request and stops; its connection is given to the HTTP server by another one. */
const run = async listens => {
  const server = createServer({ headersTimeout: LIMIT_MS, connectionsCheckingInterval: 100 }, (_, response) => { response.end('ok') })
  if (listens) await listen(server)
  const door = net.createServer(socket => { server.emit('connection', socket) })
  const client = net.connect(await listen(door), '127.0.0.1')
  client.write('GET / HTTP/1.1\r\nHost: a\r\n')
  let said = ''
  client.on('data', bytes => { said += bytes })
  const closed = await Promise.race([
    new Promise(resolve => { client.on('close', () => { resolve(true) }) }),
    new Promise(resolve => { setTimeout(resolve, PATIENCE_MS, false) })
  ])
  const status = said.split('\r\n')[0]
  console.log(`${listens ? 'it listens as well' : 'it does not listen'}: ${closed ? `closed with "${status}"` : `still open after ${PATIENCE_MS / 1000} s`}`)
  client.destroy()
  door.close()
  if (listens) server.close()
  return closed ? status : 'open'
}
const alone = await run(false)
const listening = await run(true)
const asSeen = alone === 'open' && listening === 'HTTP/1.1 408 Request Timeout'
console.log(asSeen ? 'as seen: without a port of its own the server keeps no time-out for heads' : 'CHANGED')
process.exit(asSeen ? 0 : 1)
JS
node_modules/.bin/node try.mjs || exit 1
