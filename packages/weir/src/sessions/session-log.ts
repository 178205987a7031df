import type { SessionDirectory } from '@weirlb/engine'

/**
 * What a worker that owns the session table did to it, in order and flat, for thousands travel in one message:
 * `'pin', lbVserver, key, service` or `'release', lbVserver, key, milliseconds to live`.
 */
export type SessionLog = readonly (string | number)[]

const ENTRY = 4

/** Do to `directory` what was done to the table that the log is of. */
export const replay = (log: SessionLog, directory: SessionDirectory): void => {
  for (let at = 0; at + ENTRY <= log.length; at += ENTRY) {
    const lbVserver = log[at + 1] as string
    const key = log[at + 2] as string
    if (log[at] === 'pin') directory.pin(lbVserver, key, log[at + 3] as string)
    else directory.release(lbVserver, key, log[at + 3] as number)
  }
}
