import type { Monitor as MonitorConfig } from '@weir/model'
import type { Transport } from '../link/transport.ts'
import type { Monitor, MonitorEvents, MonitorTarget } from './monitor.ts'
import { TcpMonitor } from './tcp-monitor.ts'

type Make<C> = (config: C, target: MonitorTarget, transport: Transport, events: MonitorEvents) => Monitor

/** Every type of monitor: how to start one. */
const monitors = {
  tcp: (config, target, transport, events) => new TcpMonitor(config, target, transport, events)
} satisfies { [T in MonitorConfig['type']]: Make<Extract<MonitorConfig, { type: T }>> }

/** Start a monitor of the configured type. */
export const createMonitor: Make<MonitorConfig> = (config, target, transport, events) => monitors[config.type](config, target, transport, events)
