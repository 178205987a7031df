/** Gathers what is said within one turn of the event loop and sends it as one list: a claim per connection must not be a system call per connection. */
export class Outbox<M> {
  readonly #send: (messages: M[]) => void
  #waiting: M[] = []

  constructor (send: (messages: M[]) => void) {
    this.#send = send
  }

  push (message: M): void {
    if (this.#waiting.push(message) === 1) setImmediate(this.#flush)
  }

  /** Send now what waits. */
  flush (): void { this.#flush() }

  readonly #flush = (): void => {
    if (this.#waiting.length === 0) return
    const messages = this.#waiting
    this.#waiting = []
    this.#send(messages)
  }
}
