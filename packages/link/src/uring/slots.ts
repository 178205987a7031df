import { WeirError } from '@weirlb/model'
import { isLost, lost } from './lost.ts'

/** The owner of an operation. `kind` is the submitted kind: a link's receive, its send, and so on. */
export interface Owner {
  onCompletion (kind: number, result: number, flags: number): void
  /** A call of the owner threw, and the ring is intact. */
  onFault (error: unknown): void
}

/** Kinds fit in this many bits. */
const KIND_BITS = 4
const KIND_MASK = (1 << KIND_BITS) - 1
const MAX_SLOTS = 1 << 31 - KIND_BITS

/**
 * Owners of operations by number. The number, the kind of operation and the slot's generation are the operation's
 * user_data:
 *
 *   low word: slot << 4 | kind        high word: generation
 *
 * An owner keeps its slot until its last completion, so a completion always finds its owner; the generation proves it.
 */
export class Slots {
  readonly #owners: (Owner | undefined)[] = []
  readonly #generations: number[] = []
  readonly #free: number[] = []

  /** Slots in use. */
  get used (): number { return this.#owners.length - this.#free.length }

  take (owner: Owner): number {
    const slot = this.#free.pop() ?? this.#owners.length
    if (slot === MAX_SLOTS) throw new WeirError('internal', `all ${MAX_SLOTS} slots of the ring are in use`)
    if (slot === this.#owners.length) this.#generations.push(0)
    this.#owners[slot] = owner
    return slot
  }

  /** The owner's last operation is over. Throws if it was already released: the slot may be another's. */
  release (slot: number): void {
    if (this.#owners[slot] === undefined) throw lost(`slot ${slot} is given back twice`)
    this.#owners[slot] = undefined
    this.#generations[slot] = this.#generations[slot]! + 1 | 0
    this.#free.push(slot)
  }

  generation (slot: number): number { return this.#generations[slot]! }

  /** The low word of user_data. */
  static low (slot: number, kind: number): number { return slot << KIND_BITS | kind }

  /** Report a completion to its operation's owner; throws if there is no such operation. */
  complete (low: number, high: number, result: number, flags: number): void {
    const slot = low >>> KIND_BITS
    const owner = this.#owners[slot]
    if (owner === undefined || this.#generations[slot] !== high) {
      throw lost(
        `a completion (result ${result}) for slot ${slot}, generation ${high}, which ${
          owner === undefined ? 'is free' : `is in generation ${this.#generations[slot]}`
        }`
      )
    }
    try {
      owner.onCompletion(low & KIND_MASK, result, flags)
    } catch (error) {
      if (isLost(error)) throw error
      owner.onFault(error)
    }
  }
}
