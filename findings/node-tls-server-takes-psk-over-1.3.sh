#!/usr/bin/env bash
# Node 24.21.0: a TLS server with pskCallback takes pre-shared keys over TLS 1.3 too. Such a connection counts as a resumed session, and its cipher has no PSK in its
# name. A server that has a certificate serves with that, without a word, where the identity is unknown, and also where it is known but the suite that is chosen
# has another hash than SHA-256: its default order chooses TLS_AES_256_GCM_SHA384. Over TLS 1.2 the PSK suites have to be named. Needs openssl.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --no-audit --no-fund --silent node@24.21.0 || exit 2
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=server -days 3 -keyout server.key -out server.pem 2>/dev/null
cat > try.mjs <<'JS'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import tls from 'node:tls'

console.log('Node', process.version, 'OpenSSL', process.versions.openssl)
const KEY = '00112233445566778899aabbccddeeff'
const said = []
const start = async options => {
  const server = tls.createServer({ cert: readFileSync('server.pem'), key: readFileSync('server.key'), pskCallback: (_socket, identity) => identity === 'known' ? Buffer.from(KEY, 'hex') : null, ...options })
  server.on('secureConnection', socket => {
    socket.on('error', () => {})
    said.push(`${socket.getProtocol()} ${socket.getCipher().name} resumed: ${socket.isSessionReused()}`)
    socket.end()
  })
  server.on('tlsClientError', error => { said.push(error.code) })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return server
}
const visit = async (server, version, identity) => {
  const child = spawn('openssl', ['s_client', '-connect', `127.0.0.1:${server.address().port}`, version, '-psk_identity', identity, '-psk', KEY, '-quiet'], { stdio: ['pipe', 'ignore', 'ignore'] })
  await once(child, 'exit')
}
const plain = await start({})
const named = await start({ ciphers: 'TLS_AES_128_GCM_SHA256:PSK:DEFAULT', honorCipherOrder: true })
await visit(plain, '-tls1_2', 'known')
await visit(named, '-tls1_2', 'known')
await visit(plain, '-tls1_3', 'known')
await visit(named, '-tls1_3', 'known')
await visit(named, '-tls1_3', 'unknown')
console.log(said)
plain.close()
named.close()
const [over12, named12, over13, named13, unknown13] = said
const asSeen = !over12.includes('PSK') && named12.startsWith('TLSv1.2') && named12.includes('PSK') && /^TLSv1\.3 TLS_AES_256_GCM_SHA384 resumed: false$/.test(over13) &&
  named13 === 'TLSv1.3 TLS_AES_128_GCM_SHA256 resumed: true' && unknown13 === 'TLSv1.3 TLS_AES_128_GCM_SHA256 resumed: false'
console.log(asSeen ? 'as seen: a key is taken over TLS 1.3 where a suite with SHA-256 comes first, and whoever has none is served with the certificate' : 'CHANGED')
process.exitCode = asSeen ? 0 : 1
JS
node_modules/.bin/node try.mjs || exit 1
