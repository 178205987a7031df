/** An operation on one shared persistence entry, in the name of the node that sends it. */
export interface SessionOp {
  /**
   * - `claim`: find the entry, or make it with `service`, and hold it. One whose service is in `unavailable` is given
   *   `service`.
   * - `hold`: the node holds the entry, and its clients are at `service`. Makes a missing one, and renews the lease.
   * - `pin`: the entry names `service` from now on, whatever stood there; hold it.
   * - `set`: the entry names `service` from now on, whatever stood there, and who holds it stays where its clients are.
   *   The node does not hold it.
   * - `release`: the node's last client has gone. After the last node's, the entry lives `ttlMs` more; 0: not at all.
   * - `find`: look it up, and change nothing.
   * - `delete`: remove it.
   */
  readonly what: 'claim' | 'hold' | 'pin' | 'set' | 'release' | 'find' | 'delete'
  /** Name of the session table. */
  readonly table: string
  /** In stored form: latin1, one character a byte. */
  readonly key: string
  /** Empty where the operation has none. */
  readonly service: string
  readonly unavailable: readonly string[]
  /** How long the entry lives when nobody holds it; stores may round it to milliseconds. */
  readonly ttlMs: number
}

/** The result of an operation. */
export interface SessionReply {
  /**
   * - `hit`: the entry stood, and `service` is its own.
   * - `made`: there was none, and now there is.
   * - `moved`: it led elsewhere before.
   * - `wait`: another node may still lead clients by what it knows. Ask again in `ms` milliseconds; nothing has
   *   changed.
   * - `other`: a `hold` found an entry that names `service`, which is another one. Nothing has changed.
   * - `none`: there is no entry.
   */
  readonly outcome: 'hit' | 'made' | 'moved' | 'wait' | 'other' | 'none'
  /** Empty if there is none. */
  readonly service: string
  /**
   * Of `wait`: how long. Otherwise: for how long from the sending of the operation the node may answer by itself for
   * this entry.
   */
  readonly ms: number
}

/** A shared entry as lists show it. */
export interface SharedSession {
  readonly table: string
  readonly key: string
  readonly service: string
  /** Nodes that hold it. */
  readonly nodes: number
  /** Milliseconds until it goes, unless it is held anew. */
  readonly expiresInMs: number
}

/** A small named document that the nodes share. */
export interface SharedRecord {
  readonly name: string
  readonly value: string
  /** Grows with every write to the store; no two writes have the same. */
  readonly version: number
  /** Time since it was written, on the store's clock. */
  readonly ageMs: number
}

/** A write of a record. */
export interface RecordWrite {
  readonly kind: string
  readonly name: string
  /** Undefined: remove it. */
  readonly value: string | undefined
  /** Write only if the record has this version; 0: only if there is none. Undefined: in any case. */
  readonly expect?: number | undefined
  /** It is gone after this time. Undefined: it stays. */
  readonly ttlMs?: number | undefined
}

/** Called with what other nodes do. No call throws. */
export interface StoreWatcher {
  /**
   * An entry was led elsewhere by another node; undefined: it was removed. `isSet`: by a `set`. Calls may be lost while
   * the store is away.
   */
  onMoved (table: string, key: string, service: string | undefined, isSet: boolean): void
  /** A record of this kind was written, or calls may have been lost: read it again. */
  onChanged (kind: string): void
  /** Another node has sent this to all that were there. */
  onMessage (topic: string, text: string): void
  /** An entry, or a record, cannot be what a node has written, and counts as absent. */
  onDamaged (what: string): void
}

/**
 * What several nodes of Weir share: persistence entries and records. Each call is one round trip, and calls take effect
 * in their order. A call that fails rejects, and may have taken effect or not; none waits for a store that is away.
 *
 *   claim, hold, pin ─► held (until `LEASE_MS` + ttl after the last of these) ──last node's release──► expiring, for
 * ttl ─► gone
 *
 * - An operation on an entry is atomic, whichever nodes send others at the same time.
 * - **Grants.** A reply with `ms` lets the node answer claims of that key by itself for so long. Until then no other
 *   node can lead the entry elsewhere: it is told to `wait`, and from then on nobody gets a new grant. So what a node
 *   knows under a grant is what the store has, without any message having to arrive.
 */
export interface SharedStore {
  /** What it is and where, for people; without secrets. */
  readonly place: string
  /**
   * True: only its nodes can read what is in it, as in a state directory. Otherwise private keys of the configuration
   * are written there encrypted, or not at all.
   */
  readonly isPrivate?: boolean | undefined
  /**
   * Connect, and check that the store is fit. Rejects with a `store-…` code that has the remedy. `node` identifies this
   * process in holds; it is used once. From then on the watcher is called.
   */
  open (node: string, watcher: StoreWatcher): Promise<void>
  /** Returns the results in the order of the operations. */
  sessions (ops: readonly SessionOp[]): Promise<readonly SessionReply[]>
  /**
   * Returns some of the entries and where to go on; begin with undefined, end when `next` is. An entry that changes
   * meanwhile may be missed or come twice.
   */
  list(
    from: string | undefined
  ): Promise<{ readonly entries: readonly SharedSession[], readonly next: string | undefined }>
  /** Returns the records of a kind. */
  read (kind: string): Promise<readonly SharedRecord[]>
  /**
   * Returns the version of the record as it is now, 0 for a removed one; undefined: it had not the expected version,
   * and nothing was written.
   */
  write (write: RecordWrite): Promise<number | undefined>
  /** Resolves when all parts of the store take writes; one that has no parts needs none. */
  ready? (): Promise<void>
  /** Called while the store does not answer: connect anew, if that may help. Never rejects. */
  renew? (): Promise<void>
  /** Returns the part of its memory limit that is used, of the fullest of its servers; undefined: it has none. */
  memoryUsed? (): Promise<number | undefined>
  /** Send a message to the other nodes that are there now; it may be lost. A topic has no space. */
  publish (topic: string, text: string): Promise<void>
  /** Idempotent. Entries and records stay. */
  close (): Promise<void>
}

/** How long an entry counts as held after a node's last word about it. */
export const LEASE_MS = 60_000
/** How long a node may answer by itself. */
export const GRANT_MS = 1000
