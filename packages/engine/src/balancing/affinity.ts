/** The holder of the entries that keep clients in pools: a GLB. */
export interface AffinityOwner { release (key: string): void }

/** One client's entry in the table of a GLB, which names its pool. */
export class Affinity {
  readonly #owner: AffinityOwner
  readonly key: string
  /** The pool that steering chose, before the entry decides. */
  readonly proposal: number
  #held = false

  constructor (owner: AffinityOwner, key: string, proposal: number) {
    this.#owner = owner
    this.key = key
    this.proposal = proposal
  }

  /** The entry is there, and cannot expire until `letGo`. */
  hold (): void { this.#held = true }

  letGo (): void {
    if (!this.#held) return
    this.#held = false
    this.#owner.release(this.key)
  }
}
