import { describeChoices, describeValue, WeirError } from '@weirlb/model'
import type { LogControl } from '../api/weir.ts'
import type { DataPlane, LogLevel } from '../data-plane.ts'
import { logLevels, type LeveledLog } from '../log.ts'

/** The level of the log, in this process and in the workers. */
export class LogLevelControl implements LogControl {
  readonly #log: LeveledLog
  readonly #plane: Pick<DataPlane, 'setLogLevel' | 'reopenAccessLog'>
  #level: LogLevel

  constructor (log: LeveledLog, level: LogLevel, plane: Pick<DataPlane, 'setLogLevel' | 'reopenAccessLog'>) {
    this.#log = log
    this.#level = level
    this.#plane = plane
  }

  get level (): LogLevel { return this.#level }

  setLevel (level: LogLevel): void {
    if (!logLevels.includes(level)) {
      const message = `expected one of ${describeChoices(logLevels)}; got ${describeValue(level)}`
      throw new WeirError('config-invalid', `level: ${message}`, { issues: [{ path: 'level', message }] })
    }
    this.#level = level
    this.#log.level = level
    this.#plane.setLogLevel(level)
  }

  reopenAccessLog (): void { this.#plane.reopenAccessLog() }
}
