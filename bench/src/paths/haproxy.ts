import { freePort } from '../../../test/support/free-port.ts'
import type { Path } from './path.ts'
import { runProgram, sayVersion } from './program.ts'

const configFor = (port: number, servers: readonly number[]): string => `
global
  nbthread 1
  maxconn 9000
defaults
  mode tcp
  timeout connect 5s
  timeout client 10m
  timeout server 10m
listen mqtt
  bind 127.0.0.1:${port} backlog 4096
  tcp-request inspect-delay 10s
  tcp-request content reject unless { req.payload(0,0),mqtt_is_valid }
  balance roundrobin
  stick-table type string len 65 size 100k expire 1h
  stick on req.payload(0,0),mqtt_field_value(connect,client_identifier)
${servers.map((server, i) => `  server s${i} 127.0.0.1:${server}`).join('\n')}
`

const version = sayVersion('haproxy', '-v')?.match(/version (\S+)/)?.[1]

/** HAProxy as its documentation balances MQTT: the CONNECT is checked, the client ID sticks. One thread. */
export const haproxy: Path = {
  name: 'HAProxy',
  version: version === undefined ? '' : `HAProxy ${version}`,
  ...(version === undefined ? { missing: 'haproxy is not installed (Debian: apt-get install haproxy)' } : {}),
  async start (servers) {
    const port = await freePort()
    return await runProgram('haproxy', port, { 'haproxy.cfg': configFor(port, servers) }, folder => ['-db', '-f', `${folder}/haproxy.cfg`])
  }
}
