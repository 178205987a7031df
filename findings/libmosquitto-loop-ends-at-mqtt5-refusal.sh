#!/usr/bin/env bash
# mosquitto_loop_forever of libmosquitto 2.0.11 retries after a CONNACK of MQTT 3.1.1 that refuses, and returns after one of MQTT 5, for the same cause.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -q libmosquitto-dev=2.0.11-1.2+deb12u2 libmosquitto1=2.0.11-1.2+deb12u2 > apt.log 2>&1 || { cat apt.log; exit 2; }
for deb in *.deb; do dpkg -x "$deb" root; done
export LD_LIBRARY_PATH=$dir/root/usr/lib/$(uname -m)-linux-gnu
cat > loop.c <<'C'
#include <mosquitto.h>
#include <stdio.h>
#include <stdlib.h>

int main (int argc, char **argv) {
  int major, minor, revision;
  mosquitto_lib_init();
  mosquitto_lib_version(&major, &minor, &revision);
  if (argc == 1) return printf("libmosquitto %d.%d.%d\n", major, minor, revision) < 0;
  struct mosquitto *m = mosquitto_new("device-1", 1, NULL);
  mosquitto_int_option(m, MOSQ_OPT_PROTOCOL_VERSION, atoi(argv[2]));
  int result = mosquitto_connect(m, "127.0.0.1", atoi(argv[1]), 60);
  if (result == MOSQ_ERR_SUCCESS) result = mosquitto_loop_forever(m, -1, 1);
  printf("mosquitto_loop_forever returned %d, %s\n", result, mosquitto_strerror(result));
  return result;
}
C
cc -o loop -Iroot/usr/include loop.c -L"$LD_LIBRARY_PATH" -Wl,--allow-shlib-undefined -lmosquitto || exit 2
./loop
cat > try.mjs <<'JS'
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'

const TRY_MS = 5000

/** Run the loop against a server that sends this CONNACK to each CONNECT and closes. */
const run = async (version, connack) => {
  let connections = 0
  const server = createServer(socket => {
    socket.on('error', () => {})
    socket.once('data', () => {
      connections++
      socket.end(Buffer.from(connack, 'hex'))
    })
  })
  await new Promise(resolve => { server.listen(0, '127.0.0.1', resolve) })
  const child = spawn('./loop', [String(server.address().port), String(version)])
  let output = ''
  child.stdout.on('data', text => { output += text })
  const status = await new Promise(resolve => {
    const timer = setTimeout(() => { child.kill('SIGKILL') }, TRY_MS)
    child.on('close', code => { clearTimeout(timer); resolve(code) })
  })
  server.close()
  return { connections, status, output }
}

const v4 = await run(4, '20020003')
const v5 = await run(5, '2003008800')
console.log(`3.1.1, CONNACK 3, server unavailable (killed after ${TRY_MS / 1000} s):`, JSON.stringify(v4))
console.log('5, CONNACK 0x88, server unavailable:', JSON.stringify(v5))
const asSeen = v4.connections > 2 && v4.status === null && v5.connections === 1 && v5.status !== null
console.log(asSeen ? 'as seen: the loop goes on in 3.1.1 and ends in 5' : 'CHANGED')
process.exit(asSeen ? 0 : 1)
JS
node try.mjs || exit 1
