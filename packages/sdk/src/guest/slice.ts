// Taken before the author's module runs: it may put another clock in its place.
const { now } = Date

/** Calls between two readings of the clock before it is known how fast they are. */
const PACE = 4
/**
 * Maximum calls between two readings. measured: a reading takes 54 ns where the kernel maps its clock, and more than a
 * cheap call where it is a system call. Four calls that become slow stay within a time-out that each of them takes a
 * tenth of; sixteen do not, and cut a client that did nothing wrong.
 */
const MAX_PACE = 4
const MAX_PACE_OF_COSTLY_CLOCK = 32
/** Looks that take two milliseconds or more where each is a system call. */
const LOOKS = 2000
/** A trial is slow on a busy machine, too: all must be. */
const TRIALS = 3

const isCostly = (): boolean => {
  for (let trial = 0; trial < TRIALS; trial++) {
    const began = now()
    for (let n = 0; n < LOOKS; n++) now()
    if (now() - began <= 1) return false
  }
  return true
}

/**
 * Ends a run between two calls of the author's code once it has taken long. The host starts another run for the rest,
 * with its own time-out. So a call that is stopped has used most of that time itself, unless the few calls between
 * two readings were all slow and had been fast before.
 */
export class Slice {
  #ms = 0
  readonly #maxPace = isCostly() ? MAX_PACE_OF_COSTLY_CLOCK : MAX_PACE
  /** Calls between two readings of the clock: few after slow calls, doubled after fast ones. */
  #pace = PACE
  #left = 0
  /** Time of the last reading; 0: none in this run. */
  #looked = 0
  #end = 0

  /** Begin a run of `ms`; `cut`: the previous one was stopped, so calls are not as cheap as assumed. */
  begin (ms: number, requests: number, cut: boolean): void {
    this.#ms = ms
    if (cut) this.#pace = 1
    this.#left = this.#pace
    this.#looked = 0
    if (requests > this.#pace) this.#start(now())
  }

  /** Another call is to be made: true when it has to wait for another run. */
  over (): boolean { return --this.#left <= 0 && this.#look() }

  /** A call threw, which costs more than a reading of the clock. */
  failed (): void { this.#left = 1 }

  #start (time: number): void {
    this.#looked = time
    this.#end = time + this.#ms
  }

  #look (): boolean {
    const time = now()
    if (this.#looked === 0) this.#start(time)
    else {
      const spent = time - this.#looked
      if (4 * spent >= this.#ms) this.#pace = Math.max(1, this.#pace >> 2)
      else if (this.#pace < this.#maxPace) this.#pace *= 2
      this.#looked = time
    }
    const over = time >= this.#end
    // Once over, it stays over.
    this.#left = over ? 1 : this.#pace
    return over
  }
}
