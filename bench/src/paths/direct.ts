import type { Path } from './path.ts'

/** No proxy: what the load generator and the servers can do by themselves. */
export const direct: Path = {
  name: 'direct',
  version: '',
  start: async servers => ({ port: servers[0]!, pid: undefined, stop: async () => {} })
}
