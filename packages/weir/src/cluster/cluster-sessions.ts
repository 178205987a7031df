import {
  keyToText,
  type Claim,
  type ClaimSink,
  type FindSink,
  type Pinning,
  type SessionDirectory,
  type SessionEntry
} from '@weirlb/engine'
import { WeirError } from '@weirlb/model'
import type { SessionQuery, WantedSession } from '../data-plane.ts'
import { SETTER, storedQuery, type SessionBook } from '../sessions/session-book.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { KeyNotes, type KeyNote } from './key-notes.ts'
import { rendezvous } from './rendezvous.ts'
import { GRANT_MS, LEASE_MS, type SessionOp, type SessionReply, type SharedStore } from './shared-store.ts'
import type { StoreLine } from './store-line.ts'

/** How often a client asks again that is told to wait; then it goes where its method leads. */
const MAX_WAITS = 5
/** Entries of one step over the table. */
const STEP = 200
const DEFAULT_TTL_MS = 120_000

/** Called with a key whose clients here are at another service than all nodes have agreed on. */
export type OnMisled = (table: string, key: string, service: string) => void

/**
 * The sessions of a node: the shared store decides, and a table of this process has what this node has seen.
 *
 *   claim ─► granted by the store a moment ago? ──yes──► its service
 *              │ no
 *              ▼
 *            store, in one round trip ──► hold it in the table, and lead the client there
 *              │ away
 *              ▼
 *            the table's entry; for a new key a service that every node would choose
 *
 * When the store is back, every held entry is offered to it. Where another node was first, `onMisled` is called.
 */
export class ClusterSessions implements Sessions {
  readonly own = undefined
  readonly #book: SessionBook
  readonly #store: SharedStore
  readonly #line: StoreLine
  readonly #onMisled: OnMisled
  readonly #notes: KeyNotes
  #tables: ReadonlyMap<string, { readonly ttlMs: number, readonly services: readonly string[] }> = new Map()
  #closed = false

