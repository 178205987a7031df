import type { Claim, ClaimSink, FindSink, SessionDirectory, Pinning } from '@weirlb/engine'
import { WeirError } from '@weirlb/model'
import type { SessionQuery, WantedSession } from '../data-plane.ts'
import type { FromWorker, OwnedPart } from './messages.ts'
import { OwnedSessions } from './owned-sessions.ts'
import { RemoteSessions } from './remote-sessions.ts'

/**
 * The session directory of a worker: it sends claims to the control process, which owns the table, until it becomes
 * the owner itself, and again afterwards.
 *
 *   asking ──own (before its first client)──► owning ──disown (a second worker is coming)──► asking
 */
export class WorkerSessions implements SessionDirectory {
  readonly #tell: (message: FromWorker) => void
  readonly #asked: RemoteSessions
  #owned: OwnedSessions | undefined

  constructor (tell: (message: FromWorker) => void) {
    this.#tell = tell
    this.#asked = new RemoteSessions(tell)
  }

  claim (claim: Claim, sink: ClaimSink): void { (this.#owned ?? this.#asked).claim(claim, sink) }
  find (lbVserver: string, key: string, sink: FindSink): void { (this.#owned ?? this.#asked).find(lbVserver, key, sink) }
  pin (lbVserver: string, key: string, service: string): void { (this.#owned ?? this.#asked).pin(lbVserver, key, service) }
  release (lbVserver: string, key: string, ttlMs: number): void { (this.#owned ?? this.#asked).release(lbVserver, key, ttlMs) }

  /** The control process answered a claim. */
  claimed (id: number, service: string, hit: boolean): void { this.#asked.claimed(id, service, hit) }

  /** The control process answered a `find`. */
  found (id: number, service: string | undefined): void { this.#asked.found(id, service) }

  /** This worker is the only one: the table is its own, and begins with what these parts have. */
  own ({ maxEntries, records, last }: OwnedPart): void {
    this.#owned ??= new OwnedSessions(maxEntries, log => this.#tell({ kind: 'session-log', log }))
    this.#owned.restore(records, last)
  }

  /** Report all operations on the table before any other message, and stop owning it. */
  disown (): void {
    this.settle()
    this.#owned?.close()
    this.#owned = undefined
  }

  /** Report the operations on the table so far. */
  settle (): void { this.#owned?.flush() }

  configure (tables: readonly Pinning[]): void {
    this.settle()
    this.#owned?.configure(tables)
  }

  /** Set entries of an owned table. Throws where it is owned no more. */
  set (entries: readonly WantedSession[]): void {
    if (this.#owned === undefined) throw new WeirError('internal', 'the table is owned by the control process')
    this.#owned.set(entries)
  }

  delete (queries: readonly SessionQuery[]): void {
    this.settle()
    for (const query of queries) this.#owned?.delete(query)
  }
}
