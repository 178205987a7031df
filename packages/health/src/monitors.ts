import type { Monitor as MonitorConfig } from '@weirlb/model'
import { ExtensionMonitor } from './extension-monitor.ts'
import type { Monitor, MonitorEvents, MonitorMeans, MonitorTarget } from './monitor.ts'
import { TcpMonitor } from './tcp-monitor.ts'

type Make<C> = (config: C, target: MonitorTarget, means: MonitorMeans, events: MonitorEvents) => Monitor

/** One type of monitor. */
interface MonitorKind<C> {
  readonly make: Make<C>
  /** Part of the target that decides whether it is another one. */
  readonly seen: (target: MonitorTarget) => Partial<MonitorTarget>
}

/** Every type of monitor. */
const monitors = {
  tcp: { make: (config, target, means, events) => new TcpMonitor(config, target, means, events), seen: ({ address, port }) => ({ address, port }) },
  extension: { make: (config, target, means, events) => new ExtensionMonitor(config, target, means, events), seen: ({ address, port, layers }) => ({ address, port, layers }) }
} satisfies { [T in MonitorConfig['type']]: MonitorKind<Extract<MonitorConfig, { type: T }>> }

/** Start a monitor of the configured type. */
export const createMonitor: Make<MonitorConfig> = (config, target, means, events) => (monitors[config.type] as MonitorKind<MonitorConfig>).make(config, target, means, events)

/** Returns equal text for equal monitors, so that one with an unchanged configuration continues undisturbed. */
export const identityOf = (config: MonitorConfig, target: MonitorTarget): string => JSON.stringify([config, monitors[config.type].seen(target)])
