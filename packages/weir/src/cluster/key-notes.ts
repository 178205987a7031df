import type { SessionOp } from './shared-store.ts'

/** How long a release waits for the client to come back: HTTP clients do so at once. */
const WAIT_MS = 250
/** How often those that have waited are sent, and how many: claims would wait behind them in the store. */
const PACE_MS = 2
const AT_ONCE = 100
/** Grants that are remembered. */
const MAX_GRANTS = 20_000
/** Items before the front of a queue, until they are removed. */
const MANY = 1024

/** What a node knows of a key at the store, beside the entry of its own table. */
export interface KeyNote {
  readonly id: string
  /** Claims under way: the entry is not released meanwhile. */
  asking: number
  /** The service that the store has granted, and until when, on the steady clock. */
  service: string
  until: number
  /** A release that the store does not know yet, and when it is sent. */
  release: SessionOp | undefined
  dueAt: number
  /** True: there may be another note of the key. */
  gone: boolean
}

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
  readonly #onRelease: (op: SessionOp) => void
  readonly #notes = new Map<string, KeyNote>()
  /** Those with a grant and those with a release, also where that is over or another one has come. */
  readonly #granted = new Queue()
  readonly #waiting = new Queue()
  #timer: NodeJS.Timeout | undefined

  /** `onRelease` is called with a release that has waited, when no claim of its key is under way. */
  constructor (onRelease: (op: SessionOp) => void) { this.#onRelease = onRelease }

  find (id: string): KeyNote | undefined { return this.#notes.get(id) }

  /** A claim of the key begins. */
  ask (id: string, known: KeyNote | undefined): KeyNote {
    const note = known ?? this.#add(id)
    note.release = undefined
    note.asking++
    return note
  }

  answered (note: KeyNote): void {
    note.asking--
    this.#dropIdle(note, performance.now())
  }

  /** The store has granted that the key leads to `service` until then. */
  grant (id: string, service: string, until: number): void {
    const note = this.#notes.get(id) ?? this.#add(id)
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
  forget (id: string): void {
    const note = this.#notes.get(id)
    if (note !== undefined) note.until = 0
  }

  forgetAll (): void { for (const note of this.#notes.values()) note.until = 0 }

  /** Nobody here holds the key any more: tell the store after a moment. */
  release (id: string, op: SessionOp): void {
    const note = this.#notes.get(id) ?? this.#add(id)
    note.release = op
    note.dueAt = performance.now() + WAIT_MS
    this.#waiting.push(note, note.dueAt)
    this.#timer ??= setTimeout(this.#onDue, WAIT_MS).unref()
  }

  /** Send all releases now. */
  close (): void {
    clearTimeout(this.#timer)
    this.#sendUntil(Infinity, Infinity)
  }

  readonly #onDue = (): void => {
    const now = performance.now()
    this.#sendUntil(now, AT_ONCE)
    this.#timer = this.#waiting.length === 0
      ? undefined
      : setTimeout(this.#onDue, Math.max(PACE_MS, this.#waiting.firstAt - now)).unref()
  }

  #sendUntil (now: number, most: number): void {
    for (let left = most; left > 0 && this.#waiting.length > 0 && this.#waiting.firstAt <= now;) {
      const note = this.#waiting.shift()
      const { release } = note
      if (release === undefined || note.dueAt > now) continue
      note.release = undefined
      left--
      if (note.asking === 0) this.#onRelease(release)
      this.#dropIdle(note, now)
    }
  }

  #add (id: string): KeyNote {
    const note = { id, asking: 0, service: '', until: 0, release: undefined, dueAt: 0, gone: false }
    this.#notes.set(id, note)
    return note
  }

  #dropIdle (note: KeyNote, now: number): void {
    if (note.gone || note.asking > 0 || note.until > now || note.release !== undefined) return
    note.gone = true
    this.#notes.delete(note.id)
  }
}