  constructor (book: SessionBook, store: SharedStore, line: StoreLine, onMisled: OnMisled) {
    this.#book = book
    this.#store = store
    this.#line = line
    this.#onMisled = onMisled
    this.#notes = new KeyNotes((table, key, ttlMs) => {
      // A store that was away does not know of it; the lease ends by itself.
      if (!book.holds(table, key))
        line.send({ what: 'release', table, key, service: '', unavailable: NONE, ttlMs }, ignore)
    })
    book.follower = {
      onHeld () {},
      onFreed: (table, key, _, ttlMs) => { this.#freeSoon(table, key, ttlMs) },
      onRemoved: (table, key) => { this.#freeSoon(table, key, 0) },
      onEvicted () {},
      onDropped () {}
    }
  }

  directory (holder: number): SessionDirectory {
    return {
      claim: (claim, sink) => { this.#claim(claim, holder, sink) },
      find: (table, key, sink) => { this.#find(table, key, sink) },
      pin: (table, key, service) => { this.#pin(table, key, service, holder) },
      release: (table, key, ttlMs) => { this.#book.release(table, key, ttlMs, holder) }
    }
  }

  configure (tables: readonly Pinning[]): void {
    this.#tables = new Map(
      tables.map((
        { name, persistence, services }
      ) => [name, { ttlMs: persistence.timeoutSeconds * 1000, services: services.map(each => each.name) }])
    )
    this.#book.configure(tables)
  }

  releaseAll (holder: number): void { this.#book.releaseAll(holder) }

  /** Entries of all nodes; where the store is away, those that this node knows. */
  async list (query: SessionQuery): Promise<readonly SessionEntry[]> {
    const entries: SessionEntry[] = []
    for await (const part of this.parts(query)) {
      for (const entry of part) {
        if (entries.length === query.limit) return entries
        entries.push(entry)
      }
    }
    return entries
  }

  async * parts (query: SessionQuery): AsyncGenerator<readonly SessionEntry[], void, void> {
    if (this.#line.away) {
      yield * this.#book.parts(query)
      return
    }
    const { lbVserver, key } = storedQuery(query)
    for (let from: string | undefined, first = true; first || from !== undefined; first = false) {
      const { entries, next } = await this.#line.call(async () => await this.#store.list(from))
      from = next
      yield entries.filter(entry =>
        (lbVserver ?? entry.table) === entry.table && (key ?? entry.key) === entry.key &&
        this.#tables.get(entry.table)?.services.includes(entry.service) === true
      )
        .map(({ table, key, service, nodes, expiresInMs }) => ({
          lbVserver: table,
          key,
          service,
          connections: nodes,
          expiresInMs: nodes > 0 ? undefined : expiresInMs
        }))
    }
  }

  async delete (query: SessionQuery): Promise<number> {
    let deleted = 0
    const { limit = Infinity } = query
    for (const { lbVserver, key } of await this.list(query)) {
      if (deleted >= limit) break
      this.#notes.forget(lbVserver, key)
      const reply = await this.#line.ask(this.#op('delete', lbVserver, key, ''))
      if (reply?.outcome === 'hit') deleted++
    }
    const here = this.#book.delete(query)
    return this.#line.away ? here : deleted
  }

  /** One after the other: what has been set stays. Open connections stay where they are, on all nodes. */
  async set (entries: readonly WantedSession[]): Promise<void> {
    for (const { table, key, service, ttlMs } of entries) {
      const reply = await this.#patiently({ what: 'set', table, key, service, ttlMs, unavailable: [] })
      if (reply === undefined)
        throw new WeirError('store-unreachable', `the shared store has not set key '${keyToText(key)}'`, {
          retry: true
        })
      this.#notes.forget(table, key)
      if (this.#book.pin(table, key, service, SETTER)) this.#book.release(table, key, ttlMs, SETTER)
    }
  }

  /** Another node has led a key elsewhere; `isSet`: for connections to come. */
  moved (table: string, key: string, service: string | undefined, isSet = false): void {
    this.#notes.forget(table, key)
    const here = this.#book.find(table, key)
    if (here === undefined || here === service) return
    const held = this.#book.holds(table, key)
    if (service === undefined) this.#book.delete({ lbVserver: table, key: keyToText(key) })
    else {
      if (this.#book.pin(table, key, service, SETTER)) this.#book.release(table, key, this.#ttlOf(table), SETTER)
      if (held && !isSet) this.#onMisled(table, key, here)
    }
  }

  /**
   * Offer the store all held entries, which renews their leases; `all`: those that are not held, too. False: the store
   * has gone away, or this has been closed.
   */
  async offer (all: boolean): Promise<boolean> {
    const walk = this.#book.walk()
    try {
      for (let more = true; more;) {
        const asked: Promise<boolean>[] = []
        more = walk.next(STEP, (table, key, service, ttlMs, remainingMs) => {
          if (remainingMs === undefined) asked.push(this.#offerOne(this.#op('hold', table, key, service), undefined))
          else if (all)
            asked.push(this.#offerOne({ ...this.#op('hold', table, key, service), ttlMs: ttlMs! }, remainingMs))
        })
        if ((await Promise.all(asked)).includes(false) || this.#closed) return false
      }
      return true
    } finally {
      walk.end()
    }
  }

  /** Tell the store of all that was let go, and stop. */
  close (): void {
    if (this.#closed) return
    this.#notes.close()
    this.#closed = true
    this.#book.close()
  }

  /** The store may have lost what it has granted. */
  forgetGrants (): void { this.#notes.forgetAll() }

  #claim (claim: Claim, holder: number, sink: ClaimSink): void {
    const { lbVserver: table, key, proposal, unavailable } = claim
    const known = this.#notes.find(table, key)
    // Held here, the entry cannot expire; under a grant, nobody leads it elsewhere.
    if (
      known !== undefined && known.until > performance.now() && !unavailable.includes(known.service) &&
      !this.#line.away && (known.releaseMs !== undefined || this.#book.holds(table, key))
    ) {
      known.releaseMs = undefined
      this.#book.pin(table, key, known.service, holder)
      sink.onClaimed(known.service, true)
      return
    }
    const note = this.#notes.ask(table, key, known)
    const op: SessionOp = { what: 'claim', table, key, service: proposal, unavailable, ttlMs: this.#ttlOf(table) }
    this.#ask(op, note, 0, reply => {
      this.#notes.answered(note)
      if (reply === undefined) {
        const services = this.#tables.get(table)?.services.filter(service => !unavailable.includes(service)) ?? []
        const decided = this.#book.claim({ ...claim, proposal: rendezvous(key, services) ?? proposal }, holder)
        sink.onClaimed(decided.service, decided.hit)
      } else {
        const here = this.#book.find(table, key)
        const misled = here !== undefined && here !== reply.service && this.#book.holds(table, key)
        this.#book.pin(table, key, reply.service, holder)
        sink.onClaimed(reply.service, reply.outcome === 'hit')
        // Its older clients here are where it no longer leads, also when it was this one that has led it elsewhere.
        if (misled) this.#onMisled(table, key, here)
        if (reply.ms === 0) this.#lookAgain(table, key)
      }
    })
  }

  /** Without a grant the entry may move before this is read, and the message of that may have come first. */
  #lookAgain (table: string, key: string): void {
    setTimeout(() => {
      if (this.#closed) return
      this.#line.send(this.#op('find', table, key, ''), reply => {
        if (reply?.outcome === 'hit') this.moved(table, key, reply.service)
      })
    }, GRANT_MS).unref()
  }

  #find (table: string, key: string, sink: FindSink): void {
    this.#line.send(this.#op('find', table, key, ''), reply => {
      if (reply === undefined) sink.onFound(this.#book.find(table, key))
      else sink.onFound(reply.outcome === 'hit' ? reply.service : undefined)
    })
  }

  #pin (table: string, key: string, service: string, holder: number): void {
    const here = this.#book.find(table, key)
    const misled = here !== undefined && here !== service && this.#book.holds(table, key)
    this.#book.pin(table, key, service, holder)
    this.#notes.leadElsewhere(table, key)
    this.#ask(this.#op('pin', table, key, service), undefined, 0, reply => {
      // Those of other nodes are closed, too.
      if (misled && reply !== undefined) this.#onMisled(table, key, here)
    })
  }

  /**
   * Send an operation, again while it has to wait. `note`: of its key, while a claim is under way. `onReply` gets
   * undefined if it has had no effect, or may have had none.
   */
  #ask (
    op: SessionOp,
    note: KeyNote | undefined,
    waits: number,
    onReply: (reply: SessionReply | undefined) => void
  ): void {
    const sentAt = performance.now()
    this.#line.send(op, reply => {
      if (reply?.outcome === 'wait' && waits < MAX_WAITS) {
        setTimeout(() => { this.#ask(op, note, waits + 1, onReply) }, reply.ms + 1)
        return
      }
      if (reply === undefined || reply.outcome === 'wait') {
        onReply(undefined)
        return
      }
      // Counted from the sending, the grant ends here before it ends in the store; a tenth less, in case this clock is
      // slow.
      const { service, ms } = reply
      if (ms > 0) this.#notes.grant(note ?? this.#notes.of(op.table, op.key), service, sentAt + ms * 0.9)
      onReply(reply)
    })
    this.#notes.onClaim(sentAt)
  }

  async #patiently (op: SessionOp): Promise<SessionReply | undefined> {
    return await new Promise(resolve => {
      this.#ask(op, undefined, 0, resolve)
    })
  }

  async #offerOne (op: SessionOp, remainingMs: number | undefined): Promise<boolean> {
    const { table, key, service } = op
    const reply = await this.#line.ask(op)
    if (reply === undefined) return false
    if (reply.outcome === 'other') this.moved(table, key, reply.service)
    else if (remainingMs !== undefined && !this.#book.holds(table, key))
      return await this.#line.ask({
        ...op,
        what: 'release',
        service: '',
        ttlMs: Math.max(1, Math.round(remainingMs))
      }) !== undefined
    else if (reply.outcome === 'wait' && this.#book.find(table, key) === service) this.#notes.forget(table, key)
    return true
  }

  #op (what: SessionOp['what'], table: string, key: string, service: string): SessionOp {
    return { what, table, key, service, unavailable: NONE, ttlMs: this.#ttlOf(table) }
  }
  #ttlOf (table: string): number {
    return this.#tables.get(table)?.ttlMs ?? DEFAULT_TTL_MS
  }

  #freeSoon (table: string, key: string, ttlMs: number): void {
    if (this.#closed) return
    this.#notes.release(table, key, Math.round(ttlMs))
  }
}

/** How often leases are renewed. */
export const RENEW_MS = LEASE_MS / 3

const NONE: readonly string[] = []
const ignore = (): void => {}
