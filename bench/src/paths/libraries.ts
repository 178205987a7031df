import { Child } from '../processes/child.ts'
import { LIBRARIES } from './names.ts'
import { behind, type Path } from './path.ts'

/**
 * The floor where the bytes are taken apart: node:tls, node:http with undici, or `ws`, one server behind them, and
 * nothing else.
 */
export const libraries: Path = {
  name: LIBRARIES,
  version: `Node ${process.version}`,
  without: ({ work, over, workers, vservers }) =>
    work !== 'http' && over === 'tcp'
      ? 'takes nothing apart'
      : workers > 1 || vservers > 1
      ? 'is one process with one listener'
      : undefined,
  async start ({ work, over }, servers, { cert, key }) {
    const from = performance.now()
    const child = Child.start(
      import.meta.resolve('../processes/library-proxy.ts'),
      work === 'http' ? work : over,
      String(behind(servers, work)[0]),
      cert,
      key
    )
    const { port } = await child.hear<{ port: number }>()
    return { port, pid: child.pid, configuredMs: performance.now() - from, stop: async () => { await child.stop() } }
  }
}
