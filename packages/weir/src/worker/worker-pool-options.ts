import type { SharedCount } from '@weirlb/engine'
import type { LogLevel, PlaceSource } from '../data-plane.ts'
import type { Inheritance } from '../inherited-sockets.ts'
import type { LeveledLog } from '../log.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { WearLimits } from './wear.ts'
import type { WorkerSettings } from './worker-arguments.ts'
import type { Heartbeat } from './patience.ts'

/** What a pool of workers is made of. */
export interface WorkerPoolOptions {
  readonly workers: number
  /** The program that a worker runs. */
  readonly entry: string
  readonly sessions: Sessions
  readonly log: LeveledLog
  readonly logLevel: LogLevel
  /** What every worker is told on its command line. */
  readonly settings: WorkerSettings
  /** Sockets that listen already: every worker accepts from them. */
  readonly inheritance?: Inheritance | undefined
  /** Called with what rate limits of a worker have counted; the other workers are told in any case. */
  readonly onCounted?: ((counts: readonly SharedCount[]) => void) | undefined
  /** Of a cluster: has the places of services with `maxClients`. */
  readonly places?: PlaceSource | undefined
  readonly heartbeat?: Heartbeat | undefined
  /** When a worker is replaced; default: by the memory of the machine. */
  readonly wear?: WearLimits | undefined
  /** How long its clients may stay then, in ms; default: ten minutes. */
  readonly drainMs?: number | undefined
}
