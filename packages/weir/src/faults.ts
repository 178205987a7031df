import type { Log } from '@weirlb/engine'

/** The stack of what was thrown, or what it is. */
const told = (thrown: unknown): string => thrown instanceof Error ? thrown.stack ?? thrown.message : String(thrown)

/**
 * What a process of Weir does about faults of its own. A promise that was rejected and that nobody handles is one thing that failed: it is logged, and
 * everything else goes on. An exception that nobody caught leaves unknown what was done and what was not: it is logged, and the process ends with status 1;
 * a worker is then started again. For a program that is nothing but Weir: it decides for the whole process.
 */
export const logFaults = (log: Log): void => {
  process.on('unhandledRejection', reason => { log.error({ error: told(reason) }, 'a fault in Weir: a promise was rejected and nobody handles it') })
  process.on('uncaughtException', error => {
    log.error({ error: told(error) }, 'a fault in Weir: the process ends')
    process.exit(1)
  })
}
