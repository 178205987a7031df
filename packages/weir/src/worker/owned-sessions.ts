import type { Claim, ClaimSink, FindSink, SessionDirectory, Pinning } from '@weirlb/engine'
import type { SessionQuery, WantedSession } from '../data-plane.ts'
import { SessionBook } from '../sessions/session-book.ts'
import type { SessionLog } from '../sessions/session-log.ts'
import { SessionRecordReader } from '../storage/session-records.ts'

/** Maximum delay of a report: a worker that is killed loses at most this much. */
const TELL_AFTER_MS = 50

/** The only holder in this table: the worker itself. */
const SELF = 0

/**
 * The session table in the memory of the only worker. It decides locally, and reports to the control process
 * afterwards, many entries at once.
 */
export class OwnedSessions implements SessionDirectory {
  readonly #tell: (log: SessionLog) => void
  readonly #book: SessionBook
  readonly #reader: SessionRecordReader
  #log: (string | number)[] = []

  constructor (maxEntries: number, tell: (log: SessionLog) => void) {
    this.#tell = tell
    this.#book = new SessionBook({ maxEntries })
    this.#reader = new SessionRecordReader(this.#book, false)
    const note = (lbVserver: string, key: string): void => { this.#note('evict', lbVserver, key, 0) }
    // The control process deletes for itself what people and configurations delete, and counts time for itself.
    this.#book.journal = { onHeld () {}, onFreed () {}, onRemoved () {}, onDropped () {}, onEvicted: note }
  }

  claim (claim: Claim, sink: ClaimSink): void {
    const { lbVserver, key } = claim
    const { service, hit, pinned } = this.#book.claim(claim, SELF)
    if (pinned) this.#note('pin', lbVserver, key, service)
    else this.#note('unpinned', lbVserver, key, 0)
    sink.onClaimed(service, hit)
  }

  find (lbVserver: string, key: string, sink: FindSink): void { sink.onFound(this.#book.find(lbVserver, key)) }

  pin (lbVserver: string, key: string, service: string): void {
    if (this.#book.pin(lbVserver, key, service, SELF)) this.#note('pin', lbVserver, key, service)
    else this.#note('unpinned', lbVserver, key, 0)
  }

  release (lbVserver: string, key: string, ttlMs: number): void {
    this.#book.release(lbVserver, key, ttlMs, SELF)
    this.#note('release', lbVserver, key, ttlMs)
  }

  /** Set entries; nobody holds new ones. */
  set (entries: readonly WantedSession[]): void {
    for (const { table, key, service, ttlMs } of entries) {
      this.pin(table, key, service)
      this.release(table, key, ttlMs)
    }
  }

  /** Take a part of the table. */
  restore (records: Uint8Array, isLast: boolean): void {
    this.#reader.push(records)
    if (isLast) this.#book.restored()
  }

  configure (tables: readonly Pinning[]): void { this.#book.configure(tables) }
  delete (query: SessionQuery): void { this.#book.delete(query) }
  /** The table is used no more. */
  close (): void { this.#book.close() }

  /** Report the waiting operations now. */
  readonly flush = (): void => {
    if (this.#log.length === 0) return
    const log = this.#log
    this.#log = []
    this.#tell(log)
  }

  #note (what: 'pin' | 'release' | 'evict' | 'unpinned', lbVserver: string, key: string, value: string | number): void {
    if (this.#log.length === 0) setTimeout(this.flush, TELL_AFTER_MS).unref()
    this.#log.push(what, lbVserver, key, value)
  }
}
