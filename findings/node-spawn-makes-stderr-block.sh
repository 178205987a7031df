#!/usr/bin/env bash
# Node 24.21.0 on Linux: where standard error is a socket, starting any process that inherits it makes this process's own writes to it block the event loop.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --no-audit --no-fund --silent node@24.21.0 || exit 2
cat > child.mjs <<'JS'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeSync } from 'node:fs'

const O_NONBLOCK = 0o4000
const blocks = () => (Number.parseInt(/flags:\s*(\d+)/.exec(readFileSync('/proc/self/fdinfo/2', 'utf8'))[1], 8) & O_NONBLOCK) === 0
const say = text => { writeSync(1, `${text}\n`) }
void process.stderr
say(`the descriptor blocks: ${blocks()}`)
if (process.argv[2] === 'spawn') {
  spawnSync('true', { stdio: ['ignore', 'ignore', 'inherit'] })
  say(`after a process that inherits it: ${blocks()}`)
}
// More than the socket holds; nobody reads it.
process.stderr.write('x'.repeat(4_000_000))
say('the write has returned')
process.exit(0)
JS
cat > try.mjs <<'JS'
import { spawn } from 'node:child_process'

console.log('Node', process.version)
const TRY_MS = 3000
const run = async (...args) => {
  const child = spawn(process.execPath, ['child.mjs', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  child.stdout.on('data', text => { said += text })
  const timer = setTimeout(() => { child.kill('SIGKILL') }, TRY_MS)
  const signal = await new Promise(resolve => { child.on('exit', (_, signal) => resolve(signal)) })
  clearTimeout(timer)
  console.log(`--- ${args.length === 0 ? 'no process is started' : 'a process is started that inherits standard error'}\n${said}${signal === null ? '' : `(killed after ${TRY_MS / 1000} s)\n`}`)
  return { said, signal }
}
const alone = await run()
const spawned = await run('spawn')
const asSeen = alone.signal === null && alone.said.includes('blocks: false') && spawned.signal === 'SIGKILL' && spawned.said.includes('inherits it: true') && !spawned.said.includes('returned')
console.log(asSeen ? 'as seen: spawn makes the standard error of its caller block' : 'CHANGED')
process.exit(asSeen ? 0 : 1)
JS
node_modules/.bin/node try.mjs || exit 1
