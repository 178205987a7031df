import type { LineFormat } from './line-format.ts'
import { LineQueue } from './line-queue.ts'
import { waitlessSink } from './waitless-sink.ts'

const STANDARD_ERROR = 2
/** pino's number. */
const WARN = 40
/** How long a process that ends waits for the reader of its last lines. */
const LAST_LINES_MS = 500

let queue: LineQueue | undefined

/**
 * Standard error of this process as a log's destination, shared by every log of the process. `base`: the process's
 * fields of each line. `format`: what becomes of lines; of the first call for all.
 */
export const standardError = (base: object, format: LineFormat | undefined): { write (line: string): void } => {
  const made = queue ??= open(base, format)
  return format === undefined ? made : { write: line => { made.write(format(line)) } }
}

const open = (base: object, format: LineFormat = line => line): LineQueue => {
  const droppedLine = (dropped: number): string =>
    format(
      `${
        JSON.stringify({
          level: WARN,
          ...base,
          time: new Date().toISOString(),
          dropped,
          msg: 'lines of the log were dropped: nobody read them in time'
        })
      }\n`
    )
  const made = new LineQueue(waitlessSink(STANDARD_ERROR), { droppedLine })
  process.on('exit', () => { made.flush(LAST_LINES_MS) })
  return made
}

/** Lines of the log that this process has dropped. */
export const droppedLines = (): number => queue?.dropped ?? 0
