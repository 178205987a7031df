import { freePort } from '../../../test/support/free-port.ts'
import { HAPROXY } from './names.ts'
import { behindTunnel, portsOfMany, type Path, type Servers, type Setting } from './path.ts'
import { runProgram, sayVersion } from './program.ts'

/** Open files are limited to 20,000 on many machines; a connection takes two, a listener one. */
const maxConnections = (vservers: number): number => 9000 - vservers

const globals = ({ workers, vservers }: Setting): string => `
global
  nbthread ${workers}
  maxconn ${maxConnections(vservers)}
defaults
  timeout connect 5s
  timeout client 10m
  timeout server 10m
  timeout tunnel 10m
`

/** A hundred ACLs of the kinds of `../rules/rule-sets.ts`, on what HAProxy reads of MQTT: the first message. */
const acls: readonly string[] = Array.from({ length: 100 }, (_, n) => [
  `req.payload(0,0),mqtt_field_value(connect,username) -m beg $SYS/${n}/`,
  `req.len gt ${10_000 + n}`,
  `req.payload(0,0),mqtt_field_value(connect,client_identifier) -m sub secret-${n}`,
  `src 10.${n % 256}.0.0/16 192.0.2.${n % 256}`,
  `req.payload(0,0),mqtt_field_value(connect,client_identifier) -m str device-${n}`
][n % 5]!)

const mqtt = (name: string, port: number, { over, work }: Setting, servers: readonly number[]): string => `
listen ${name}
  mode tcp
  bind 127.0.0.1:${port} backlog 4096 ${over === 'tls' ? 'ssl crt @FOLDER@/site.pem' : ''}
  tcp-request inspect-delay 10s
  tcp-request content reject unless { req.payload(0,0),mqtt_is_valid }
${work === 'rules' ? acls.map(acl => `  tcp-request content reject if { ${acl} }`).join('\n') : ''}
  balance roundrobin
  stick-table type string len 65 size 100k expire 1h
  stick on req.payload(0,0),mqtt_field_value(connect,client_identifier)
${servers.map((server, i) => `  server s${i} 127.0.0.1:${server}`).join('\n')}
`

/** Requests, and WebSockets, which it passes on as they are once they are open. */
const http = (port: number, servers: readonly number[]): string => `
listen http
  mode http
  bind 127.0.0.1:${port} backlog 4096
  balance roundrobin
  option forwardfor
${servers.map((server, i) => `  server s${i} 127.0.0.1:${server}`).join('\n')}
`

/** The way its manual spreads log messages: each goes into the ring of one collector, in turn (log-forward, sample). */
const syslog = (port: number, collectors: readonly number[]): string => `
${collectors.map((collector, i) => `
ring r${i}
  format raw
  maxlen 2048
  size 4194304
  timeout connect 5s
  timeout server 10m
  server c${i} 127.0.0.1:${collector} log-proto octet-count
`).join('')}
log-forward syslog
  bind 127.0.0.1:${port}
  maxconn 9000
  timeout client 10m
${collectors.map((_, i) => `  log ring@r${i} format rfc5424 sample ${i + 1}:${collectors.length} local0`).join('\n')}
`

const listenersFor = (ports: readonly number[], setting: Setting, servers: Servers): string => {
  if (setting.work === 'syslog') return syslog(ports[0]!, servers.syslog)
  if (setting.work === 'http' || setting.over === 'websocket') return http(ports[0]!, behindTunnel(servers, setting))
  return ports.map((port, i) =>
    mqtt(`mqtt${i}`, port, setting, ports.length === 1 ? servers.mqtt : [servers.mqtt[i % servers.mqtt.length]!])
  ).join('')
}

/**
 * HAProxy as its documentation balances MQTT: the CONNECT is checked, the client ID sticks. In WebSockets it reads
 * neither.
 */
export const haproxyPath = (program: string): Path => {
  const version = sayVersion(program, '-v')?.match(/version (\S+)/)?.[1]
  return {
    name: HAPROXY,
    version: version === undefined ? '' : `HAProxy ${version}`,
    ...(version === undefined ? { missing: `${program} is not installed (Debian: apt-get install haproxy)` } : {}),
    without: ({ work }) =>
      work === 'topics'
        ? 'reads no MQTT but the CONNECT'
        : work === 'redis'
        ? 'balances connections, not commands'
        : undefined,
    async start (setting, servers, { cert, key }) {
      const ports = setting.vservers === 1 ? [await freePort()] : portsOfMany(setting.vservers)
      const files = {
        'haproxy.cfg': globals(setting) + listenersFor(ports, setting, servers),
        'site.pem': `${cert}\n${key}\n`
      }
      return await runProgram(program, ports.at(-1)!, files, folder => ['-db', '-f', `${folder}/haproxy.cfg`])
    }
  }
}
