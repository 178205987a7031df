import { appendFileSync, statSync } from 'node:fs'
import { MAX_KEY_LOG_BYTES } from '@weirlb/model'

/** A comment, as readers of the format take it. */
const FULL = '# Weir writes no more: the file has its maximum size. It goes on when the file is emptied or removed.\n'

/**
 * Append a session's secret to a key log (SSLKEYLOGFILE), unless the file has its maximum size. For debugging: a file
 * that cannot be written is no reason to fail a handshake.
 */
export const logKey = (file: string, line: Uint8Array): void => {
  try {
    const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
    if (size >= MAX_KEY_LOG_BYTES) return
    const last = size + line.length + FULL.length > MAX_KEY_LOG_BYTES
    // Up to its maximum, so that no further line is tried.
    appendFileSync(file, last ? FULL.padStart(MAX_KEY_LOG_BYTES - size, '\n') : line, { mode: 0o600 })
  } catch {}
}
