import type { TransportChoice } from '@weirlb/link'
import type { AccessLogOptions } from '../access-log/access-log.ts'
import type { InheritedSockets } from '../inherited-sockets.ts'
import type { LogFormat } from '../line-format.ts'

/** What every worker process is told. */
export interface WorkerSettings {
  readonly transport: TransportChoice
  readonly logFormat: LogFormat
  /** Share of the connections that are sampled for spans, 0 to 1. */
  readonly spanShare: number
  readonly accessLog?: AccessLogOptions | undefined
  /** Where further balancing methods come from: a module's URL. */
  readonly methodsModule?: string | undefined
  /** There are other workers: they are told what rate limits count. */
  readonly sharesCounts: boolean
}

/** What a worker process is told on its command line, as JSON behind its number and its log level. */
export interface WorkerArguments extends WorkerSettings {
  /** The worker that it is, as people know it. */
  readonly slot: number
  /** Sockets that listen already, as descriptors of the worker. */
  readonly inherited: readonly InheritedSockets[]
}
