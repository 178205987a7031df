#!/usr/bin/env bash
# Paho C 1.3 (Debian 1.3.12-1) with automaticReconnect and the default MQTTVersion connects as MQTT 3.1 after an accepted 3.1.1 connection was closed, and as 3.1.1 after that.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -q libpaho-mqtt-dev=1.3.12-1 libpaho-mqtt1.3=1.3.12-1 > apt.log 2>&1 || { cat apt.log; exit 2; }
for deb in *.deb; do dpkg -x "$deb" root; done
export LD_LIBRARY_PATH=$dir/root/usr/lib/$(uname -m)-linux-gnu
cat > client.c <<'C'
#include <MQTTAsync.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main (int argc, char **argv) {
  if (argc == 1) {
    for (MQTTAsync_nameValue *info = MQTTAsync_getVersionInfo(); info->name; info++) if (strcmp(info->name, "Version") == 0) printf("Paho C, %s by its own account\n", info->value);
    return 0;
  }
  MQTTAsync client;
  MQTTAsync_connectOptions options = MQTTAsync_connectOptions_initializer;
  options.automaticReconnect = 1;
  MQTTAsync_create(&client, argv[1], "device-1", MQTTCLIENT_PERSISTENCE_NONE, NULL);
  if (MQTTAsync_connect(client, &options) != MQTTASYNC_SUCCESS) return 1;
  for (;;) pause();
}
C
cc -o client -Iroot/usr/include client.c -L"$LD_LIBRARY_PATH" -lpaho-mqtt3a || exit 2
./client
cat > try.mjs <<'JS'
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'

const WANTED = 3
const TRY_MS = 20_000

/** Protocol name and level of every CONNECT. The server accepts each, and closes half a second later. */
const seen = []
const server = createServer(socket => {
  socket.on('error', () => {})
  socket.once('data', bytes => {
    const at = 4 + bytes[3]
    seen.push(`${bytes.subarray(4, at)} ${bytes[at]}`)
    socket.write(Buffer.from('20020000', 'hex'))
    setTimeout(() => { socket.end() }, 500)
  })
})
await new Promise(resolve => { server.listen(0, '127.0.0.1', resolve) })
const child = spawn('./client', [`tcp://127.0.0.1:${server.address().port}`])
const began = performance.now()
while (seen.length < WANTED && performance.now() - began < TRY_MS) await new Promise(resolve => { setTimeout(resolve, 50) })
child.kill('SIGKILL')
server.close()
const got = seen.slice(0, WANTED).join(', ')
console.log('CONNECTs:', got)
const asSeen = got === 'MQTT 4, MQIsdp 3, MQTT 4'
console.log(asSeen ? 'as seen: 3.1 after an accepted 3.1.1 connection' : 'CHANGED')
process.exit(asSeen ? 0 : 1)
JS
node try.mjs || exit 1
