// Same session key → same service, on every worker. Keys are byte strings in latin1 form (one character a byte),
// already hashed when long.

/** A connection's request for its session key. */
export interface Claim {
  readonly lbVserver: string
  readonly key: string
  /** The service that the balancing method would take. */
  readonly proposal: string
  /** Services that cannot be taken now; an entry that names one of them is replaced by the proposal. */
  readonly unavailable: readonly string[]
}

/** The result of a claim in a table. */
export interface TableClaim {
  readonly service: string
  /** An entry stood, and it decided. */
  readonly hit: boolean
  /** True if there is an entry, and it is held. False: the table is full of held ones. */
  readonly pinned: boolean
}

export interface ClaimSink {
  /** The service that the directory decided; `hit` when an entry stood. */
  onClaimed (service: string, hit: boolean): void
}

/** Receives the result of a lookup. */
export interface FindSink {
  /** The service that the entry names; undefined when there is no entry. */
  onFound (service: string | undefined): void
}

/** True when an entry decides: there is one, and its service can be taken. */
export const entryLeads = (entry: string | undefined, unavailable: readonly string[]): entry is string =>
  entry !== undefined && !unavailable.includes(entry)

/** The owner of sessions. An entry cannot expire while a connection holds it; its time starts at the last release. */
export interface SessionDirectory {
  /**
   * Find the entry, or make it with the proposal, in one step; the caller holds the entry from then on. `sink` may be
   * called before this returns.
   */
  claim (claim: Claim, sink: ClaimSink): void
  /** Look an entry up, without creating, holding or changing it. `sink` may be called before this returns. */
  find (lbVserver: string, key: string, sink: FindSink): void
  /** Pin a key to a service whatever stood there, and hold it (a server assigned the key). */
  pin (lbVserver: string, key: string, service: string): void
  /** The connection that held the entry ended; the entry lives `ttlMs` longer unless it is held again. */
  release (lbVserver: string, key: string, ttlMs: number): void
}

/** One entry as the API shows it. */
export interface SessionEntry {
  readonly lbVserver: string
  /** latin1 form, or the hash of a long key. */
  readonly key: string
  readonly service: string
  /** Connections that hold it. */
  readonly connections: number
  /** Milliseconds until it expires; undefined while it is held. */
  readonly expiresInMs: number | undefined
}
