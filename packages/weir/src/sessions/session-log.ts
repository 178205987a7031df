import type { SessionBook } from './session-book.ts'

/**
 * What a worker that owns the session table did to it, in order and flat, for thousands travel in one message:
 * `'pin', lbVserver, key, service` or `'release', lbVserver, key, milliseconds to live`.
 */
export type SessionLog = readonly (string | number)[]

const ENTRY = 4

/** Do to `book`, for `holder`, what was done to the table that the log is of. */
export const replay = (log: SessionLog, book: SessionBook, holder: number): void => {
  for (let at = 0; at + ENTRY <= log.length; at += ENTRY) {
    const lbVserver = log[at + 1] as string
    const key = log[at + 2] as string
    if (log[at] === 'pin') book.pin(lbVserver, key, log[at + 3] as string, holder)
    else book.release(lbVserver, key, log[at + 3] as number, holder)
  }
}
