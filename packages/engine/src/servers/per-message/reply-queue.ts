import type { Route } from './route.ts'

/** Who takes the replies to the parts of a message. */
export interface Gathering<S> { take (run: ReplyRun<S>, server: S, bytes: Uint8Array): void }

/** Consecutive messages to the client that come from one place: a server `S`, or ourselves. */
export class ReplyRun<S> {
  /** Undefined: originated bytes, or the request has not been sent. */
  server: S | undefined
  /** How the requests came to it. */
  route: Route | undefined
  /** Messages that have not begun. */
  owed: number
  /** Bytes to come of messages that have begun. */
  left = 0
  /** Bytes that arrived before its turn and are in its server's queue: they precede those in `held`. */
  waiting = 0
  /** Pieces that arrived before its turn. */
  held: Uint8Array[] | undefined
  queued = false
  /** It replies to a greeting, and is discarded. */
  readonly swallowed: boolean
  /** It answers a part of a message, and what is made of all parts goes to the client. */
  gathering: Gathering<S> | undefined
  next: ReplyRun<S> | undefined

  constructor (server: S | undefined, owed: number, swallowed = false) {
    this.server = server
    this.owed = owed
    this.swallowed = swallowed
  }

  get done (): boolean { return this.owed === 0 && this.left === 0 }
}

/**
 * The order of the messages to the client. Only the first run is written; the others buffer their bytes until their
 * turn.
 *
 *   in order         [ s1: 2 owed ] → [ own: "-ERR…" ] → [ s2: 1 owed ]      a place is made when the request is sent
 *   as they come     [ s2: 312 bytes left ] → [ s1: … ]                      a place is made when the message begins
 */
export class ReplyQueue<S> {
  first: ReplyRun<S> | undefined
  last: ReplyRun<S> | undefined
  /** The last originated run placed after the current one. */
  #own: ReplyRun<S> | undefined

  push (run: ReplyRun<S>): void {
    run.queued = true
    run.next = undefined
    if (this.last === undefined) this.first = run
    else this.last.next = run
    this.last = run
  }

  /** Place originated bytes after the current run, and after earlier originated ones there. */
  pushOwn (run: ReplyRun<S>): void {
    const after = this.#own?.queued === true ? this.#own : this.first
    this.#own = run
    if (after === undefined) {
      this.push(run)
      return
    }
    run.queued = true
    run.next = after.next
    after.next = run
    if (this.last === after) this.last = run
  }

  /** Put a message that replies to nothing before the next message that begins, where that is known. */
  pushBetween (run: ReplyRun<S>): void {
    const { first } = this
    if (first === undefined || first.left > 0) {
      this.pushOwn(run)
      return
    }
    run.queued = true
    run.next = first
    this.first = run
  }

  shift (): void {
    const run = this.first!
    run.queued = false
    this.first = run.next
    if (this.first === undefined) this.last = undefined
    run.next = undefined
  }

  /**
   * Nothing follows the one whose turn it is but what `pushOwn` has put there, and it is over with the message that has
   * begun.
   */
  cutShort (): void {
    const { first } = this
    if (first === undefined) return
    first.owed = 0
    const end = this.#own?.queued === true ? this.#own : first
    end.next = undefined
    this.last = end
    if (first.left === 0) this.shift()
  }
}
