/**
 * Lends places of services with `maxClients`, so that all workers together have no more clients than that. It returns
 * by `lend`, `refuse`, and so on, of the service's places.
 */
export interface PlaceLender {
  /** A worker needs so many more. */
  ask (service: string, count: number): void
  /** So many are free again. `answer`: this is the answer to a recall, also if it is 0. */
  giveBack (service: string, count: number, answer: boolean): void
}

/**
 * What the lender says of a service's places: a number of them that it lends; `none`: there is none, and what was asked
 * for is forgotten; `some`: there are some again; `recall`: others need what is free, now and until `keep`.
 */
export type PlaceWord = number | 'none' | 'some' | 'recall' | 'keep'

/** A client that waits until it is known whether there is a place for it. */
export interface PlaceWaiter {
  onPlace (): void
  /** All places are taken. */
  onNoPlace (): void
}

/**
 * The places of one service with `maxClients`, in one process.
 *
 *   used ≤ borrowed ≤ lent by the control process ≤ maxClients
 *
 * A client takes a place that is borrowed and free; else one is asked for, and the client waits for the answer, a
 * message there and back. After a refusal the service is full until the lender has places again. Clients that no limit
 * may turn away, as those of an existing session that another client needs, take places that are paid back first.
 *
 *   lending ──► recalled: free places go back at once ──► lending
 */
export class Places {
  readonly #service: string
  /** Undefined: this process is alone, and all places are its own. */
  readonly #lender: PlaceLender | undefined
  readonly #onFull: () => void
  #limit: number
  #used: number
  #borrowed = 0
  #asked = 0
  #refused = false
  #recalled = false
  #waiting: PlaceWaiter[] = []
  #full = false

  /** `used`: clients that are there already. `onFull` is called when `full` becomes another. */
  constructor (service: string, limit: number, used: number, lender: PlaceLender | undefined, onFull: () => void) {
    this.#service = service
    this.#limit = limit
    this.#used = used
    this.#lender = lender
    this.#onFull = onFull
    this.#full = this.#isFull
    this.#ask()
  }

  /** No place is free, here or elsewhere. */
  get full (): boolean { return this.#full }
  /** A place is free here. */
  get free (): boolean { return this.#used < (this.#lender === undefined ? this.#limit : this.#borrowed) }

  get #isFull (): boolean { return !this.free && (this.#lender === undefined || this.#refused) }

  resize (limit: number): void {
    this.#limit = limit
    this.#note()
  }

  /** A client waits for the lender's answer. */
  wait (waiter: PlaceWaiter): void {
    this.#waiting.push(waiter)
    this.#ask()
  }

  enter (): void {
    this.#used++
    this.#ask()
    this.#note()
  }

  leave (): void {
    this.#used--
    if (this.#recalled) this.#giveBack(false)
    this.#note()
  }

  // ── what the lender says ───────────────────────────────────────────────────

  hear (word: PlaceWord): void {
    if (typeof word === 'number') this.#lend(word)
    else this.#words[word]()
  }

  readonly #words = {
    none: () => { this.#refuse() },
    some: () => { this.#reopen() },
    recall: () => { this.#recall() },
    keep: () => { this.#recalled = false }
  } satisfies Record<Exclude<PlaceWord, number>, () => void>

  #lend (count: number): void {
    this.#borrowed += count
    this.#asked = Math.max(0, this.#asked - count)
    this.#refused = false
    this.#note()
    while (this.#waiting.length > 0 && this.free) this.#waiting.shift()!.onPlace()
    if (this.#recalled && this.free) this.#giveBack(false)
  }

  #refuse (): void {
    this.#asked = 0
    this.#refused = true
    this.#note()
    this.#dismiss()
  }

  #reopen (): void {
    this.#refused = false
    this.#ask()
    this.#note()
  }

  #recall (): void {
    this.#recalled = true
    this.#giveBack(true)
    this.#note()
  }

  /** The service has no limit any more, or is gone: those that wait are told to look again. */
  close (): void { this.#dismiss() }

  #dismiss (): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const waiter of waiting) waiter.onNoPlace()
  }

  #giveBack (answer: boolean): void {
    const free = Math.max(0, this.#borrowed - this.#used)
    this.#borrowed -= free
    if (free > 0 || answer) this.#lender?.giveBack(this.#service, free, answer)
  }

  #ask (): void {
    if (this.#lender === undefined || this.#refused) return
    const needed = this.#used + this.#waiting.length - this.#borrowed
    if (needed <= this.#asked) return
    const count = needed - this.#asked
    this.#asked = needed
    this.#lender.ask(this.#service, count)
  }

  #note (): void {
    const full = this.#isFull
    if (full === this.#full) return
    this.#full = full
    this.#onFull()
  }
}
