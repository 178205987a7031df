// Constraints on monitors, and on what binds them.
import { holds } from './certkey.ts'
import { serversOf } from './check-servers.ts'
import type { Config } from './config.ts'
import { describeChoices } from './describe-value.ts'
import { firstByName, type Finding } from './finding.ts'
import type { MonitorUse } from './monitor.ts'
import { monitorsOf } from './monitors-of.ts'

/** Certkeys of monitors have a bundle, and a monitor is bound once. */
export function * monitorUses (config: Config): Generator<Finding> {
  const certkeys = firstByName(config.certkeys)
  const faultOf = (monitor: MonitorUse, path: string): Finding | undefined => {
    const ca = 'ca' in monitor && monitor.ca !== undefined ? certkeys.get(monitor.ca) : undefined
    if (ca === undefined || holds(ca, 'ca')) return undefined
    const choices = config.certkeys.filter(certkey => holds(certkey, 'ca')).map(({ name }) => name)
    return {
      code: 'config-invalid',
      path: `${path}.ca`,
      message: `certkey '${ca.name}' has no ca bundle; those that have: ${describeChoices(choices)}`
    }
  }
  for (const [i, monitor] of config.monitors.entries()) {
    const fault = faultOf(monitor, `monitors[${i}]`)
    if (fault !== undefined) yield fault
  }
  for (const list of ['services', 'serviceGroups', 'lbVservers'] as const) {
    for (const [i, { monitors }] of config[list].entries()) {
      const bound = new Set<string>()
      for (const [n, monitor] of monitors.entries()) {
        const path = `${list}[${i}].monitors[${n}]`
        const fault = faultOf(monitor, path)
        if (fault !== undefined) yield fault
        if (monitor.type !== 'named') continue
        if (bound.has(monitor.name))
          yield {
            code: 'config-invalid',
            path: `${path}.name`,
            message: `monitor '${monitor.name}' is bound twice; give it a weight instead`
          }
        bound.add(monitor.name)
      }
    }
  }
}

/** A service whose monitors could never be enough would always be down. */
export function * monitorThresholds (config: Config): Generator<Finding> {
  const servers = [...serversOf(config)]
  if (servers.every(({ server }) => server.monitorThreshold === 0)) return
  const names = new Set(config.monitors.map(({ name }) => name))
  // An unknown name has a finding of its own.
  if (
    [...servers.map(({ server }) => server), ...config.lbVservers].some(({ monitors }) =>
      monitors.some(monitor => monitor.type === 'named' && !names.has(monitor.name))
    )
  ) return
  const monitors = monitorsOf({ ...config, services: servers.map(({ server }) => server) })
  for (const { path, what, server: { name, monitorThreshold } } of servers) {
    const sum = monitors.get(name)!.reduce((total, { weight }) => total + weight, 0)
    if (monitorThreshold <= sum) continue
    yield {
      code: 'config-invalid',
      path: `${path}.monitorThreshold`,
      message: `monitorThreshold ${monitorThreshold} is more than all monitors of ${what} weigh, which is ${sum}`
    }
  }
}
