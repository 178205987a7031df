import type { LeveledLog } from '../log.ts'

/**
 * Whether what the store publishes arrives. Every beat writes a card, and all nodes hear of it, the writer too. A node
 * that has heard of none since its last beat has a subscription that is broken: its connection may be gone, or the
 * store has cut it for being slow, while other connections work.
 */
export class Hearing {
  readonly #log: LeveledLog
  readonly #store: string
  #heard = true
  #deaf = false

  constructor (store: string, log: LeveledLog) {
    this.#store = store
    this.#log = log
  }

  /** A record of this kind was written. */
  onChanged (kind: string): void { if (kind === 'node') this.#heard = true }

  /** Called once for each beat. True: messages may have been lost since the last one. */
  missed (): boolean {
    const deaf = !this.#heard
    const missed = deaf || this.#deaf
    if (deaf && !this.#deaf)
      this.#log.warn({ store: this.#store }, 'news of the shared store do not arrive: this node asks for them')
    if (!deaf && this.#deaf) this.#log.info({ store: this.#store }, 'news of the shared store arrive again')
    this.#deaf = deaf
    this.#heard = false
    return missed
  }
}
