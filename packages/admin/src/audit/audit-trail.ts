import { auditEntry, type AuditEntry, type CollectionName } from '@weirlb/model'
import type { AuditFile } from './audit-file.ts'

/** Entries in memory, and their size as JSON, which is less when entries are large. */
const MAX_ENTRIES = 2000
const MAX_CHARS = 4 * 1024 * 1024
/** Entries in memory of requests that were refused: strangers must not push out what was done. */
const MAX_REFUSED_ENTRIES = 500
/** Longest that a response waits for the disk. */
const MAX_WAIT_MS = 2000
/** Shortest time between two lines about a file that cannot be written. */
const COMPLAIN_MS = 60_000
/** Refused requests of one client that are recorded one by one in this time; later ones are counted. */
const REFUSALS = 30
const REFUSALS_MS = 60_000
/** Numbers that a successor leaves to its predecessor, which records what it refuses while both run. */
const APART = 1000
/** Most clients whose refusals are counted. */
const MAX_REFUSED = 1000

/** An entry without what the trail adds. */
export type NewEntry = Omit<AuditEntry, 'id' | 'time'>

/** Which entries to return. */
export interface AuditQuery {
  readonly who?: string | undefined
  readonly action?: string | undefined
  readonly collection?: CollectionName | undefined
  readonly name?: string | undefined
  readonly code?: string | undefined
  /** `ok`, or everything that was refused. */
  readonly result?: 'ok' | 'refused' | undefined
  /** Milliseconds since 1970. */
  readonly sinceMs?: number | undefined
  readonly untilMs?: number | undefined
  /** Only entries with a lower id. */
  readonly before?: number | undefined
  readonly limit: number
}

/** A page of entries, the newest first. */
export interface AuditPage { readonly items: readonly AuditEntry[], readonly next?: number }

/** Options of an audit trail. */
export interface AuditTrailOptions {
  /** Without it, entries are in memory only. */
  readonly file?: AuditFile | undefined
  readonly onWriteFailed?: ((error: Error, entries: number) => void) | undefined
}

interface Refusals { sinceMs: number, count: number }

/**
 * Who has changed what. The last entries are in memory, and all are in a file of limited size. An entry that the file
 * does not take is in memory all the same, and the log says so: a full disk must not keep an operator from acting.
 */
export class AuditTrail {
  readonly #options: AuditTrailOptions
  #entries: AuditEntry[] = []
  #sizes: number[] = []
  #chars = 0
  /** Entries in memory of requests that were refused. */
  #refused = 0
  #last = 0
  #failed = 0
  #complainedMs = -Infinity
  readonly #refusals = new Map<string, Refusals>()

