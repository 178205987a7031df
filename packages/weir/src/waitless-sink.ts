import { constants, fstatSync, openSync, writeSync } from 'node:fs'
import type { LineSink } from './line-queue.ts'

/**
 * Node's stream of a standard descriptor, where that is a pipe or a socket: its handle can make writes not wait. No
 * public API does.
 */
interface HandleOwner { readonly _handle?: { setBlocking? (blocking: boolean): void } | undefined }

/**
 * Returns a standard descriptor, 1 or 2, with non-blocking writes.
 *
 * Blocking is a property of the open file and not of the descriptor. A pipe or a terminal is therefore opened again:
 * programs that share it with us keep theirs unchanged. A socket cannot be opened again. Its mode is set before each
 * write: every process that Node starts with this descriptor has made the open file, including ours, block again
 * (`findings/node-spawn-makes-stderr-block.sh`). A file is written where the shell opened it, in append mode if so
 * opened.
 */
export const waitlessSink = (fd: 1 | 2): LineSink => {
  const kind = fstatSync(fd)
  if (kind.isFile()) return { write: bytes => writeSync(fd, bytes) }
  if (!kind.isSocket()) {
    try {
      const own = openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
      return { write: bytes => writeSync(own, bytes) }
    } catch { /* no /proc, or it belongs to another user */ }
  }
  const stream = (fd === 1 ? process.stdout : process.stderr) as HandleOwner
  return {
    write: bytes => {
      stream._handle?.setBlocking?.(false)
      return writeSync(fd, bytes)
    }
  }
}
