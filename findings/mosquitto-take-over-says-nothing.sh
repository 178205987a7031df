#!/usr/bin/env bash
# mosquitto 2.0.11 closes an MQTT 5 client whose client ID another connection takes, without the DISCONNECT with reason
# 0x8E (session taken over) that MQTT 5 has for it (3.1.4, 3): the client sees a plain close, as after a broken network.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -q mosquitto=2.0.11-1.2+deb12u2 libcjson1 libdlt2 libwebsockets17 libuv1 libev4 libcap2 > apt.log 2>&1 ||
  { cat apt.log; exit 2; }
for deb in *.deb; do dpkg -x "$deb" root; done
export LD_LIBRARY_PATH=$dir/root/usr/lib/$(uname -m)-linux-gnu
cat > try.mjs <<'JS'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'

const program = 'root/usr/sbin/mosquitto'
console.log(spawnSync(program, ['-h'], { encoding: 'utf8' }).stdout.split('\n')[0])
const free = createServer().listen(0, '127.0.0.1')
await once(free, 'listening')
const { port } = free.address()
free.close()
writeFileSync('mosquitto.conf', `listener ${port} 127.0.0.1\nallow_anonymous true\n`)
const broker = spawn(program, ['-c', 'mosquitto.conf'], { stdio: ['ignore', 'ignore', 'pipe'] })
let log = ''
broker.stderr.on('data', text => { log += text })
while (!log.includes(' running')) await once(broker.stderr, 'data')

// CONNECT of MQTT 5: clean start, keep alive 60 s, no properties, client ID "x".
const hello = Buffer.from('100e00044d5154540502003c00000178', 'hex')
/** A client that was accepted. `packets`: types of what it got; `closed`: resolves at its end. */
const client = async () => {
  const socket = connect(port, '127.0.0.1')
  const packets = []
  socket.on('data', bytes => { packets.push(bytes[0].toString(16)) })
  socket.write(hello)
  await once(socket, 'data')
  return { socket, packets, closed: once(socket, 'close') }
}
const older = await client()
const newer = await client()
await older.closed
newer.socket.destroy()
broker.kill()
console.log('first bytes of the packets that the older client got:', older.packets.join(' '))
const asSeen = older.packets.join() === '20'
console.log(asSeen ? 'as seen: CONNACK (20), then a close without DISCONNECT (e0)' : 'CHANGED')
process.exit(asSeen ? 0 : 1)
JS
node try.mjs || exit 1
