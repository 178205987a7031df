#!/usr/bin/env bash
# The client of websocket 1.0.35 sends every message over 16 KiB in fragments of 16 KiB, also where nothing asks for it; ws 8.23.0 sends it in one frame.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y > /dev/null
npm install --silent --no-audit --no-fund --ignore-scripts websocket@1.0.35 ws@8.23.0 > npm.log 2>&1 || { cat npm.log; exit 2; }
cat > try.mjs <<'JS'
import { once } from 'node:events'
import { createServer } from 'node:http'
import websocket from 'websocket'
import { WebSocket, WebSocketServer } from 'ws'

const server = createServer()
const sockets = new WebSocketServer({ server, perMessageDeflate: false })
await once(server.listen(0, '127.0.0.1'), 'listening')
const url = `ws://127.0.0.1:${server.address().port}`
const SIZE = 1024 * 1024

/** Lengths of the frames that one message comes in. */
const framesOf = async send => {
  const [[socket, request]] = await Promise.all([once(sockets, 'connection'), send()])
  let bytes = Buffer.alloc(0)
  request.socket.on('data', part => { bytes = Buffer.concat([bytes, part]) })
  await once(socket, 'message')
  const frames = []
  for (let at = 0; at < bytes.length;) {
    const short = bytes[at + 1] & 127
    const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2))
    frames.push(length)
    at += 2 + (short < 126 ? 0 : short === 126 ? 2 : 8) + 4 + length
  }
  socket.terminate()
  return frames
}
const shown = frames => `${frames.length} frame(s), the largest of ${Math.max(...frames)} bytes`

const other = await framesOf(async () => {
  const client = new websocket.client()
  client.connect(url)
  const [connection] = await once(client, 'connect')
  connection.on('error', () => {})
  setTimeout(() => { connection.sendBytes(Buffer.alloc(SIZE)) }, 100)
})
const own = await framesOf(async () => {
  const client = new WebSocket(url, { perMessageDeflate: false })
  client.on('error', () => {})
  await once(client, 'open')
  setTimeout(() => { client.send(Buffer.alloc(SIZE)) }, 100)
})
console.log(`a message of ${SIZE} bytes, websocket 1.0.35: ${shown(other)}`)
console.log(`a message of ${SIZE} bytes, ws 8.23.0: ${shown(own)}`)
process.exit(other.length === 64 && own.length === 1 ? 0 : 1)
JS
node try.mjs || exit 1
