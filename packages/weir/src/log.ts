import { pino, type DestinationStream, type Logger, type LoggerOptions } from 'pino'
import type { Log } from '@weirlb/engine'
import type { LogLevel } from './data-plane.ts'
import { standardError } from './standard-error.ts'

/** Every level of the log, the most talkative first. */
export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const satisfies LogLevel[]

/** A logger of pino's shape that an embedding program brings along. */
export interface LeveledLog extends Log {
  level?: string | undefined
}

/** How to make a logger when the embedding program has none. */
export interface LogOptions {
  /** Default: `info`. */
  readonly level?: LogLevel | undefined
  /** Default: standard error. */
  readonly destination?: DestinationStream | undefined
}

/** Fields that are never logged, at any depth. */
const secretFields = ['key', 'hmacKey', 'token', 'password', 'secret', 'authorization', 'Authorization', 'cookie']
const redact = {
  paths: [...secretFields, ...secretFields.map(f => `*.${f}`), ...secretFields.map(f => `*.*.${f}`), 'certkeys[*].key', '*.certkeys[*].key'],
  censor: '[hidden]'
}

/** pino options that every logger of Weir has: ISO time, secrets hidden. */
export const logOptions = (level: LogLevel, base: object): LoggerOptions => ({
  level,
  base,
  redact,
  timestamp: () => `,"time":"${new Date().toISOString()}"`
})

/**
 * One line of JSON per message, on standard error by default. Written at once while the reader keeps up: a crashing
 * process's last messages are the ones that matter.
 */
export const makeLog = (level: LogLevel, base: object, destination: DestinationStream = standardError(base)): Logger =>
  pino(logOptions(level, base), destination)

/** Returns the embedding program's logger, or a new one. */
export const logFrom = (given: LeveledLog | LogOptions | undefined): LeveledLog => {
  if (given !== undefined && 'info' in given) return given
  return makeLog(given?.level ?? 'info', { pid: process.pid }, given?.destination)
}
