/** Runs what it is given one at a time, in order. A failure is its caller's and does not stop the next. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve()

  take<T> (run: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(run)
    this.#last = turn.catch(() => {})
    return turn
  }
}
