import { DIRECT } from './names.ts'
import { behindTunnel, type Path } from './path.ts'

/** No proxy: what the load generator and the servers can do by themselves. */
export const direct: Path = {
  name: DIRECT,
  version: '',
  without: () => undefined,
  start: async (setting, servers) => ({
    port: (setting.over === 'tls' ? servers.mqttTls : behindTunnel(servers, setting))[0]!,
    pid: undefined,
    configuredMs: 0,
    stop: async () => {}
  })
}
