import type { SessionDirectory } from '@weirlb/engine'
import type { OwnSessions } from './sessions.ts'

/**
 * What a worker that owns the session table did to it, in order and flat, for thousands travel in one message: `'pin',
 * lbVserver, key, service`, `'release', lbVserver, key, milliseconds to live`, `'evict', lbVserver, key, 0` or
 * `'unpinned', lbVserver, key, 0`.
 */
export type SessionLog = readonly (string | number)[]

const ENTRY = 4

/** Do to `directory`, and to the table behind it, what was done to the table that the log is of. */
export const replay = (log: SessionLog, directory: SessionDirectory, own: OwnSessions | undefined): void => {
  for (let at = 0; at + ENTRY <= log.length; at += ENTRY) {
    const lbVserver = log[at + 1] as string
    const key = log[at + 2] as string
    switch (log[at]) {
      case 'pin': directory.pin(lbVserver, key, log[at + 3] as string); break
      case 'release': directory.release(lbVserver, key, log[at + 3] as number); break
      case 'evict': own?.evict(lbVserver, key); break
      case 'unpinned': own?.leaveUnpinned(lbVserver)
    }
  }
}
