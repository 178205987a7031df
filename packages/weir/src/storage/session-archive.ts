/**
 * Stores session records across a restart: a log that grows, and from time to time a snapshot that replaces
 * everything before it. The bytes are opaque. One call at a time, but `sync` and the calls of a snapshot may run in
 * parallel. All calls reject with `storage-failed`, and may be retried.
 */
export interface SessionArchive {
  /** False when nothing here outlives the process: then a snapshot at its end is all that is worth the work. */
  readonly durable: boolean
  /** True when a snapshot would make it much smaller, or what is there is in an older form. */
  readonly wantsSnapshot: boolean
  /** Returns the stored files, oldest first, before anything is appended: each in chunks of any size. */
  read (): AsyncIterable<SessionFile>
  /** Append to the log. When this resolves, it outlives the process. When it rejects, nothing of it is there. */
  append (records: Uint8Array): Promise<void>
  /** When this resolves, what was appended outlives a power failure too. */
  sync (): Promise<void>
  /** Begin a snapshot: what is appended from now on comes after it. */
  snapshot (): Promise<SnapshotWriter>
  /** Let go of what is open; a snapshot that was not committed is gone. Idempotent. */
  close (): Promise<void>
}

/** One file's bytes. A process that was killed may have left it with a part of a record at its end. */
export type SessionFile = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/** A snapshot that is being written. Until `commit` everything before it is still there. */
export interface SnapshotWriter {
  write (records: Uint8Array): Promise<void>
  /** All is written: this takes the place of what was appended before it began. */
  commit (): Promise<void>
  /** Forget it. Never rejects. */
  abort (): Promise<void>
}
