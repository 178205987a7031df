/** The engine's interface of a logger, that of pino. */
export interface Log {
  debug (fields: object, message: string): void
  info (fields: object, message: string): void
  warn (fields: object, message: string): void
  error (fields: object, message: string): void
  /** False: lines of this level are not written, so they need not be built. A logger without it gets every line. */
  isLevelEnabled? (level: string): boolean
}
