import { setImmediate as turn } from 'node:timers/promises'
import type { Events } from '../events.ts'
import type { LeveledLog } from '../log.ts'
import type { SessionArchive, SnapshotWriter } from '../storage/session-archive.ts'
import { SessionRecordReader, SessionRecordWriter } from '../storage/session-records.ts'
import { retryAfter } from './retry-after.ts'
import type { SessionBook } from './session-book.ts'
import { SessionsMade } from './sessions-made.ts'

/** How long a change may wait to be written: a process that is killed takes at most this much with it. */
const WRITE_MS = 250
/** How long what was written may wait for the disk: a machine that loses power takes at most this much with it. */
const SYNC_MS = 1000
/** This many waiting bytes are written at once. */
const WRITE_BYTES = 1024 * 1024
/** More than this does not wait for a disk that takes nothing: then a snapshot is written when it does again. */
const MAX_WAITING = 32 * 1024 * 1024
/** Interval of the records that held entries still live. */
const ALIVE_MS = 10_000
/** Steps over the table that a snapshot takes in one go. */
const SLICE = 1000
const RETRY_MS = 1000

/** How long and how much waits; tests wait less. */
export interface KeeperLimits {
  readonly writeMs: number
  readonly syncMs: number
  readonly retryMs: number
  /** Bytes of records. */
  readonly maxWaiting: number
}

/** A keeper's counters. */
export interface SaveCounts {
  /** Times that something could not be written; it was tried again, and still is. */
  readonly failures: number
  /** True while something that failed has not succeeded since. */
  readonly failing: boolean
}

/**
 * Preserves persistence entries across a restart. Every change goes to the log of the archive within 250 ms, and to
 * the disk within a second more. Once the log exceeds half of the entries, a snapshot replaces it; it is written in
 * slices of 1,000, with turns of the event loop in between. A failure is logged, counted and retried, after 1 s,
 * doubling to 30 s. No call rejects.
 *
 *   start ─► waiting ──change──► 250 ms ──► writing ──► waiting
 *                                             └─ fails ─► 1 s … 30 s ─► writing
 */
export class SessionKeeper {
  readonly #book: SessionBook
  readonly #archive: SessionArchive
  readonly #log: LeveledLog
  readonly #events: Events
  readonly #limits: KeeperLimits
  readonly #writer = new SessionRecordWriter()
  /** Bytes that could not be appended. */
  #unwritten: Uint8Array | undefined
  /** Changes that waited too long were discarded: no log has them, only a snapshot can. */
  #gaveUp = false
  /** After a snapshot that failed, when the next one may begin. */
  #snapshotFrom = 0
  #snapshotFailures = 0
  #timer: NodeJS.Timeout | undefined
  /** The timer waits no longer than it must. */
  #urgent = false
  #alive: NodeJS.Timeout | undefined
  #writing: Promise<void> | undefined
  #snapshotting: Promise<void> | undefined
  #unsynced = false
  #syncing: Promise<void> | undefined
  #syncFails = false
  #syncedAt = 0
  #failures = 0
  /** Failures in a row. */
  #failing = 0
  /** The log is new: it begins with a START record. */
  #fresh = true
  #restoring: Promise<void> | undefined
  #started = false
  #stopped = false

  constructor (
    book: SessionBook,
    archive: SessionArchive,
    log: LeveledLog,
    events: Events,
    limits: Partial<KeeperLimits> = {}
  ) {
    this.#book = book
    this.#archive = archive
    this.#log = log
    this.#events = events
    this.#limits = { writeMs: WRITE_MS, syncMs: SYNC_MS, retryMs: RETRY_MS, maxWaiting: MAX_WAITING, ...limits }
  }

