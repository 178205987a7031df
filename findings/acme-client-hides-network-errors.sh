#!/usr/bin/env bash
# acme-client 5.4.0: an authority that cannot be reached is reported as "TypeError: Cannot read properties of undefined (reading 'config')"; the reason (ECONNREFUSED) is lost. By default after five more attempts, 75 s.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --no-audit --no-fund --silent node@24.21.0 acme-client@5.4.0 axios@1.21.1 || exit 2
cat > try.mjs <<'JS'
import { once } from 'node:events'
import net from 'node:net'
import acme from 'acme-client'

console.log('Node', process.version)
// A port on which nobody listens.
const server = net.createServer()
await once(server.listen(0, '127.0.0.1'), 'listening')
const { port } = server.address()
await new Promise(resolve => { server.close(resolve) })

// A setting of the library; its default is 5, and the first wait 5 s.
acme.axios.defaults.acmeSettings.retryMaxAttempts = 1
acme.axios.defaults.acmeSettings.retryDefaultDelay = 0.1
const client = new acme.Client({ directoryUrl: `https://127.0.0.1:${port}/directory`, accountKey: await acme.crypto.createPrivateEcdsaKey() })
const error = await client.getTermsOfServiceUrl().then(() => new Error('it resolved'), failure => failure)
console.log(`${error.name}: ${error.message}; code ${error.code}, cause ${error.cause}`)
const asSeen = error.name === 'TypeError' && error.message === "Cannot read properties of undefined (reading 'config')" && error.code === undefined && error.cause === undefined
console.log(asSeen ? 'as seen: the error says nothing of the connection that was refused' : 'CHANGED')
process.exit(asSeen ? 0 : 1)
JS
node_modules/.bin/node try.mjs || exit 1
