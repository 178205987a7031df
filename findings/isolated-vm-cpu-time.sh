#!/usr/bin/env bash
# isolated-vm 7.0.1 on Linux: isolate.cpuTime is time by the clock while a call runs. It goes on while the whole process is stopped. Needs Node 24.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --no-audit --no-fund --silent isolated-vm@7.0.1 node@24.21.0 || exit 2
cat > try.mjs <<'JS'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import ivm from 'isolated-vm'

console.log('isolated-vm', JSON.parse(readFileSync('node_modules/isolated-vm/package.json')).version, 'Node', process.version)
const STOPPED_MS = 3000
const isolate = new ivm.Isolate({ memoryLimit: 16 })
const context = await isolate.createContext()
const loop = await context.eval('(() => { for (;;); })', { reference: true })
const ms = ({ user, system }) => (user + system) / 1000

// This process stops itself in the middle of the call.
spawn('sh', ['-c', `sleep 0.3; kill -STOP ${process.pid}; sleep ${STOPPED_MS / 1000}; kill -CONT ${process.pid}`])
const before = process.threadCpuUsage()
try { loop.applySync(undefined, [], { timeout: 2000 }) } catch (error) { console.log(error.message) }
const thread = ms(process.threadCpuUsage(before))
const cpuTime = Number(isolate.cpuTime) / 1e6
console.log(`stopped for ${STOPPED_MS} ms during a call: the thread had ${thread.toFixed()} ms of CPU time, isolate.cpuTime says ${cpuTime.toFixed()} ms`)
const asSeen = thread < STOPPED_MS / 2 && cpuTime > STOPPED_MS
console.log(asSeen ? 'as seen: isolate.cpuTime counts time by the clock' : 'CHANGED')
process.exit(asSeen ? 0 : 1)
JS
node_modules/.bin/node --no-node-snapshot try.mjs || exit 1
