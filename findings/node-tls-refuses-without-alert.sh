#!/usr/bin/env bash
# Node 24.21.0: a TLS server with requestCert and rejectUnauthorized closes a client whose certificate does not verify without an alert, and over TLS 1.3 after the
# client's handshake is over. openssl s_server sends alert 48 (unknown_ca) to the same client. Needs openssl.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --no-audit --no-fund --silent node@24.21.0 || exit 2
for name in server client; do openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$name" -days 3 -keyout $name.key -out $name.pem 2>/dev/null; done
cat > try.mjs <<'JS'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import net from 'node:net'
import tls from 'node:tls'

console.log('Node', process.version, 'OpenSSL', process.versions.openssl)
const read = name => readFileSync(name)
const server = tls.createServer({ cert: read('server.pem'), key: read('server.key'), ca: read('server.pem'), requestCert: true, rejectUnauthorized: true })
server.on('tlsClientError', () => {})
await once(server.listen(0, '127.0.0.1'), 'listening')

const free = net.createServer()
await once(free.listen(0, '127.0.0.1'), 'listening')
const { port } = free.address()
free.close()
const other = spawn('openssl', ['s_server', '-accept', `127.0.0.1:${port}`, '-cert', 'server.pem', '-key', 'server.key', '-CAfile', 'server.pem', '-Verify', '1', '-verify_return_error', '-quiet'], { stdio: ['pipe', 'ignore', 'ignore'] })
for (let tried = 0; tried < 100; tried++) {
  const up = await new Promise(resolve => { const socket = net.connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true) }).on('error', () => resolve(false)) })
  if (up) break
  await new Promise(resolve => setTimeout(resolve, 50))
}

const visit = (to, version) => new Promise(resolve => {
  const seen = { handshake: false, error: 'none' }
  const socket = tls.connect({ port: to, host: '127.0.0.1', rejectUnauthorized: false, minVersion: version, maxVersion: version, cert: read('client.pem'), key: read('client.key') })
  socket.on('secureConnect', () => { seen.handshake = true })
  socket.on('error', error => { seen.error = error.code })
  socket.on('close', () => resolve(`handshake over: ${seen.handshake}, error: ${seen.error}`))
  socket.resume()
})
const said = {}
for (const version of ['TLSv1.2', 'TLSv1.3']) {
  said[`Node ${version}`] = await visit(server.address().port, version)
  said[`OpenSSL ${version}`] = await visit(port, version)
}
console.log(said)
other.kill()
server.close()
const alert = text => text.includes('ALERT')
const asSeen = !alert(said['Node TLSv1.2']) && said['Node TLSv1.3'] === 'handshake over: true, error: none' && alert(said['OpenSSL TLSv1.2']) && alert(said['OpenSSL TLSv1.3'])
console.log(asSeen ? 'as seen: Node closes without an alert' : 'CHANGED')
process.exitCode = asSeen ? 0 : 1
JS
node_modules/.bin/node try.mjs || exit 1