  get counts (): SaveCounts {
    return { failures: this.#failures, failing: this.#syncFails || this.#failing + this.#snapshotFailures > 0 }
  }

  /** Read the stored entries. The start is worth more than sessions: unreadable ones are reported and dropped. */
  async restore (): Promise<void> { await (this.#restoring = this.#restore()) }

  async #restore (): Promise<void> {
    const reader = new SessionRecordReader(this.#book)
    try {
      for await (const file of this.#archive.read()) {
        for await (const bytes of file) reader.push(bytes)
        reader.endFile()
      }
    } catch (error) {
      this.#lost((error as Error).message)
    }
    const { records, damagedBytes } = reader.end()
    if (damagedBytes > 0) this.#lost(`${damagedBytes} bytes of what was saved are damaged; the rest was restored`)
    this.#book.restored(this.#archive.durable ? ALIVE_MS : 0)
    if (records > 0) this.#log.info({ entries: this.#book.size, records }, 'sessions restored')
  }

  /** Note what happens from now on. */
  listen (): void {
    if (!this.#archive.durable) return
    const writer = this.#writer
    const changed = this.#changed
    this.#book.journal = {
      onHeld (lbVserver, key, service) { writer.onHeld(lbVserver, key, service); changed() },
      onFreed (lbVserver, key, service, ttlMs, remainingMs) { writer.onFreed(lbVserver, key, service, ttlMs, remainingMs); changed() },
      onRemoved (lbVserver, key) { writer.onRemoved(lbVserver, key); changed() },
      onEvicted (lbVserver, key) { writer.onEvicted(lbVserver, key); changed() },
      onDropped (lbVserver, service) { writer.onDropped(lbVserver, service); changed() }
    }
    this.#alive = setInterval(() => {
      if (!this.#book.holdsAny) return
      writer.alive()
      changed()
    }, ALIVE_MS).unref()
  }

  /** Weir has started: there is time for a snapshot, when what was read wants one. */
  start (): void {
    this.#started = true
    if (this.#archive.durable) this.#changed()
  }

  /** Write all changes. If that fails, it is reported, and earlier writes remain. */
  async stop (): Promise<void> {
    this.#stopped = true
    this.#book.journal = undefined
    clearInterval(this.#alive)
    clearTimeout(this.#timer)
    await this.#restoring
    await this.#writing
    await this.#snapshotting
    // Entries that were never read must not be overwritten.
    if (this.#restoring !== undefined && (this.#gaveUp || !this.#archive.durable)) await this.#beginSnapshot()
    await this.#snapshotting
    if (this.#archive.durable) await this.#write(true)
    await this.#archive.close().catch((error: unknown) => { this.#failed(error) })
  }

  /** Stop, and return what collects the entries that are made from then on. */
  async handOver (): Promise<SessionsMade> {
    const stopped = this.stop()
    // Nothing happens between the two.
    const made = new SessionsMade()
    this.#book.journal = made
    await stopped
    return made
  }

  /** Go on after `handOver`: the files are ours again, and others may have come. All that is here is written anew. */
  async takeBack (): Promise<void> {
    this.#book.journal = undefined
    // Finds the first number that is free.
    for await (const _ of this.#archive.read()) break
    this.#stopped = false
    this.#timer = undefined
    this.#fresh = true
    this.#gaveUp = true
    this.listen()
    this.start()
  }

  get #isDue (): boolean {
    return this.#started && this.#snapshotting === undefined && (this.#gaveUp || this.#archive.wantsSnapshot)
  }

  readonly #changed = (): void => {
    if (this.#writer.length + (this.#unwritten?.length ?? 0) > this.#limits.maxWaiting) {
      this.#writer.take()
      this.#unwritten = undefined
      this.#gaveUp = true
    }
    if (this.#writing !== undefined || this.#stopped) return
    if (this.#writer.length >= WRITE_BYTES && this.#failing === 0 && !this.#urgent) {
      clearTimeout(this.#timer)
      this.#urgent = true
      this.#writeSoon(0)
    } else if (this.#timer === undefined) this.#writeSoon(this.#limits.writeMs)
  }

  #writeSoon (ms: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#urgent = false
      // Whatever is thrown, also by the log itself, is one more failure.
      this.#writing = this.#write(false).catch(() => { this.#failing++ }).then(() => {
        this.#writing = undefined
        if (this.#stopped) return
        if (this.#failing > 0) this.#writeSoon(retryAfter(this.#failing, this.#limits.retryMs))
        else if (this.#writer.length > 0 || this.#unsynced || this.#isDue) this.#writeSoon(this.#limits.writeMs)
      })
    }, ms).unref()
  }

  /** One round: append what waits, have it on disk when it is time, begin a snapshot when one is due. Never rejects. */
  async #write (last: boolean): Promise<void> {
    if (this.#isDue && !last && performance.now() >= this.#snapshotFrom) await this.#beginSnapshot()
    try {
      await this.#append()
      this.#failing = 0
    } catch (error) {
      this.#failing++
      this.#failed(error)
    }
    if (last) await this.#syncing
    if (
      this.#unsynced && this.#syncing === undefined &&
      (last || performance.now() - this.#syncedAt >= this.#limits.syncMs)
    ) this.#sync()
    if (last) await this.#syncing
  }

  /** In parallel: a disk that is slow to sync must not delay writes. */
  #sync (): void {
    this.#unsynced = false
    this.#syncing = this.#archive.sync().then(() => { this.#syncFails = false }, (error: unknown) => {
      this.#syncFails = true
      this.#unsynced = true
      this.#failed(error)
    }).catch(() => {}).then(() => {
      this.#syncing = undefined
      this.#syncedAt = performance.now()
      if (this.#unsynced) this.#changed()
    })
  }

  async #append (): Promise<void> {
    if (this.#unwritten === undefined && this.#writer.length === 0) return
    if (this.#fresh) {
      const start = new SessionRecordWriter()
      start.start()
      await this.#archive.append(start.take())
      this.#fresh = false
    }
    for (let bytes = this.#unwritten ?? this.#writer.take(); bytes.length > 0; bytes = this.#writer.take()) {
      this.#unwritten = bytes
      await this.#archive.append(bytes)
      this.#unwritten = undefined
      this.#unsynced = true
    }
  }

  /** Resolves when the log is another one, to which all goes that is not in the snapshot. Never rejects. */
  async #beginSnapshot (): Promise<void> {
    try {
      const snapshot = await this.#archive.snapshot()
      const gaveUp = this.#gaveUp
      this.#gaveUp = false
      this.#fresh = true
      this.#snapshotting = this.#writeSnapshot(snapshot, gaveUp).catch(() => { this.#gaveUp ||= gaveUp }).then(() => {
        this.#snapshotting = undefined
        // One that failed is tried again, also when nothing happens.
        this.#changed()
      })
    } catch (error) {
      this.#snapshotFailed(error)
    }
  }

  /** `needed`: no log has all that is in it. Never rejects. */
  async #writeSnapshot (snapshot: SnapshotWriter, needed: boolean): Promise<void> {
    const writer = new SessionRecordWriter()
    writer.start(this.#book.size)
    const walk = this.#book.walk()
    try {
      for (let more = true; more;) {
        more = walk.next(SLICE, writer.onEntry)
        await snapshot.write(writer.waiting)
        writer.clear()
        // A slice without entries writes nothing, and a disk may be fast: neither must join slices into one turn.
        await turn()
        if (this.#stopped && this.#archive.durable && !needed) return await snapshot.abort()
      }
      await snapshot.commit()
      this.#snapshotFailures = 0
    } catch (error) {
      if (needed) this.#gaveUp = true
      this.#snapshotFailed(error)
      await snapshot.abort()
    } finally {
      walk.end()
    }
  }

  #snapshotFailed (error: unknown): void {
    this.#snapshotFrom = performance.now() + retryAfter(++this.#snapshotFailures, this.#limits.retryMs)
    this.#failed(error)
  }

  #failed (error: unknown): void {
    this.#failures++
    const reason = (error as Error).message
    this.#log.warn({ error: reason, failures: this.#failures }, 'sessions were not saved; it is tried again')
    this.#events.emit('sessions-not-saved', { reason })
  }

  #lost (reason: string): void {
    this.#log.warn({ error: reason }, 'sessions were not restored')
    this.#events.emit('sessions-lost', { reason })
  }
}
