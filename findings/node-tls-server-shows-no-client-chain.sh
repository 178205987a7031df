#!/usr/bin/env bash
# Node 24.21.0: a TLS server sees of a client's chain the client's own certificate. getPeerCertificate(true) and getPeerX509Certificate() have no issuer, although the
# intermediate certificate that the client sends is needed to verify it, and it is verified. A client sees the chain of a server. Needs openssl.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --no-audit --no-fund --silent node@24.21.0 || exit 2
new () { openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -keyout "$1.key" "${@:2}" 2>/dev/null; }
printf 'basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n' > ca.ext
new root -x509 -days 30 -out root.pem
new intermediate -out intermediate.csr
openssl x509 -req -in intermediate.csr -CA root.pem -CAkey root.key -CAcreateserial -extfile ca.ext -days 20 -out intermediate.pem 2>/dev/null
new leaf -out leaf.csr
openssl x509 -req -in leaf.csr -CA intermediate.pem -CAkey intermediate.key -CAcreateserial -days 10 -out leaf.pem 2>/dev/null
cat leaf.pem intermediate.pem > chain.pem
cat > try.mjs <<'JS'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import tls from 'node:tls'

console.log('Node', process.version, 'OpenSSL', process.versions.openssl)
const read = name => readFileSync(name)
const both = { cert: read('chain.pem'), key: read('leaf.key'), ca: read('root.pem') }
const names = certificate => {
  const seen = []
  for (let at = certificate; at !== undefined && !seen.includes(at.subject.CN ?? at.subject); at = at.issuerCertificate) seen.push(at.subject.CN ?? at.subject)
  return seen
}
const server = tls.createServer({ ...both, requestCert: true, rejectUnauthorized: true })
await once(server.listen(0, '127.0.0.1'), 'listening')
const client = tls.connect({ ...both, port: server.address().port, host: '127.0.0.1', checkServerIdentity: () => undefined })
const [[accepted]] = await Promise.all([once(server, 'secureConnection'), once(client, 'secureConnect')])
console.log('verified by the server:', accepted.authorized, 'by the client:', client.authorized)
const seen = { 'the server sees of the client': names(accepted.getPeerCertificate(true)), 'as X509Certificate': names(accepted.getPeerX509Certificate()), 'the client sees of the server': names(client.getPeerCertificate(true)) }
console.log(seen)
client.destroy()
server.close()
const asSeen = accepted.authorized && seen['the server sees of the client'].join() === 'leaf' && seen['as X509Certificate'].join() === 'CN=leaf' && seen['the client sees of the server'].length > 1
console.log(asSeen ? 'as seen: the server has the certificate of the client alone' : 'CHANGED')
process.exitCode = asSeen ? 0 : 1
JS
node_modules/.bin/node try.mjs || exit 1
