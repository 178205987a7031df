import { DIRECT } from './names.ts'
import { behind, type Path } from './path.ts'

/** No proxy: what the load generator and the servers can do by themselves. */
export const direct: Path = {
  name: DIRECT,
  version: '',
  without: () => undefined,
  start: async ({ work, tls }, servers) => ({ port: (tls ? servers.mqttTls : behind(servers, work))[0]!, pid: undefined, configuredMs: 0, stop: async () => {} })
}
