#!/usr/bin/env bash
# mqtt-packet 9.0.2 does not write a CONNECT of MQTT 5 with a password and no user name, which MQTT 5 allows (§3.1.2.9) and which its own parser reads.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --no-audit --no-fund --silent mqtt-packet@9.0.2 || exit 2
cat > try.mjs <<'JS'
import { readFileSync } from 'node:fs'
import mqtt from 'mqtt-packet'

console.log('mqtt-packet', JSON.parse(readFileSync('node_modules/mqtt-packet/package.json')).version, 'Node', process.version)

// "MQTT", level 5, connect flags 0x42 (clean start, password), keep alive 60, no properties, client ID "a", password "sec"
const bytes = Buffer.from('1013 0004 4d515454 05 42 003c 00 0001 61 0003 736563'.replaceAll(' ', ''), 'hex')
let read
const parser = mqtt.parser({ protocolVersion: 5 })
parser.on('packet', packet => { read = packet })
parser.on('error', error => { read = { error: error.message } })
parser.parse(bytes)
console.log('read:', read.error ?? `client ID ${read.clientId}, user name ${read.username}, password ${read.password}`)

let written
try {
  written = mqtt.generate(read, { protocolVersion: 5 }).toString('hex')
} catch (error) {
  written = error.message
}
console.log('written again:', written)
const asSeen = String(read.password) === 'sec' && read.username === undefined && written === 'Username is required to use password'
console.log(asSeen ? 'as seen: it refuses to write what it has read' : 'CHANGED')
process.exit(asSeen ? 0 : 1)
JS
node try.mjs || exit 1
