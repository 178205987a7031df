import type { SessionDirectory } from '@weirlb/engine'
import type { OwnSessions } from './sessions.ts'

/**
 * The operations of a worker on its own session table, in order and flat, because thousands travel in one message:
 * `'pin', lbVserver, key, service`, `'release', lbVserver, key, milliseconds to live`, `'evict', lbVserver, key, 0`
 * or `'unpinned', lbVserver, key, 0`.
 */
export type SessionLog = readonly (string | number)[]

const ENTRY = 4

/** Repeat the logged operations on `directory` and its table. */
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
