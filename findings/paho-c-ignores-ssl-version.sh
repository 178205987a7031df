#!/usr/bin/env bash
# Paho C 1.3 (Debian 1.3.12-1) ignores sslVersion of its options: told TLS 1.2, it agrees on TLS 1.3 with a server that has both.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -q libpaho-mqtt-dev=1.3.12-1 libpaho-mqtt1.3=1.3.12-1 > apt.log 2>&1 || { cat apt.log; exit 2; }
for deb in *.deb; do dpkg -x "$deb" root; done
export LD_LIBRARY_PATH=$dir/root/usr/lib/$(uname -m)-linux-gnu
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 -days 2 -keyout key.pem -out cert.pem 2> /dev/null || exit 2
cat > client.c <<'C'
#include <MQTTClient.h>
#include <stdio.h>
#include <string.h>

int main (int argc, char **argv) {
  if (argc == 1) {
    for (MQTTClient_nameValue *info = MQTTClient_getVersionInfo(); info->name; info++) if (strcmp(info->name, "Version") == 0) printf("Paho C, %s by its own account\n", info->value);
    return 0;
  }
  MQTTClient client;
  MQTTClient_SSLOptions tls = MQTTClient_SSLOptions_initializer;
  tls.sslVersion = MQTT_SSL_VERSION_TLS_1_2;
  tls.trustStore = "cert.pem";
  MQTTClient_connectOptions options = MQTTClient_connectOptions_initializer;
  options.ssl = &tls;
  options.MQTTVersion = MQTTVERSION_3_1_1;
  MQTTClient_create(&client, argv[1], "device-1", MQTTCLIENT_PERSISTENCE_NONE, NULL);
  printf("connect returns %d\n", MQTTClient_connect(client, &options));
  return 0;
}
C
cc -o client -Iroot/usr/include client.c -L"$LD_LIBRARY_PATH" -lpaho-mqtt3cs || exit 2
./client
cat > try.mjs <<'JS'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:tls'

/** The version that was agreed. The server accepts the CONNECT, with a CONNACK. */
let agreed = ''
const server = createServer({ cert: readFileSync('cert.pem'), key: readFileSync('key.pem') }, socket => {
  agreed = socket.getProtocol()
  socket.on('error', () => {})
  socket.once('data', () => { socket.write(Buffer.from('20020000', 'hex')) })
})
await once(server.listen(0, '127.0.0.1'), 'listening')
const child = spawn('./client', [`ssl://127.0.0.1:${server.address().port}`], { stdio: ['ignore', 'inherit', 'inherit'], timeout: 20_000, killSignal: 'SIGKILL' })
await once(child, 'exit')
console.log('sslVersion: TLS 1.2; agreed:', agreed)
const asSeen = agreed === 'TLSv1.3'
console.log(asSeen ? 'as seen: the version that was set is ignored' : 'CHANGED')
process.exit(asSeen ? 0 : 1)
JS
node try.mjs || exit 1
