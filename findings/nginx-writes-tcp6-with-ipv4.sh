#!/usr/bin/env bash
# nginx 1.22.1's stream proxy writes a PROXY protocol header of family TCP6 with an IPv4 destination, when it listens on IPv4 behind a balancer whose client has IPv6.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -q nginx=1.22.1-9+deb12u11 libnginx-mod-stream=1.22.1-9+deb12u11 > apt.log 2>&1 || { cat apt.log; exit 2; }
for deb in *.deb; do dpkg -x "$deb" root; done
cat > try.mjs <<'JS'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import net from 'node:net'

const program = 'root/usr/sbin/nginx'
console.log(spawnSync(program, ['-v'], { encoding: 'utf8' }).stderr.trim())
const listen = async server => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return server.address().port
}
const free = net.createServer()
const port = await listen(free)
free.close()

// The server behind nginx keeps the first line.
const server = net.createServer()
const behind = await listen(server)
writeFileSync('nginx.conf', `load_module ${process.cwd()}/root/usr/lib/nginx/modules/ngx_stream_module.so; daemon off; master_process off; pid pid; error_log stderr; events {}
stream { server { listen 127.0.0.1:${port} proxy_protocol; set_real_ip_from 127.0.0.1; proxy_pass 127.0.0.1:${behind}; proxy_protocol on; } }
`)
const nginx = spawn(program, ['-p', process.cwd(), '-c', 'nginx.conf', '-e', 'stderr'], { stdio: 'ignore' })
const exchange = (async () => {
  for (;;) {
    const client = net.connect({ port, host: '127.0.0.1' })
    const open = await Promise.race([once(client, 'connect').then(() => true), once(client, 'error').then(() => false)]).catch(() => false)
    if (open) {
      client.write('PROXY TCP6 2001:db8::7 2001:db8::1 4711 1883\r\n')
      const [socket] = await once(server, 'connection')
      const [bytes] = await once(socket, 'data')
      return bytes.toString()
    }
    await new Promise(resolve => { setTimeout(resolve, 50) })
  }
})()
const line = await Promise.race([exchange, new Promise(resolve => { setTimeout(resolve, 15_000, 'nothing within 15 s') })])
nginx.kill()
console.log(JSON.stringify(line))
const asSeen = line === `PROXY TCP6 2001:db8::7 127.0.0.1 4711 ${port}\r\n`
console.log(asSeen ? 'as seen: the family is TCP6, and the destination is an IPv4 address' : 'CHANGED')
process.exit(asSeen ? 0 : 1)
JS
node try.mjs || exit 1
