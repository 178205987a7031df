import { constants, fstatSync, openSync, writeSync } from 'node:fs'
import { LineQueue, type LineSink } from './line-queue.ts'

const STANDARD_ERROR = 2
/** pino's number. */
const WARN = 40
/** How long a process that ends waits for the reader of its last lines. */
const LAST_LINES_MS = 500

/** Node's stream of standard error, where that is a pipe or a socket: its handle can make writes not wait. No public API does. */
interface HandleOwner { readonly _handle?: { setBlocking? (blocking: boolean): void } | undefined }

/**
 * Standard error with non-blocking writes.
 *
 * Blocking is a property of the open file and not of the descriptor. A pipe or a terminal is therefore opened again:
 * programs that share it with us keep theirs unchanged. A socket cannot be opened again. Its mode is set before each
 * write: every process that Node starts with this standard error has made the open file, including ours, block again
 * (`findings/node-spawn-makes-stderr-block.sh`). A file is written where the shell opened it, in append mode if so
 * opened.
 */
const openWithoutWaiting = (): LineSink => {
  const kind = fstatSync(STANDARD_ERROR)
  if (kind.isFile()) return { write: bytes => writeSync(STANDARD_ERROR, bytes) }
  if (!kind.isSocket()) {
    try {
      const own = openSync(`/proc/self/fd/${STANDARD_ERROR}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
      return { write: bytes => writeSync(own, bytes) }
    } catch { /* no /proc, or it belongs to another user */ }
  }
  const stream = process.stderr as HandleOwner
  return {
    write: bytes => {
      stream._handle?.setBlocking?.(false)
      return writeSync(STANDARD_ERROR, bytes)
    }
  }
}

let queue: LineQueue | undefined

/**
 * Standard error of this process as a log's destination, shared by every log of the process. `base`: the process's
 * fields of each line.
 */
export const standardError = (base: object): LineQueue => {
  if (queue !== undefined) return queue
  const droppedLine = (dropped: number): string =>
    `${JSON.stringify({ level: WARN, ...base, time: new Date().toISOString(), dropped, msg: 'lines of the log were dropped: nobody read them in time' })}\n`
  const made = queue = new LineQueue(openWithoutWaiting(), { droppedLine })
  process.on('exit', () => { made.flush(LAST_LINES_MS) })
  return made
}

/** Lines of the log that this process has dropped. */
export const droppedLines = (): number => queue?.dropped ?? 0
