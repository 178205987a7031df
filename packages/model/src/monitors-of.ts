import type { Config } from './config.ts'
import type { Monitor, MonitorEntity, MonitorUse } from './monitor.ts'

/** A monitor as it probes one service. */
export interface ServiceMonitor {
  /** Its name in the list `monitors`; undefined: its settings stand where it is used. */
  readonly name: string | undefined
  /** Counts against the service's `monitorThreshold`. */
  readonly weight: number
  readonly config: Monitor
}

/** The parts of a configuration that say which monitors probe which service. References have been checked. */
export type Monitored = { readonly [C in 'monitors' | 'services' | 'lbVservers']: readonly Config[C][number][] } & {
  readonly serviceGroups?: Config['serviceGroups'] | undefined
}

/** The same, of services as their monitors need them. */
type Probed = Pick<Monitored, 'monitors' | 'lbVservers'> & {
  readonly services: readonly Pick<Config['services'][number], 'name' | 'monitors'>[]
}

/** Settings of monitors: an entity that does not change keeps them. */
const settings = new WeakMap<MonitorEntity, Monitor>()
const settingsOf = (monitor: MonitorEntity): Monitor => {
  let found = settings.get(monitor)
  if (found === undefined) {
    const { name: _, comment: __, ...config } = monitor
    settings.set(monitor, found = config)
  }
  return found
}

/**
 * Returns every monitor of each service: its own, then those of the LB vservers that it is bound to. One of a name
 * stands there once.
 */
export const monitorsOf = (
  { monitors, services, lbVservers }: Probed
): ReadonlyMap<string, readonly ServiceMonitor[]> => {
  const named = new Map(monitors.map(monitor => [monitor.name, settingsOf(monitor)]))
  const resolved = (use: MonitorUse): ServiceMonitor => {
    if (use.type !== 'named') return { name: undefined, weight: use.weight, config: use }
    const config = named.get(use.name)!
    return { name: use.name, weight: use.weight ?? config.weight, config }
  }
  const found = new Map(services.map(service => [service.name, service.monitors.map(resolved)]))
  for (const lb of lbVservers) {
    if (lb.monitors.length === 0) continue
    const added = lb.monitors.map(resolved)
    for (const { name } of lb.services) {
      const present = found.get(name)
      if (present !== undefined) found.set(name, [...present, ...added.filter(each => each.name === undefined || !present.some(other => other.name === each.name))])
    }
  }
  return found
}
