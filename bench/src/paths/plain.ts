import { Child } from '../processes/child.ts'
import { PLAIN } from './names.ts'
import { behindTunnel, type Path } from './path.ts'

/** The floor: forwards everything to one server, knows no protocol. */
export const plain: Path = {
  name: PLAIN,
  version: `Node ${process.version}`,
  without: ({ over, workers, vservers }) =>
    over === 'tls' ? 'has no TLS' : workers > 1 || vservers > 1 ? 'is one process with one listener' : undefined,
  async start (setting, servers) {
    const from = performance.now()
    const child = Child.start(
      import.meta.resolve('../processes/plain-proxy.ts'),
      String(behindTunnel(servers, setting)[0])
    )
    const { port } = await child.hear<{ port: number }>()
    return { port, pid: child.pid, configuredMs: performance.now() - from, stop: async () => { await child.stop() } }
  }
}
