import type { Soon } from '../extension/crossing.ts'

/** An event loop that is turned by hand, and what answers from outside of it. */
export class Ticks {
  #due: (() => void)[] = []
  /** Answers that are to come from outside: of a guest on a thread, of a session directory elsewhere. */
  #awaited = 0
  #woken: (() => void) | undefined

  readonly soon: Soon = call => {
    this.#due.push(call)
    this.#wake()
  }

  /** Something is to be done in the next turn. */
  get isDue (): boolean { return this.#due.length > 0 }
  get awaits (): boolean { return this.#awaited > 0 }

  /** An answer is to come from outside. */
  await (): void { this.#awaited++ }

  /** It has come. */
  came (): void {
    this.#awaited--
    this.#wake()
  }

  #wake (): void {
    this.#woken?.()
    this.#woken = undefined
  }

  /** One turn: what is due now, and not what becomes due by that. */
  turn (): void {
    const due = this.#due
    this.#due = []
    for (const call of due) call()
  }

  /** When something is due, or an awaited answer has come. */
  async next (): Promise<void> {
    if (!this.isDue && this.awaits) await new Promise<void>(resolve => { this.#woken = resolve })
  }
}
