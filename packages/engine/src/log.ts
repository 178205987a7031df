/** The engine's interface of a logger, that of pino. */
export interface Log {
  debug (fields: object, message: string): void
  info (fields: object, message: string): void
  warn (fields: object, message: string): void
  error (fields: object, message: string): void
  /** False: lines of this level are not written, so they need not be built. A logger without it gets every line. */
  isLevelEnabled? (level: string): boolean
}

/**
 * Log what threw in Weir for a client or a request, apart from a connection; a log that throws is no reason to end
 * others.
 */
export const reportFault = (log: Log, userVserver: string, error: unknown, message: string): void => {
  const [detail, stack] = error instanceof Error ? [error.message, error.stack] : [String(error), undefined]
  try { log.error({ userVserver, detail, stack }, message) } catch { /* There is nowhere left to report it. */ }
}
