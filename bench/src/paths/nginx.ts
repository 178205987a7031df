import { existsSync } from 'node:fs'
import { freePort } from '../../../test/support/free-port.ts'
import { FILTER, PREREAD } from './names.ts'
import { nginxMain, type NginxProgram } from './nginx-main.ts'
import { nginxScript } from './nginx-script.ts'
import { portsOfMany, type Path, type Setting, type Work } from './path.ts'
import { runProgram } from './program.ts'

const modules = ['ngx_stream_module.so', 'ngx_stream_js_module.so']

/** Functions of the script that see every message, by what they are to do with it. */
type Filters = Partial<Record<Work, string>>

const server = (
  name: string,
  port: number,
  { over, workers }: Setting,
  filter: string | undefined,
  servers: readonly number[]
): string => `
  upstream ${name} {
    hash $client_id consistent;
${servers.map(server => `    server 127.0.0.1:${server};`).join('\n')}
  }
  server {
    listen 127.0.0.1:${port} backlog=4096 ${workers > 1 ? 'reuseport' : ''} ${over === 'tls' ? 'ssl' : ''};
    js_preread mqtt.preread;
    ${filter === undefined ? '' : `js_filter mqtt.${filter};`}
    proxy_pass ${name};
    proxy_timeout 10m;
  }
`

const configFor = (
  folder: string,
  ports: readonly number[],
  setting: Setting,
  filter: string | undefined,
  servers: readonly number[]
): string => `
${modules.map(file => `load_module ${folder}/${file};`).join('\n')}
${nginxMain(setting)}
stream {
  js_path @FOLDER@;
  js_import mqtt from mqtt.js;
  js_set $client_id mqtt.clientIdOf;
  ${
  setting.over === 'tls'
    ? 'ssl_certificate @FOLDER@/cert.pem; ssl_certificate_key @FOLDER@/key.pem; ssl_protocols TLSv1.2 TLSv1.3;'
    : ''
}
${
  ports.map((port, i) =>
    server(`s${i}`, port, setting, filter, ports.length === 1 ? servers : [servers[i % servers.length]!])
  ).join('')
}
}
`

const missing = ({ program, version, modules: folder }: NginxProgram): string | undefined =>
  version === undefined
    ? `${program} is not installed (Debian: apt-get install nginx libnginx-mod-stream libnginx-mod-stream-js)`
    : modules.some(file => !existsSync(`${folder}/${file}`))
    ? `${folder} lacks ${modules.join(' or ')} (Debian: apt-get install libnginx-mod-stream libnginx-mod-stream-js)`
    : undefined

const without = (filters: Filters, { work, over }: Setting): string | undefined => {
  if (work === 'http' || over === 'websocket') return 'reads MQTT on TCP and TLS'
  if (work === 'syslog' || work === 'redis') return 'balances connections, not messages'
  return work !== 'mqtt' && filters[work] === undefined ? 'reads no message but the CONNECT' : undefined
}

const nginx = (name: string, filters: Filters, nginx: NginxProgram): Path => {
  const why = missing(nginx)
  return {
    name,
    version: nginx.version === undefined ? '' : `nginx ${nginx.version}`,
    ...(why === undefined ? {} : { missing: why }),
    without: setting => without(filters, setting),
    async start (setting, servers, { cert, key }) {
      const ports = setting.vservers === 1 ? [await freePort()] : portsOfMany(setting.vservers)
      const files = {
        'nginx.conf': configFor(nginx.modules, ports, setting, filters[setting.work], servers.mqtt),
        'mqtt.js': nginxScript,
        'cert.pem': cert,
        'key.pem': key
      }
      return await runProgram(
        nginx.program,
        ports.at(-1)!,
        files,
        folder => ['-p', folder, '-e', 'stderr', '-c', `${folder}/nginx.conf`]
      )
    }
  }
}

/** nginx that reads the CONNECT in njs and hashes the client ID. */
export const nginxPreread = (program: NginxProgram): Path => nginx(PREREAD, {}, program)

/** The same, and njs walks every message of both directions. */
export const nginxFilter = (program: NginxProgram): Path =>
  nginx(FILTER, { mqtt: 'filter', topics: 'topics', packets: 'filter', rules: 'rules' }, program)
