import type { Log } from '@weirlb/engine'

/** The stack of what was thrown, or what it is. */
const told = (thrown: unknown): string => thrown instanceof Error ? thrown.stack ?? thrown.message : String(thrown)

/**
 * Handling of a Weir process's own faults. An unhandled rejection is one failed operation: it is logged, and
 * everything else continues. After an uncaught exception the state is unknown: it is logged, and the process ends
 * with status 1; a worker then restarts. Only for a program that is nothing but Weir, since it decides for the whole
 * process.
 */
export const logFaults = (log: Log): void => {
  process.on('unhandledRejection', reason => {
    log.error({ error: told(reason) }, 'a fault in Weir: a promise was rejected and nobody handles it')
  })
  process.on('uncaughtException', error => {
    log.error({ error: told(error) }, 'a fault in Weir: the process ends')
    process.exit(1)
  })
}
