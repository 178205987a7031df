/** What the engine needs of a logger; pino's shape. */
export interface Log {
  debug (fields: object, message: string): void
  info (fields: object, message: string): void
  warn (fields: object, message: string): void
  error (fields: object, message: string): void
  /** False: what is said at this level goes nowhere, so that nobody needs to put it together. A logger without it is always told. */
  isLevelEnabled? (level: string): boolean
}
