import { entryLeads, type Claim, type SessionEntry } from './session-directory.ts'
import { ExpiryBuckets } from './expiry-buckets.ts'
import type { Session } from './session.ts'
import { NOBODY } from './session.ts'

/** Which entries; every given field must match. */
export interface SessionTableQuery {
  readonly lbVserver?: string | undefined
  /** In stored form. */
  readonly key?: string | undefined
  /** Most rows to answer with. */
  readonly limit?: number | undefined
}

/** An entry as it is kept over a restart. */
export interface SessionSnapshot {
  readonly lbVserver: string
  readonly key: string
  readonly service: string
  /** Milliseconds it had left; undefined while it was held. */
  readonly remainingMs: number | undefined
}

export interface SessionTableOptions {
  /** Over this many the entries that expire first go early; held ones never. Default 5 million. */
  readonly maxEntries?: number | undefined
  /** Milliseconds on a steady clock. */
  readonly now?: (() => number) | undefined
}

const MAX_ENTRIES = 5_000_000
/** What a persistence lasts when nobody says; the same as in the configuration. */
const DEFAULT_TTL_MS = 120_000

/**
 * The session table: by LB vserver and key, the service, and who holds the entry how often. A holder is a process; when it dies, `releaseAll` lets go for it.
 *
 *   claim, pin ──► held (cannot expire) ──release of the last hold──► expiring ──► gone
 *                    ▲────────────── claim, pin ──────────────────────────┘
 */
export class SessionTable {
  readonly #maxEntries: number
  readonly #now: () => number
  readonly #tables = new Map<string, Map<string, Session>>()
  readonly #expiry = new ExpiryBuckets()
  /** Time to live that each LB vserver's last release named: for entries whose holder dies without a word. */
  readonly #ttls = new Map<string, number>()
  #size = 0

  constructor ({ maxEntries = MAX_ENTRIES, now = () => performance.now() }: SessionTableOptions = {}) {
    this.#maxEntries = maxEntries
    this.#now = now
  }

  /** Entries, held and expiring. */
  get size (): number {
    this.#sweep()
    return this.#size
  }

  /** Find the entry, or make it with the proposal, and hold it. An entry whose service cannot be taken is given the proposal. */
  claim (claim: Claim, holder: number): { readonly service: string, readonly hit: boolean } {
    const session = this.#live(claim.lbVserver, claim.key)
    if (session === undefined) {
      this.#hold(this.#add(claim.lbVserver, claim.key, claim.proposal), holder)
      return { service: claim.proposal, hit: false }
    }
    this.#hold(session, holder)
    if (entryLeads(session.service, claim.unavailable)) return { service: session.service, hit: true }
    session.service = claim.proposal
    return { service: claim.proposal, hit: false }
  }

