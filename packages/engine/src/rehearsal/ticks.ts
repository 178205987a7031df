import type { Soon } from '../extension/crossing.ts'

/** An event loop that is turned by hand, with a count of outside answers. */
export class Ticks {
  #due: (() => void)[] = []
  /** Outstanding answers: of a guest on a thread, or of a session directory in another process. */
  #awaited = 0
  #woken: (() => void) | undefined

  readonly soon: Soon = call => {
    this.#due.push(call)
    this.#wake()
  }

  /** True while calls wait for the next turn. */
  get isDue (): boolean { return this.#due.length > 0 }
  /** True while an answer from outside is outstanding. */
  get awaits (): boolean { return this.#awaited > 0 }

  /** Counts an outstanding answer. */
  await (): void { this.#awaited++ }

  /** An outstanding answer has arrived. */
  came (): void {
    this.#awaited--
    this.#wake()
  }

  #wake (): void {
    this.#woken?.()
    this.#woken = undefined
  }

  /** Runs one turn: the calls that wait now, and none that they add. */
  turn (): void {
    const due = this.#due
    this.#due = []
    for (const call of due) call()
  }

  /** Resolves when a call waits, or an outstanding answer has arrived. */
  async next (): Promise<void> {
    if (!this.isDue && this.awaits) await new Promise<void>(resolve => { this.#woken = resolve })
  }
}
