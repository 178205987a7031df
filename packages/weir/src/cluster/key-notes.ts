/** How long a release waits for the client to come back: HTTP clients do so at once. */
const WAIT_MS = 250
/** Those that have waited leave with claims, which make the round trip anyway: so many with each. */
const WITH_A_CLAIM = 2
/** How often the others are sent. */
const PACE_MS = 10
/** How often, and how many, where more wait than that: claims would wait behind them in the store. */
const HURRY_MS = 2
const AT_ONCE = 100
/** Grants that are remembered. */
const MAX_GRANTS = 20_000
/** Items before the front of a queue, until they are removed. */
const MANY = 1024

/** What a node knows of a key at the store, beside the entry of its own table. */
export interface KeyNote {
  readonly table: string
  readonly key: string
  /** Claims under way: the entry is not released meanwhile. */
  asking: number
  /** The service that the store has granted, and until when, on the steady clock. */
  service: string
  until: number
  /** The time to live of a release that the store does not know yet; undefined: there is none. */
  releaseMs: number | undefined
  dueAt: number
  /** True: there may be another note of the key. */
  gone: boolean
}

/** Sends a release that has waited. */
export type OnRelease = (table: string, key: string, ttlMs: number) => void

/** Notes in the order of a time of theirs. */
class Queue {
  #notes: KeyNote[] = []
  #times: number[] = []
  #front = 0

  get length (): number { return this.#notes.length - this.#front }
  /** Infinity: there is none. */
  get firstAt (): number { return this.#times[this.#front] ?? Infinity }

  push (note: KeyNote, at: number): void {
    this.#notes.push(note)
    this.#times.push(at)
  }

  /** There must be one. */
  shift (): KeyNote {
    const note = this.#notes[this.#front++]!
    if (this.#front >= MANY && this.#front * 2 >= this.#notes.length) {
      this.#notes = this.#notes.slice(this.#front)
      this.#times = this.#times.slice(this.#front)
      this.#front = 0
    }
    return note
  }
}

/**
 * The keys that this node has asked the store about a moment ago, or is to tell it about. Each has one note, which goes
 * when nothing in it counts any more: at 10,000 clients a second every further look-up of a key shows.
 */
export class KeyNotes {
  readonly #onRelease: OnRelease
  readonly #tables = new Map<string, Map<string, KeyNote>>()
  /** Those with a grant and those with a release, also where that is over or another one has come. */
  readonly #granted = new Queue()
  readonly #waiting = new Queue()
  #timer: NodeJS.Timeout | undefined

  /** `onRelease` is called when no claim of the key is under way. */
  constructor (onRelease: OnRelease) { this.#onRelease = onRelease }

  find (table: string, key: string): KeyNote | undefined { return this.#tables.get(table)?.get(key) }

  /** A claim of the key begins. */
  ask (table: string, key: string, known: KeyNote | undefined): KeyNote {
    const note = known ?? this.#add(table, key)
    note.releaseMs = undefined
    note.asking++
    return note
  }

  answered (note: KeyNote): void {
    note.asking--
    this.#dropIdle(note, performance.now())
  }

  /** The note of a key, made if there is none. */
  of (table: string, key: string): KeyNote { return this.find(table, key) ?? this.#add(table, key) }

  /** The store has granted that the key of a note leads to `service` until then. */
  grant (note: KeyNote, service: string, until: number): void {
    note.service = service
    note.until = until
    this.#granted.push(note, until)
    for (const now = performance.now(); this.#granted.firstAt <= now || this.#granted.length > MAX_GRANTS;) {
      const oldest = this.#granted.shift()
      if (this.#granted.length >= MAX_GRANTS) oldest.until = 0
      this.#dropIdle(oldest, now)
    }
  }

  /** The key may lead elsewhere. */
  forget (table: string, key: string): void {
    const note = this.find(table, key)
    if (note !== undefined) note.until = 0
  }

  /** This node leads the key elsewhere, and holds it. */
  leadElsewhere (table: string, key: string): void {
    const note = this.find(table, key)
    if (note === undefined) return
    note.releaseMs = undefined
    note.until = 0
    this.#dropIdle(note, performance.now())
  }

  forgetAll (): void { for (const notes of this.#tables.values()) for (const note of notes.values()) note.until = 0 }

  /** Nobody here holds the key any more: tell the store after a moment. */
  release (table: string, key: string, ttlMs: number): void {
    const note = this.of(table, key)
    note.releaseMs = ttlMs
    note.dueAt = performance.now() + WAIT_MS
    this.#waiting.push(note, note.dueAt)
    this.#timer ??= setTimeout(this.#onDue, WAIT_MS).unref()
  }

  /** A claim is on its way to the store. */
  onClaim (now: number): void { if (this.#waiting.firstAt <= now) this.#sendUntil(now, WITH_A_CLAIM) }

  /** Send all releases now. */
  close (): void {
    clearTimeout(this.#timer)
    this.#sendUntil(Infinity, Infinity)
  }

  readonly #onDue = (): void => {
    const now = performance.now()
    this.#sendUntil(now, AT_ONCE)
    const { length, firstAt } = this.#waiting
    const inMs = firstAt <= now ? HURRY_MS : Math.max(PACE_MS, firstAt - now)
    this.#timer = length === 0 ? undefined : setTimeout(this.#onDue, inMs).unref()
  }

  #sendUntil (now: number, most: number): void {
    for (let left = most; left > 0 && this.#waiting.length > 0 && this.#waiting.firstAt <= now;) {
      const note = this.#waiting.shift()
      const { table, key, releaseMs } = note
      if (releaseMs !== undefined && note.dueAt <= now) {
        note.releaseMs = undefined
        left--
        if (note.asking === 0) this.#onRelease(table, key, releaseMs)
      }
      this.#dropIdle(note, now)
    }
  }

  #add (table: string, key: string): KeyNote {
    const note = { table, key, asking: 0, service: '', until: 0, releaseMs: undefined, dueAt: 0, gone: false }
    let notes = this.#tables.get(table)
    if (notes === undefined) this.#tables.set(table, notes = new Map())
    notes.set(key, note)
    return note
  }

  #dropIdle (note: KeyNote, now: number): void {
    if (note.gone || note.asking > 0 || note.until > now || note.releaseMs !== undefined) return
    note.gone = true
    const notes = this.#tables.get(note.table)!
    notes.delete(note.key)
    if (notes.size === 0) this.#tables.delete(note.table)
  }
}
