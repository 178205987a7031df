#!/usr/bin/env bash
# sslh 1.20, sniproxy 0.6.0 and HAProxy 2.6.12 do not find the server name of a ClientHello in two TLS records (HAProxy: when the first ends before the name). RFC 8446 §5.1 allows such messages.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -q sslh=1.20-1+deb12u1 sniproxy=0.6.0-2.1 haproxy=2.6.12-1+deb12u4 libev4 libpcre3 libudns0 libconfig9 liblua5.3-0 > apt.log 2>&1 || { cat apt.log; exit 2; }
for deb in *.deb; do dpkg -x "$deb" root; done
export LD_LIBRARY_PATH=$dir/root/usr/lib/x86_64-linux-gnu:$dir/root/lib/x86_64-linux-gnu
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=edge.test -days 3 -keyout key.pem -out cert.pem 2> /dev/null
cat > try.mjs <<'JS'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import tls from 'node:tls'

const listen = async server => { await once(server.listen(0, '127.0.0.1'), 'listening'); return server.address().port }
const serving = name => listen(tls.createServer({ key: readFileSync('key.pem'), cert: readFileSync('cert.pem') }, socket => { socket.on('error', () => {}).end(name) }))
const edge = await serving('routed'), other = await serving('not routed')
const routers = {
  'sslh 1.20': ['sslh-select', ['-Frouter.cfg'], port => `foreground: true; timeout: 5; listen: ( { host: "127.0.0.1"; port: "${port}"; } ); protocols: ( { name: "tls"; host: "127.0.0.1"; port: "${edge}"; sni_hostnames: [ "edge.test" ]; }, { name: "anyprot"; host: "127.0.0.1"; port: "${other}"; } );\n`],
  'sniproxy 0.6.0': ['sniproxy', ['-f', '-c', 'router.cfg'], port => `pidfile ${process.cwd()}/pid\nerror_log {\n filename ${process.cwd()}/log\n}\nlisten 127.0.0.1:${port} {\n proto tls\n table t\n fallback 127.0.0.1:${other}\n}\ntable t {\n edge.test 127.0.0.1:${edge}\n}\n`],
  'HAProxy 2.6.12': ['haproxy', ['-db', '-f', 'router.cfg'], port => `defaults\n mode tcp\n timeout connect 5s\n timeout client 10s\n timeout server 10s\nfrontend f\n bind 127.0.0.1:${port}\n tcp-request inspect-delay 5s\n tcp-request content accept if { req.ssl_hello_type 1 }\n use_backend edge if { req.ssl_sni -i edge.test }\n default_backend other\nbackend edge\n server s 127.0.0.1:${edge}\nbackend other\n server s 127.0.0.1:${other}\n`]
}
const record = bytes => Buffer.concat([Buffer.from([22, 3, 1, bytes.length >> 8, bytes.length & 255]), bytes])
const before = hello => hello.indexOf('edge.test') - 20
const after = hello => hello.indexOf('edge.test') + 20
const records = (hello, at) => [record(hello.subarray(5, at)), record(hello.subarray(at))]
const cases = {
  'one record, one segment': hello => [hello],
  'one record, two segments': hello => [hello.subarray(0, before(hello)), hello.subarray(before(hello))],
  'two records, cut after the name': hello => records(hello, after(hello)),
  'two records, cut before the name': hello => records(hello, before(hello))
}
const outcome = async (port, cut) => {
  // A relay sends the hello of Node's client in pieces.
  const relay = net.createServer(client => {
    const server = net.connect({ port, host: '127.0.0.1', noDelay: true })
    server.on('error', () => client.destroy()).on('close', () => client.destroy()).pipe(client)
    client.on('error', () => server.destroy()).once('data', async hello => {
      client.pause()
      for (const piece of cut(hello)) { server.write(piece); await new Promise(resolve => { setTimeout(resolve, 100) }) }
      client.pipe(server)
    })
  })
  const socket = tls.connect({ port: await listen(relay), host: '127.0.0.1', servername: 'edge.test', rejectUnauthorized: false })
  let got = ''
  socket.on('data', data => { got += data }).on('error', error => { got ||= error.code })
  await Promise.race([new Promise(resolve => { socket.once('close', resolve) }), new Promise(resolve => { setTimeout(resolve, 8000) })])
  socket.destroy()
  relay.close()
  return got
}
let asSeen = true
for (const [name, [program, args, config]] of Object.entries(routers)) {
  const free = net.createServer()
  const port = await listen(free)
  free.close()
  writeFileSync('router.cfg', config(port))
  const router = spawn(`root/usr/sbin/${program}`, args, { stdio: 'ignore' })
  for (let up = false; !up;) {
    up = await new Promise(resolve => { const probe = net.connect(port, '127.0.0.1', () => { probe.destroy(); resolve(true) }).on('error', () => { setTimeout(resolve, 50, false) }) })
  }
  for (const [label, cut] of Object.entries(cases)) {
    const got = await outcome(port, cut)
    console.log(`${name}, ${label}: ${got}`)
    const lost = label.startsWith('two') && (!name.startsWith('HAProxy') || label.endsWith('before the name'))
    if (got !== (lost ? 'not routed' : 'routed')) asSeen = false
  }
  router.kill('SIGKILL')
}
console.log(asSeen ? 'as seen: a hello in two records is not routed by its name' : 'CHANGED')
process.exit(asSeen ? 0 : 1)
JS
timeout 120 node try.mjs || exit 1
