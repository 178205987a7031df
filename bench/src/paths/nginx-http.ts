import { freePort } from '../../../test/support/free-port.ts'
import { NGINX_HTTP } from './names.ts'
import { nginxMain, type NginxProgram } from './nginx-main.ts'
import { behindTunnel, type Path, type Setting } from './path.ts'
import { runProgram } from './program.ts'

const KEPT = 64

const requests = `
    keepalive_requests 1000000;
    location / {
      proxy_pass http://servers;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }`

/** The way its manual passes WebSockets on. */
const webSockets = `
    location / {
      proxy_pass http://servers;
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection "upgrade";
      proxy_read_timeout 10m;
    }`

const configFor = (port: number, setting: Setting, servers: readonly number[]): string => `${nginxMain(setting)}
http {
  access_log off;
  upstream servers {
${servers.map(server => `    server 127.0.0.1:${server};`).join('\n')}
    keepalive ${KEPT};
    keepalive_requests 1000000;
  }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    ${setting.work === 'http' ? requests : webSockets}
  }
}
`

/** nginx for HTTP requests and for WebSockets, which it passes on as they are. */
export const nginxHttp = ({ program, version }: NginxProgram): Path => ({
  name: NGINX_HTTP,
  version: version === undefined ? '' : `nginx ${version}`,
  ...(version === undefined ? { missing: `${program} is not installed (Debian: apt-get install nginx)` } : {}),
  without: ({ work, over }) => work === 'http' || over === 'websocket' ? undefined : 'passes on HTTP and WebSockets',
  async start (setting, servers) {
    const port = await freePort()
    return await runProgram(
      program,
      port,
      { 'nginx.conf': configFor(port, setting, behindTunnel(servers, setting)) },
      folder => ['-p', folder, '-e', 'stderr', '-c', `${folder}/nginx.conf`]
    )
  }
})