  constructor (options: AuditTrailOptions = {}) { this.#options = options }

  /**
   * Read the last entries of the file. Lines that are none are passed over. `apart`: a predecessor may write to the
   * file as well, until it ends.
   */
  async restore ({ apart = false }: { readonly apart?: boolean } = {}): Promise<void> {
    const found = await this.#inFile()
    const newer = this.#entries
    this.#entries = []
    this.#sizes = []
    this.#chars = 0
    this.#refused = 0
    for (const { entry, chars } of found) {
      this.#last = Math.max(this.#last, entry.id)
      this.#keep(entry, chars)
    }
    if (apart) this.#last += APART
    for (const entry of newer) this.#keep({ ...entry, id: ++this.#last }, JSON.stringify(entry).length)
  }

  /** Read what another process has written since, as a successor that failed: its numbers are taken. */
  async catchUp (): Promise<void> {
    for (const { entry, chars } of await this.#inFile()) {
      if (entry.id <= this.#last) continue
      this.#last = entry.id
      this.#keep(entry, chars)
    }
  }

  async #inFile (): Promise<{ readonly entry: AuditEntry, readonly chars: number }[]> {
    const lines = await this.#options.file?.tail(MAX_CHARS) ?? []
    // Two processes may have written by turns.
    return lines.flatMap(line => {
      const entry = entryIn(line)
      return entry === undefined ? [] : [{ entry, chars: line.length }]
    }).sort((a, b) => a.entry.id - b.entry.id)
  }

  /**
   * Record an entry. Resolves when it is in the file, or could not be written, or the file takes too long. Never
   * rejects.
   */
  async record (given: NewEntry): Promise<void> {
    const entry: AuditEntry = { id: ++this.#last, time: new Date().toISOString(), ...given }
    const line = JSON.stringify(entry)
    this.#keep(entry, line.length)
    const { file } = this.#options
    if (file === undefined) return
    const written = file.append(line).catch((error: unknown) => { this.#complain(error as Error) })
    let timer: NodeJS.Timeout | undefined
    await Promise.race([written, new Promise<void>(resolve => { timer = setTimeout(resolve, MAX_WAIT_MS) })])
    clearTimeout(timer)
  }

  /**
   * Record a request that a role or a scope refused. Those of one client are recorded one by one up to a rate, so that
   * it cannot push out what others did; then they are counted.
   */
  async recordRefusal (given: NewEntry): Promise<void> {
    const now = Date.now()
    const refusals = this.#refusals.get(given.who)
    if (refusals === undefined || now - refusals.sinceMs >= REFUSALS_MS) {
      const missed = refusals === undefined ? 0 : Math.max(0, refusals.count - REFUSALS)
      this.#refusals.delete(given.who)
      this.#refusals.set(given.who, { sinceMs: now, count: 1 })
      if (this.#refusals.size > MAX_REFUSED) this.#refusals.delete(this.#refusals.keys().next().value!)
      await this.record(missed === 0 ? given : { ...given, count: missed + 1 })
      return
    }
    if (++refusals.count <= REFUSALS) await this.record(given)
  }

  /** Returns entries in memory that match, the newest first. */
  query ({ limit, ...query }: AuditQuery): AuditPage {
    const items: AuditEntry[] = []
    for (let at = this.#entries.length - 1; at >= 0; at--) {
      const entry = this.#entries[at]!
      if (!matches(entry, query)) continue
      if (items.length === limit) return { items, next: items.at(-1)!.id }
      items.push(entry)
    }
    return { items }
  }

  #keep (entry: AuditEntry, chars: number): void {
    this.#entries.push(entry)
    this.#sizes.push(chars)
    this.#chars += chars
    if (isRefused(entry) && ++this.#refused > MAX_REFUSED_ENTRIES) {
      const oldest = this.#entries.findIndex(isRefused)
      this.#entries.splice(oldest, 1)
      this.#chars -= this.#sizes.splice(oldest, 1)[0]!
      this.#refused--
    }
    let gone = 0
    while (this.#entries.length - gone > MAX_ENTRIES || (this.#chars > MAX_CHARS && gone < this.#entries.length - 1)) {
      if (isRefused(this.#entries[gone]!)) this.#refused--
      this.#chars -= this.#sizes[gone++]!
    }
    if (gone === 0) return
    this.#entries = this.#entries.slice(gone)
    this.#sizes = this.#sizes.slice(gone)
  }

  #complain (error: Error): void {
    this.#failed++
    const now = Date.now()
    if (now - this.#complainedMs < COMPLAIN_MS) return
    this.#complainedMs = now
    this.#options.onWriteFailed?.(error, this.#failed)
    this.#failed = 0
  }
}

const isRefused = ({ code }: AuditEntry): boolean => code !== 'ok'

const entryIn = (line: string): AuditEntry | undefined => {
  try {
    const parsed = auditEntry.safeParse(JSON.parse(line))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}

const matches = (
  entry: AuditEntry,
  { who, action, collection, name, code, result, sinceMs, untilMs, before }: Omit<AuditQuery, 'limit'>
): boolean =>
  (before === undefined || entry.id < before) &&
  (who === undefined || entry.who === who) &&
  (action === undefined || entry.action === action) &&
  (collection === undefined || entry.collection === collection ||
    entry.changes?.some(change => change.collection === collection) === true) &&
  (name === undefined || entry.name === name || entry.changes?.some(change => change.name === name) === true) &&
  (code === undefined || entry.code === code) &&
  (result === undefined || (result === 'ok') === (entry.code === 'ok')) &&
  (sinceMs === undefined || Date.parse(entry.time) >= sinceMs) &&
  (untilMs === undefined || Date.parse(entry.time) < untilMs)
