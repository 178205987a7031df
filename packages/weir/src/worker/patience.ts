/** Detection of a hanging worker: `missed` pings in a row without an answer. */
export interface Heartbeat { readonly everyMs: number, readonly missed: number, readonly startMs: number }
export const defaultHeartbeat: Heartbeat = { everyMs: 1000, missed: 5, startMs: 30_000 }

/**
 * Decides whether a worker that does not answer hangs. Unanswered beats are counted, not the time since the last
 * answer: after the machine slept, or this process was busy, one late beat must not look like five missed ones.
 * Neither does a worker hang that waits for a core on a busy machine: such beats do not count.
 */
export class Patience {
  readonly #heartbeat: Heartbeat
  /** For how long the worker has waited for a core since it began, in ms. */
  readonly #cpuWaitMs: () => number
  #unanswered = 0
  /** How long it had waited when its first answer was late. */
  #waited = 0

  constructor (heartbeat: Heartbeat, cpuWaitMs: () => number) {
    this.#heartbeat = heartbeat
    this.#cpuWaitMs = cpuWaitMs
  }

  /** Called at each beat: whether it is to be asked, asked for nothing more, or hangs. */
  beat (): 'ask' | 'wait' | 'hangs' {
    const { everyMs, missed } = this.#heartbeat
    if (this.#unanswered === 1) this.#waited = this.#cpuWaitMs()
    if (
      this.#unanswered >= missed &&
      this.#unanswered - Math.floor((this.#cpuWaitMs() - this.#waited) / everyMs) >= missed
    ) return 'hangs'
    return this.#unanswered++ === 0 ? 'ask' : 'wait'
  }

  answered (): void { this.#unanswered = 0 }
}

/**
 * Call `late` when a worker has had so many ms to start; those do not count in which it waited for a core. Returns how
 * to stop that.
 */
export const whenLate = (startMs: number, cpuWaitMs: () => number, late: () => void): () => void => {
  let timer: NodeJS.Timeout
  const allow = (ms: number, waited: number): void => {
    timer = setTimeout(() => {
      const now = cpuWaitMs()
      if (now - waited < 1) late()
      else allow(now - waited, now)
    }, ms)
  }
  allow(startMs, cpuWaitMs())
  return () => { clearTimeout(timer) }
}
