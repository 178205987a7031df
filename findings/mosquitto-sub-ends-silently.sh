#!/usr/bin/env bash
# mosquitto_sub 2.0.11 exits with status 0 and prints nothing when an MQTT 5 server says DISCONNECT 0x8B (server shutting down); after a plain close it reconnects.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -q mosquitto-clients=2.0.11-1.2+deb12u2 libmosquitto1=2.0.11-1.2+deb12u2 libcjson1 > apt.log 2>&1 || { cat apt.log; exit 2; }
for deb in *.deb; do dpkg -x "$deb" root; done
export LD_LIBRARY_PATH=$dir/root/usr/lib/$(uname -m)-linux-gnu
cat > try.mjs <<'JS'
import { spawn, spawnSync } from 'node:child_process'
import { createServer } from 'node:net'

const program = 'root/usr/bin/mosquitto_sub'
console.log(spawnSync(program, ['--help'], { encoding: 'utf8' }).stdout.split('\n')[1])
const TRY_MS = 5000

/** Run mosquitto_sub against a server that accepts it, grants its subscription, says `goodbye`, and closes. */
const run = async goodbye => {
  let connections = 0
  const server = createServer(socket => {
    socket.on('error', () => {})
    socket.on('data', bytes => {
      const type = bytes[0] >> 4
      if (type === 1) {
        connections++
        socket.write(Buffer.from('2003000000', 'hex'))
      } else if (type === 8) {
        // SUBACK: the packet identifier of the SUBSCRIBE, no properties, QoS 0.
        socket.write(Buffer.concat([Buffer.of(0x90, 4), bytes.subarray(2, 4), Buffer.of(0, 0)]))
        socket.end(Buffer.from(goodbye, 'hex'))
      }
    })
  })
  await new Promise(resolve => { server.listen(0, '127.0.0.1', resolve) })
  const child = spawn(program, ['-V', '5', '-h', '127.0.0.1', '-p', String(server.address().port), '-t', 't/#'])
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', text => { output += text })
  const status = await new Promise(resolve => {
    const timer = setTimeout(() => { child.kill('SIGKILL') }, TRY_MS)
    child.on('close', code => { clearTimeout(timer); resolve(code) })
  })
  server.close()
  return { connections, status, output }
}

const told = await run('e0018b')
const plain = await run('')
console.log('DISCONNECT 0x8B:', JSON.stringify(told))
console.log(`plain close (killed after ${TRY_MS / 1000} s):`, JSON.stringify(plain))
const asSeen = told.connections === 1 && told.status === 0 && told.output === '' && plain.connections > 2 && plain.status === null
console.log(asSeen ? 'as seen: status 0 and no output after DISCONNECT, reconnection after a plain close' : 'CHANGED')
process.exit(asSeen ? 0 : 1)
JS
node try.mjs || exit 1
