import { Child } from '../processes/child.ts'
import type { Path } from './path.ts'

/** The floor: forwards to one server, knows no protocol. */
export const plain: Path = {
  name: 'plain net onread',
  version: `Node ${process.version}`,
  async start (servers) {
    const child = Child.start(import.meta.resolve('../processes/plain-proxy.ts'), String(servers[0]))
    const { port } = await child.hear<{ port: number }>()
    return { port, pid: child.pid, stop: async () => { await child.stop() } }
  }
}
