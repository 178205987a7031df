import type { Keeping } from './keeping.ts'

/** One client's entry in a table of a GLB, which names its pool. */
export class Affinity {
  readonly #keeping: Keeping
  readonly key: string
  /** The pool that steering chose, before the entry decides. */
  readonly proposal: number
  #held = false

  constructor (keeping: Keeping, key: string, proposal: number) {
    this.#keeping = keeping
    this.key = key
    this.proposal = proposal
  }

  /** The entry is there, and cannot expire until `letGo`. */
  hold (): void { this.#held = true }

  letGo (): void {
    if (!this.#held) return
    this.#held = false
    this.#keeping.release(this.key)
  }
}
