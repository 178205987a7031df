import { usual } from '../paths/path.ts'
import type { ConfigReport } from '../result.ts'
import { takesPart, type Scenario } from './scenario.ts'

/** What a configuration costs as it grows: listeners with a service each, clients on the last of them. */
export const configGrowth = (id: string, only: (path: string) => boolean): Scenario => ({
  id,
  title: 'the configuration grows',
  async measure (bench) {
    const { paths, ends, proxies, effort, failures } = bench
    const report: ConfigReport = {
      kind: 'config',
      id,
      title: `configuration of ${
        effort.vservers.join(', ')
      } listeners, each with a service of its own; 50 connections on the last`,
      sizes: []
    }
    for (const path of paths.slice(1)) {
      if (!takesPart(bench, path) || !only(path.name)) continue
      for (const vservers of effort.vservers) {
        try {
          const running = await proxies.fresh(path, { ...usual, vservers })
          try {
            const { warmUpSeconds, seconds } = effort
            const { cpuUs, memoryKb } = await ends.sample(running, {
              kind: 'messages',
              port: running.port,
              connections: 50,
              window: 1,
              size: 256,
              warmUpSeconds,
              seconds
            })
            const addServiceMs = await running.addService?.()
            report.sizes.push({
              path: path.name,
              vservers,
              configuredMs: running.configuredMs,
              addServiceMs,
              memoryKb: memoryKb!,
              cpuUs: cpuUs!
            })
          } finally {
            await running.stop()
          }
        } catch (error) {
          failures.push({ scenario: id, path: `${path.name}, ${vservers}`, why: (error as Error).message })
          await ends.renewLoad()
        }
      }
    }
    return report
  }
})
