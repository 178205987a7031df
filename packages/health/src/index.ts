export {
  HealthBoard,
  type HealthBoardOptions,
  type ServiceHealthDetail,
  type ServiceHealthStatus
} from './health-board.ts'
export { knownHealth, type HealthChange, type KnownHealth } from './health-history.ts'
export { ProbeQueue } from './probe-queue.ts'
export type { Verdict } from './monitor.ts'
export type { Finding, MonitorStatus } from './service-monitors.ts'