  /** The service that an entry names now. */
  find (lbVserver: string, key: string): string | undefined { return this.#live(lbVserver, key)?.service }

  /** Pin a key to a service whatever stood there, and hold it. */
  pin (lbVserver: string, key: string, service: string, holder: number): void {
    const session = this.#live(lbVserver, key) ?? this.#add(lbVserver, key, service)
    session.service = service
    this.#hold(session, holder)
  }

  /** Let go of one hold; after the last the entry lives for `ttlMs`. Nothing happens when the holder does not hold it (the entry was deleted meanwhile). */
  release (lbVserver: string, key: string, ttlMs: number, holder: number): void {
    this.#ttls.set(lbVserver, ttlMs)
    const session = this.#tables.get(lbVserver)?.get(key)
    if (session === undefined) return
    if (session.holder === holder) {
      if (--session.holds > 0) return
      session.holder = NOBODY
    } else {
      const holds = session.others?.get(holder)
      if (holds === undefined) return
      if (holds > 1) session.others!.set(holder, holds - 1)
      else this.#forget(session, holder)
    }
    this.#released(session, ttlMs)
  }

  /**
   * The holder is gone and can name no times: its entries live on for what `ttlOf` answers for their LB vserver, or else for what its last release named,
   * or else for the configuration's default. Costs a look at every entry.
   */
  releaseAll (holder: number, ttlOf: (lbVserver: string) => number | undefined = () => undefined): void {
    for (const table of this.#tables.values()) {
      for (const session of table.values()) {
        if (session.holder === holder) {
          session.holder = NOBODY
          session.holds = 0
        } else if (session.others?.has(holder) === true) this.#forget(session, holder)
        else continue
        this.#released(session, ttlOf(session.lbVserver) ?? this.#ttls.get(session.lbVserver) ?? DEFAULT_TTL_MS)
      }
    }
  }

  list (query: SessionTableQuery = {}): SessionEntry[] {
    const now = this.#sweep()
    const entries: SessionEntry[] = []
    const limit = query.limit ?? Infinity
    for (const session of this.#matching(query)) {
      if (entries.length >= limit) break
      if (isOver(session, now)) continue
      const { lbVserver, key, service } = session
      entries.push({ lbVserver, key, service, connections: holdsOf(session), expiresInMs: isHeld(session) ? undefined : session.expiresAt - now })
    }
    return entries
  }

  /** Delete entries, held ones too: their connections live on, and the next claim chooses anew. Answers how many. */
  delete (query: SessionTableQuery = {}): number {
    const now = this.#sweep()
    let deleted = 0
    const limit = query.limit ?? Infinity
    for (const session of this.#matching(query)) {
      if (deleted >= limit) break
      if (!isOver(session, now)) deleted++
      this.#remove(session)
    }
    return deleted
  }

  snapshot (): SessionSnapshot[] {
    return this.list().map(({ lbVserver, key, service, expiresInMs }) => ({ lbVserver, key, service, remainingMs: expiresInMs }))
  }

  /** Take back a snapshot; an entry that exists already stays as it is. Nobody holds what comes back, so every entry needs its time. */
  restore (entries: readonly (SessionSnapshot & { readonly remainingMs: number })[]): void {
    for (const { lbVserver, key, service, remainingMs } of entries) {
      if (remainingMs > 0 && this.#live(lbVserver, key) === undefined) this.#released(this.#add(lbVserver, key, service), remainingMs)
    }
  }

  #live (lbVserver: string, key: string): Session | undefined {
    const now = this.#sweep()
    const session = this.#tables.get(lbVserver)?.get(key)
    if (session === undefined || !isOver(session, now)) return session
    this.#remove(session)
    return undefined
  }

  #add (lbVserver: string, key: string, service: string): Session {
    if (this.#size >= this.#maxEntries) {
      const first = this.#expiry.first()
      if (first !== undefined) this.#remove(first)
    }
    const session: Session = { lbVserver, key, service, holder: NOBODY, holds: 0, others: undefined, expiresAt: Infinity, bucket: undefined }
    let table = this.#tables.get(lbVserver)
    if (table === undefined) this.#tables.set(lbVserver, table = new Map())
    table.set(key, session)
    this.#size++
    return session
  }

  #hold (session: Session, holder: number): void {
    this.#expiry.remove(session)
    session.expiresAt = Infinity
    if (session.holder === NOBODY && session.others === undefined) session.holder = holder
    if (session.holder === holder) session.holds++
    else {
      session.others ??= new Map()
      session.others.set(holder, (session.others.get(holder) ?? 0) + 1)
    }
  }

  #forget (session: Session, holder: number): void {
    session.others!.delete(holder)
    if (session.others!.size === 0) session.others = undefined
  }

  #released (session: Session, ttlMs: number): void {
    if (isHeld(session)) return
    if (ttlMs <= 0) {
      this.#remove(session)
      return
    }
    session.expiresAt = this.#now() + ttlMs
    this.#expiry.add(session)
  }

  #remove (session: Session): void {
    this.#expiry.remove(session)
    const table = this.#tables.get(session.lbVserver)!
    table.delete(session.key)
    if (table.size === 0) this.#tables.delete(session.lbVserver)
    this.#size--
  }

  /** Drop what is over, bucket by bucket; answers the time. */
  #sweep (): number {
    const now = this.#now()
    let bucket = this.#expiry.takeOver(now)
    while (bucket !== undefined) {
      for (const session of bucket) {
        session.bucket = undefined
        this.#remove(session)
      }
      bucket = this.#expiry.takeOver(now)
    }
    return now
  }

  * #matching ({ lbVserver, key }: SessionTableQuery): Generator<Session> {
    const tables = lbVserver === undefined ? [...this.#tables.values()] : [this.#tables.get(lbVserver) ?? new Map<string, Session>()]
    for (const table of tables) {
      if (key === undefined) yield * table.values()
      else {
        const session = table.get(key)
        if (session !== undefined) yield session
      }
    }
  }
}

const isHeld = ({ holder, others }: Session): boolean => holder !== NOBODY || others !== undefined
const isOver = (session: Session, now: number): boolean => session.expiresAt <= now

const holdsOf = (session: Session): number => {
  let count = session.holds
  if (session.others !== undefined) for (const holds of session.others.values()) count += holds
  return count
}
