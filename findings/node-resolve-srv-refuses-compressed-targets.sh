#!/usr/bin/env bash
# Node 24.21.0: dns.resolveSrv() fails with EBADRESP when the target of a record is compressed, as dns2 3.1.1 writes it where the target ends as the name does.
# RFC 2782 has senders write it whole; RFC 3597 §4 has receivers take both. The same answer with another target resolves.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --no-audit --no-fund --silent node@24.21.0 dns2@3.1.1 || exit 2
cat > try.mjs <<'JS'
import { once } from 'node:events'
import { promises } from 'node:dns'
import DNS from 'dns2'

const { Packet } = DNS
console.log('Node', process.version)
const name = '_mqtt._tcp.example.com'
let target = ''
const server = DNS.createUDPServer((request, send) => {
  const answer = Packet.createResponseFromRequest(request)
  answer.answers.push({ name, type: Packet.TYPE.SRV, class: Packet.CLASS.IN, ttl: 60, priority: 0, weight: 0, port: 1883, target })
  send(answer)
})
server.bind(0, '127.0.0.1')
await once(server, 'listening')
const resolver = new promises.Resolver()
resolver.setServers([`127.0.0.1:${server.address().port}`])
const ask = async of => {
  target = of
  return await resolver.resolveSrv(name).then(records => `${records[0].name}:${records[0].port}`, error => error.code)
}
const [whole, compressed] = [await ask('broker.test'), await ask('broker.example.com')]
console.log(`target written whole: ${whole}; compressed: ${compressed}`)
server.close()
const asSeen = whole === 'broker.test:1883' && compressed === 'EBADRESP'
console.log(asSeen ? 'as seen: a compressed target is refused' : 'CHANGED')
process.exit(asSeen ? 0 : 1)
JS
node_modules/.bin/node try.mjs || exit 1
