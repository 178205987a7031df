#!/usr/bin/env bash
# RabbitMQ 3.10.8 with proxy_protocol takes a header of the PROXY protocol only in one segment, and neither v1 UNKNOWN nor v2 LOCAL.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
erlang=$(printf 'erlang-%s=1:25.2.3+dfsg-1+deb12u4 ' asn1 base crypto eldap ftp inets mnesia os-mon parsetools public-key runtime-tools snmp ssl syntax-tools tftp tools xmerl)
apt-get download -q rabbitmq-server=3.10.8-1.1+deb12u1 $erlang > apt.log 2>&1 || { cat apt.log; exit 2; }
for deb in *.deb; do dpkg -x "$deb" root; done
# Debian's erl looks in /usr/lib/erlang.
export ROOTDIR=$dir/root/usr/lib/erlang EMU=beam PROGNAME=erl
BINDIR=$(echo "$ROOTDIR"/erts-*/bin); export BINDIR
mkdir bin
printf '#!/bin/sh\nexec "$BINDIR/erlexec" "$@"\n' > bin/erl
chmod +x bin/erl
export PATH=$dir/bin:$BINDIR:$PATH
echo 'RabbitMQ 3.10.8 of Debian 12'
cat > try.mjs <<'JS'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import net from 'node:net'

const free = async () => {
  const server = net.createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address()
  server.close()
  return port
}
const sleep = ms => new Promise(resolve => { setTimeout(resolve, ms) })
const dir = process.cwd()
const [port, names, nodes] = [await free(), await free(), await free()]
writeFileSync('rabbitmq.conf', `listeners.tcp.1 = 127.0.0.1:${port}\nproxy_protocol = true\nlog.console = true\nlog.console.level = info\nlog.file = false\n`)
writeFileSync('plugins', '[].\n')
const epmd = spawn('epmd', ['-address', '127.0.0.1', '-port', String(names)], { stdio: 'ignore' })
const rabbitmq = spawn('root/usr/lib/rabbitmq/bin/rabbitmq-server', [], {
  stdio: ['ignore', 'pipe', 'pipe'],
  env: {
    ...process.env, HOME: dir, ERL_EPMD_PORT: names, RABBITMQ_DIST_PORT: nodes, RABBITMQ_NODENAME: `finding-${port}@localhost`, RABBITMQ_MNESIA_BASE: `${dir}/mnesia`,
    RABBITMQ_LOG_BASE: `${dir}/log`, RABBITMQ_CONFIG_FILE: `${dir}/rabbitmq.conf`, RABBITMQ_ENABLED_PLUGINS_FILE: `${dir}/plugins`, RABBITMQ_PID_FILE: `${dir}/pid`
  }
})
let log = ''
for (const stream of [rabbitmq.stdout, rabbitmq.stderr]) stream.on('data', bytes => { log += bytes })
const end = async status => {
  if (rabbitmq.exitCode === null) {
    rabbitmq.kill()
    await once(rabbitmq, 'exit')
  }
  epmd.kill()
  process.exit(status)
}
for (const began = Date.now(); !log.includes('Server startup complete'); await sleep(50)) {
  if (rabbitmq.exitCode !== null || Date.now() - began > 90_000) {
    console.log(log)
    await end(2)
  }
}

const v1 = Buffer.from('PROXY TCP4 192.0.2.7 192.0.2.1 4711 5672\r\n')
const v2 = Buffer.from('0d0a0d0a000d0a515549540a2111000cc0000207c000020112671628', 'hex')
const cases = {
  'v1 TCP4, one segment': [v1],
  'v2 TCP4, one segment': [v2],
  'v1 TCP4, two segments': [v1.subarray(0, 20), v1.subarray(20)],
  'v2 TCP4, two segments': [v2.subarray(0, 14), v2.subarray(14)],
  'v1 UNKNOWN': [Buffer.from('PROXY UNKNOWN\r\n')],
  'v2 LOCAL': [Buffer.from('0d0a0d0a000d0a515549540a20000000', 'hex')]
}
const seen = {}
for (const [name, parts] of Object.entries(cases)) {
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true })
  const outcome = new Promise(resolve => {
    // Connection.Start, a method of AMQP 0-9-1, begins with frame type 1 on channel 0.
    socket.once('data', bytes => { resolve(bytes.subarray(0, 3).equals(Buffer.of(1, 0, 0)) ? 'served' : 'other bytes') })
    socket.on('error', () => { resolve('closed') }).once('close', () => { resolve('closed') })
    setTimeout(resolve, 8_000, 'nothing within 8 s')
  })
  await once(socket, 'connect')
  for (const part of parts) {
    socket.write(part)
    await sleep(300)
  }
  // What a client of AMQP 0-9-1 says first.
  socket.write(Buffer.from('AMQP\0\0\x09\x01', 'latin1'))
  seen[name] = await outcome
  socket.destroy()
  console.log(`${name}: ${seen[name]}`)
}
const asSeen = Object.entries(seen).every(([name, outcome]) => name.endsWith('one segment') ? outcome === 'served' : outcome === 'closed')
console.log(asSeen ? 'as seen: a header in one segment with addresses is taken, and no other' : 'CHANGED')
await end(asSeen ? 0 : 1)
JS
node try.mjs || exit 1
