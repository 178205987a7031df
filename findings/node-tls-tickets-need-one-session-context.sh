#!/usr/bin/env bash
# Node 24's TLS server resumes a ticket of another process with the same ticket keys only if both have the same sessionIdContext; its default is made of the command line.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y > /dev/null
npm install --silent --no-audit --no-fund node@24.21.0 > npm.log 2>&1 || { cat npm.log; exit 2; }
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -days 2 -keyout key.pem -out cert.pem 2> openssl.log || { cat openssl.log; exit 2; }
cat > server.mjs <<'JS'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:tls'
const context = process.env.CONTEXT
const server = createServer({
  key: readFileSync('key.pem'), cert: readFileSync('cert.pem'), ticketKeys: Buffer.alloc(48, 7), ...context ? { sessionIdContext: context } : {}
}, socket => {
  socket.on('error', () => {})
  socket.end(String(socket.isSessionReused()))
})
server.listen(0, '127.0.0.1', () => { process.send(server.address().port) })
JS
cat > try.mjs <<'JS'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:tls'
const start = async (args, context) => {
  const child = fork('server.mjs', args, { env: { ...process.env, CONTEXT: context } })
  const [port] = await once(child, 'message')
  return { child, port }
}
const visit = async (port, session) => {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, session })
  let ticket
  let reused = ''
  socket.on('session', given => { ticket = given })
  socket.setEncoding('utf8').on('data', text => { reused += text })
  await once(socket, 'close')
  return { ticket, reused }
}
const resumes = async (first, second, context) => {
  const [one, two] = [await start(first, context), await start(second, context)]
  const { ticket } = await visit(one.port)
  const { reused } = await visit(two.port, ticket)
  one.child.kill()
  two.child.kill()
  return reused
}
console.log(`Node ${process.version}, two processes with the same ticket keys`)
const seen = [await resumes(['a'], ['a'], ''), await resumes(['a'], ['b'], ''), await resumes(['a'], ['b'], 'one')]
console.log(`the same command line: resumed ${seen[0]}`)
console.log(`another argument: resumed ${seen[1]}`)
console.log(`another argument, the same sessionIdContext: resumed ${seen[2]}`)
process.exit(seen.join() === 'true,false,true' ? 0 : 1)
JS
node_modules/.bin/node try.mjs || exit 1
