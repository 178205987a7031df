import type { Bytes } from '@weirlb/sdk'

/** Whose turn it is to speak to a client that gets its replies in order: messages that a server owes, and bytes of Weir's own between them. */
export class ReplyOrder {
  readonly #turns: (number | Bytes)[] = []

  /** Something is to come before what is said now. */
  get waits (): boolean { return this.#turns.length > 0 }

  /** A request went on that so many messages answer. */
  asked (replies: number): void {
    if (replies > 0) this.#turns.push(replies)
  }

  /** Bytes of Weir's own wait for their turn. */
  own (bytes: Bytes): void { this.#turns.push(bytes) }

  /** A server's message begins; false: it answers no request. */
  answered (): boolean {
    const owed = this.#turns[0]
    if (typeof owed !== 'number') return false
    if (owed === 1) this.#turns.shift()
    else this.#turns[0] = owed - 1
    return true
  }

  /** The message has ended: what may be said before the next one. */
  takeOwn (): Bytes[] {
    const owed = this.#turns.findIndex(turn => typeof turn === 'number')
    return this.#turns.splice(0, owed < 0 ? this.#turns.length : owed) as Bytes[]
  }
}
