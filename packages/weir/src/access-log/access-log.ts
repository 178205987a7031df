import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import { resolve } from 'node:path'
import { WeirError } from '@weirlb/model'
import type { EndKind, EndRecord, Log } from '@weirlb/engine'
import { LineQueue } from '../line-queue.ts'
import { waitlessSink } from '../waitless-sink.ts'
import { accessFormat, type AccessFormat } from './access-format.ts'
import { FileLines } from './file-lines.ts'

/**
 * The access log of a Weir: a line for each connection and HTTP request at its end. It has addresses and client IDs of
 * people.
 */
export interface AccessLogOptions {
  /** A file, to which lines are appended, or `-` for standard output. */
  readonly file: string
  /** `json` (the default), or a template: `{time} {client} {service} {reason}`. */
  readonly format?: string | undefined
}

const STANDARD_OUTPUT = '-'
/** How long the end of a process waits for its last lines. */
const LAST_LINES_MS = 500

interface Lines {
  readonly dropped: number
  write (line: string): void
  reopen (): void
  close (ms: number): Promise<void>
}

/** Writes the lines of this process. Several processes write the same file. */
export class AccessLog {
  readonly #format: AccessFormat
  readonly #lines: Lines
  readonly #worker: number

  /** `worker`: the number of this process. Throws config-invalid for the format. */
  constructor ({ file, format = 'json' }: AccessLogOptions, worker: number, log: Log) {
    this.#format = accessFormat(format)
    this.#worker = worker
    const onDropped = (dropped: number): void => {
      log.warn({ file, dropped }, 'lines of the access log were dropped: they could not be written in time')
    }
    this.#lines = file === STANDARD_OUTPUT ? standardOutput(onDropped) : new FileLines(resolve(file), {
      onDropped,
      onTrouble: ({ code, message }) => {
        log.error(
          { file, error: code ?? message },
          'the access log cannot be written; it is tried again, and its lines wait'
        )
      }
    })
  }

  /** How many lines this process has dropped. */
  get dropped (): number { return this.#lines.dropped }

  record (kind: EndKind, record: EndRecord): void {
    this.#lines.write(this.#format({ kind, time: new Date().toISOString(), worker: this.#worker, record }))
  }

  /** Open the file again: it may have been renamed. */
  reopen (): void { this.#lines.reopen() }

  /** Write what waits, for a moment. */
  async close (): Promise<void> { await this.#lines.close(LAST_LINES_MS) }
}

const standardOutput = (onDropped: (count: number) => void): Lines => {
  const queue = new LineQueue(waitlessSink(1), { droppedLine: count => { onDropped(count); return undefined } })
  const atExit = (): void => { queue.flush(LAST_LINES_MS) }
  process.on('exit', atExit)
  return {
    get dropped () { return queue.dropped },
    write: line => { queue.write(line) },
    reopen () {},
    close: async ms => {
      process.off('exit', atExit)
      queue.flush(ms)
    }
  }
}

/** Throws config-invalid unless this format can be written to this file now. A file that is not there is made. */
export const checkAccessLog = ({ file, format = 'json' }: AccessLogOptions): void => {
  accessFormat(format)
  if (file === STANDARD_OUTPUT) return
  const refuse = (message: string): never => {
    throw new WeirError('config-invalid', `accessLog.file: ${message}`, {
      issues: [{ path: 'accessLog.file', message }]
    })
  }
  let fd = -1
  try {
    fd = openSync(
      file,
      constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOCTTY | constants.O_NONBLOCK,
      0o640
    )
  } catch (error) {
    refuse(
      `cannot append to '${file}' (${(error as NodeJS.ErrnoException).code}); expected a file, or - for standard output`
    )
  }
  const isFile = fstatSync(fd).isFile()
  closeSync(fd)
  if (!isFile) refuse(`'${file}' is no regular file; expected a file, or - for standard output`)
}
