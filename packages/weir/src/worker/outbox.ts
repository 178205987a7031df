/**
 * Gathers the messages of one turn of the event loop and sends them as one list: a claim per connection must not be a
 * system call per connection. Sending never waits, and unread messages are kept; senders of dispensable messages
 * check `roomy` first.
 */
export class Outbox<M> {
  readonly #send: (messages: M[], onSent: () => void) => boolean
  #waiting: M[] = []
  /** Lists that were handed over and have not left this process. */
  #unsent = 0
  #full = false

  /**
   * `send` hands a list over, calls `onSent` when it has left, and returns false when enough lists wait. Node's `send`
   * is such a function.
   */
  constructor (send: (messages: M[], onSent: () => void) => boolean) {
    this.#send = send
  }

  /** False while the other side does not read: from the moment at which enough waits until all of it has left. */
  get roomy (): boolean { return !this.#full }

  push (message: M): void {
    if (this.#waiting.push(message) === 1) setImmediate(this.#flush)
  }

  readonly #flush = (): void => {
    if (this.#waiting.length === 0) return
    const messages = this.#waiting
    this.#waiting = []
    this.#unsent++
    if (!this.#send(messages, this.#onSent)) this.#full = true
  }

  readonly #onSent = (): void => {
    if (--this.#unsent === 0) this.#full = false
  }
}
