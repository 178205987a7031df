#!/usr/bin/env bash
# ejabberd 23.01 answers a WebSocket that offers several sub-protocols with the whole list, and one that it does not speak with its name. Clients refuse a list (RFC 6455 §4.1).
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
base=$(printf 'erlang-%s=1:25.2.3+dfsg-1+deb12u4 ' asn1 base crypto eldap eunit ftp inets mnesia odbc os-mon parsetools public-key runtime-tools snmp ssl syntax-tools tftp tools xmerl)
more='erlang-base64url erlang-goldrush erlang-idna erlang-jiffy erlang-jose erlang-lager erlang-p1-acme erlang-p1-cache-tab erlang-p1-eimp erlang-p1-mqtree erlang-p1-pkix erlang-p1-stringprep erlang-p1-stun erlang-p1-tls erlang-p1-utils erlang-p1-xml erlang-p1-xmpp erlang-p1-yaml erlang-p1-yconf erlang-p1-zlib erlang-unicode-util-compat libyaml-0-2'
apt-get download -q ejabberd=23.01-1 $base $more > apt.log 2>&1 || { cat apt.log; exit 2; }
for deb in *.deb; do dpkg -x "$deb" root; done
# Debian's erl looks in /usr/lib/erlang.
export ROOTDIR=$dir/root/usr/lib/erlang EMU=beam PROGNAME=erl ERL_LIBS
BINDIR=$(echo "$ROOTDIR"/erts-*/bin); export BINDIR
ERL_LIBS=$(dirname "$(echo "$dir"/root/usr/lib/*/ejabberd-23.01)")
export LD_LIBRARY_PATH=$ERL_LIBS
echo 'ejabberd 23.01 of Debian 12'
mkdir ws && cd ws
npm init -y > /dev/null
npm install --silent --no-audit --no-fund ws@8.23.0 > npm.log 2>&1 || { cat npm.log; exit 2; }
cat > try.mjs <<'JS'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import net from 'node:net'
import { WebSocket } from 'ws'

const server = net.createServer()
await once(server.listen(0, '127.0.0.1'), 'listening')
const { port } = server.address()
server.close()
writeFileSync('ejabberd.yml', `hosts: [localhost]
listen:
  - port: ${port}
    ip: "127.0.0.1"
    module: ejabberd_http
    request_handlers: { "/mqtt": mod_mqtt }
modules: { mod_mqtt: {} }
`)
const dir = process.cwd()
const ejabberd = spawn(`${process.env.BINDIR}/erlexec`, ['-noinput', '-start_epmd', 'false', '-mnesia', 'dir', `"${dir}/spool"`, '-s', 'ejabberd'], {
  stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, HOME: dir, EJABBERD_CONFIG_PATH: `${dir}/ejabberd.yml`, EJABBERD_LOG_PATH: `${dir}/log` }
})
let log = ''
for (const stream of [ejabberd.stdout, ejabberd.stderr]) stream.on('data', bytes => { log += bytes })
const end = async status => {
  if (ejabberd.exitCode === null) {
    ejabberd.kill()
    await once(ejabberd, 'exit')
  }
  process.exit(status)
}
for (const began = Date.now(); !log.includes('Start accepting TCP connections'); await new Promise(resolve => { setTimeout(resolve, 50) })) {
  if (ejabberd.exitCode !== null || Date.now() - began > 60_000) {
    console.log(log)
    await end(2)
  }
}

const answer = async offer => {
  const socket = net.connect(port, '127.0.0.1')
  socket.write(`GET /mqtt HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: ${offer}\r\n\r\n`)
  let head = ''
  for await (const bytes of socket) if ((head += bytes).includes('\r\n\r\n')) break
  socket.destroy()
  return /^sec-websocket-protocol: *(.*)\r$/im.exec(head)?.[1]
}
const seen = []
for (const offer of ['mqtt', 'mqtt, mqttv3.1', 'chat, mqtt', 'chat']) {
  seen.push(`${offer}: ${await answer(offer)}`)
  console.log(`offered ${offer}: answered ${seen.at(-1).slice(offer.length + 2)}`)
}
const [error] = await once(new WebSocket(`ws://127.0.0.1:${port}/mqtt`, ['mqtt', 'mqttv3.1']), 'error')
console.log(`ws 8.23.0, which offers mqtt and mqttv3.1: ${error.message}`)
const same = seen.join() === 'mqtt: mqtt,mqtt, mqttv3.1: mqtt, mqttv3.1,chat, mqtt: chat, mqtt,chat: chat' && error.message === 'Server sent an invalid subprotocol'
await end(same ? 0 : 1)
JS
node try.mjs || exit 1
