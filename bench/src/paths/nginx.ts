import { existsSync } from 'node:fs'
import { freePort } from '../../../test/support/free-port.ts'
import type { Path } from './path.ts'
import { runProgram, sayVersion } from './program.ts'

const MODULES = '/usr/lib/nginx/modules'
const modules = ['ngx_stream_module.so', 'ngx_stream_js_module.so']

/** njs: one session is one context, so module variables belong to one connection. */
const script = `
let clientId = ''

function clientIdOf (s) { return clientId }

// CONNECT: fixed header, protocol name, level, flags, keep-alive, then the client ID.
function preread (s) {
  s.on('upstream', function (data, flags) {
    if (data.length === 0) return
    if (data[0] >> 4 !== 1) { s.deny(); return }
    let at = 1
    while (data[at] > 127) at++
    at++
    at += 2 + data.readUInt16BE(at) + 4
    if (data.length < at + 2) return
    const length = data.readUInt16BE(at)
    if (data.length < at + 2 + length) return
    clientId = data.toString('utf8', at + 2, at + 2 + length)
    s.done()
  })
}

function walker () { return { left: -1, shift: -1, length: 0, messages: 0 } }

// Finds every message: its type, its length and where it ends.
function walk (state, data) {
  const end = data.length
  let at = 0
  while (at < end) {
    if (state.left >= 0) {
      const step = Math.min(state.left, end - at)
      at += step
      state.left -= step
    } else if (state.shift < 0) {
      at++
      state.shift = 0
      state.length = 0
    } else {
      const byte = data[at++]
      state.length |= (byte & 127) << state.shift
      state.shift += 7
      if (byte < 128) {
        state.left = state.length
        state.shift = -1
      }
    }
    if (state.left === 0) {
      state.messages++
      state.left = -1
    }
  }
}

function filter (s) {
  const up = walker()
  const down = walker()
  s.on('upstream', function (data, flags) { walk(up, data); s.send(data, flags) })
  s.on('downstream', function (data, flags) { walk(down, data); s.send(data, flags) })
}

export default { clientIdOf, preread, filter }
`

const configFor = (port: number, servers: readonly number[], everyMessage: boolean): string => `
${modules.map(file => `load_module ${MODULES}/${file};`).join('\n')}
daemon off;
worker_processes 1;
worker_rlimit_nofile 20000;
pid @FOLDER@/nginx.pid;
error_log stderr error;
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 19000; }
stream {
  js_path @FOLDER@;
  js_import mqtt from mqtt.js;
  js_set $client_id mqtt.clientIdOf;
  upstream servers {
    hash $client_id consistent;
${servers.map(server => `    server 127.0.0.1:${server};`).join('\n')}
  }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    js_preread mqtt.preread;
    ${everyMessage ? 'js_filter mqtt.filter;' : ''}
    proxy_pass servers;
    proxy_timeout 10m;
  }
}
`

const said = sayVersion('nginx', '-v')?.match(/nginx\/(\S+)/)?.[1]
const missing = said === undefined
  ? 'nginx is not installed (Debian: apt-get install nginx libnginx-mod-stream libnginx-mod-stream-js)'
  : modules.some(file => !existsSync(`${MODULES}/${file}`)) ? `${MODULES} lacks ${modules.join(' or ')} (Debian: apt-get install libnginx-mod-stream libnginx-mod-stream-js)` : undefined

const nginx = (name: string, everyMessage: boolean): Path => ({
  name,
  version: said === undefined ? '' : `nginx ${said}`,
  ...(missing === undefined ? {} : { missing }),
  async start (servers) {
    const port = await freePort()
    return await runProgram('nginx', port, { 'nginx.conf': configFor(port, servers, everyMessage), 'mqtt.js': script }, folder => ['-p', folder, '-e', 'stderr', '-c', `${folder}/nginx.conf`])
  }
})

/** nginx that reads the CONNECT in njs and hashes the client ID. */
export const nginxPreread: Path = nginx('nginx + njs preread', false)

/** The same, and njs walks every message of both directions. */
export const nginxFilter: Path = nginx('nginx + njs js_filter', true)
