import { Child } from '../processes/child.ts'
import { behind, type Path } from './path.ts'

/** The floor: forwards to one server, knows no protocol. */
export const plain: Path = {
  name: 'plain net onread',
  version: `Node ${process.version}`,
  without: ({ tls, workers, vservers, work }) =>
    tls ? 'has no TLS' : workers > 1 || vservers > 1 ? 'is one process with one listener' : work === 'topics' ? 'knows no topics' : undefined,
  async start ({ work }, servers) {
    const from = performance.now()
    const child = Child.start(import.meta.resolve('../processes/plain-proxy.ts'), String(behind(servers, work)[0]))
    const { port } = await child.hear<{ port: number }>()
    return { port, pid: child.pid, configuredMs: performance.now() - from, stop: async () => { await child.stop() } }
  }
}
