import type { Claim, ClaimSink, FindSink, SessionDirectory } from '@weirlb/engine'
import type { LbVserver } from '@weirlb/model'
import type { SessionQuery } from '../data-plane.ts'
import { SessionBook } from '../sessions/session-book.ts'
import type { SessionLog } from '../sessions/session-log.ts'
import type { SavedSession } from '../storage/storage.ts'

/** How long what was done may wait to be told: a worker that is killed takes at most this much with it. */
const TELL_AFTER_MS = 50

/** The one holder that this table knows: the worker itself. */
const SELF = 0

/** The session table in the memory of the only worker: it decides without asking, and tells the control process afterwards, many at once. */
export class OwnedSessions implements SessionDirectory {
  readonly #tell: (log: SessionLog) => void
  readonly #book = new SessionBook()
  #log: (string | number)[] = []

  constructor (tell: (log: SessionLog) => void) { this.#tell = tell }

  claim (claim: Claim, sink: ClaimSink): void {
    const { service, hit } = this.#book.claim(claim, SELF)
    this.#note('pin', claim.lbVserver, claim.key, service)
    sink.onClaimed(service, hit)
  }

  find (lbVserver: string, key: string, sink: FindSink): void { sink.onFound(this.#book.find(lbVserver, key)) }

  pin (lbVserver: string, key: string, service: string): void {
    this.#book.pin(lbVserver, key, service, SELF)
    this.#note('pin', lbVserver, key, service)
  }

  release (lbVserver: string, key: string, ttlMs: number): void {
    this.#book.release(lbVserver, key, ttlMs, SELF)
    this.#note('release', lbVserver, key, ttlMs)
  }

  restore (sessions: readonly SavedSession[]): void { this.#book.restore(sessions) }
  configure (lbVservers: readonly LbVserver[]): void { this.#book.configure(lbVservers) }
  delete (query: SessionQuery): void { this.#book.delete(query) }

  /** Tell now what waits. */
  readonly flush = (): void => {
    if (this.#log.length === 0) return
    const log = this.#log
    this.#log = []
    this.#tell(log)
  }

  #note (what: 'pin' | 'release', lbVserver: string, key: string, value: string | number): void {
    if (this.#log.length === 0) setTimeout(this.flush, TELL_AFTER_MS).unref()
    this.#log.push(what, lbVserver, key, value)
  }
}
