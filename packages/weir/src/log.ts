import { isatty } from 'node:tty'
import { pino, type DestinationStream, type Logger, type LoggerOptions } from 'pino'
import type { Log } from '@weirlb/engine'
import type { LogLevel } from './data-plane.ts'
import { prettyLines, type LogFormat } from './line-format.ts'
import { secretFields } from './secret-fields.ts'
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

const redact = {
  paths: [
    ...secretFields,
    ...secretFields.map(f => `*.${f}`),
    ...secretFields.map(f => `*.*.${f}`),
    'certkeys[*].key',
    '*.certkeys[*].key'
  ],
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
export const makeLog = (
  level: LogLevel,
  base: object,
  destination: DestinationStream = logOutput(base, 'json')
): Logger => pino(logOptions(level, base), destination)

/** Standard error in a format. Colours are for terminals, and not for who sets NO_COLOR (no-color.org). */
export const logOutput = (base: object, format: LogFormat): DestinationStream =>
  standardError(base, format === 'json' ? undefined : prettyLines(isatty(2) && (process.env['NO_COLOR'] ?? '') === ''))

/** Returns the embedding program's logger, or a new one. `format`: of its lines on standard error. */
export const logFrom = (given: LeveledLog | LogOptions | undefined, format: LogFormat): LeveledLog => {
  if (given !== undefined && 'info' in given) return given
  const base = { pid: process.pid }
  return makeLog(given?.level ?? 'info', base, given?.destination ?? logOutput(base, format))
}
