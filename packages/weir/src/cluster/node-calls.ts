import { WeirError, type ErrorCode } from '@weirlb/model'
import type { SharedStore } from './shared-store.ts'
import type { StoreLine } from './store-line.ts'

/** How long a node waits for another one. */
const PATIENCE_MS = 5000
const ASK = 'ask'
const ANSWER = 'answer'

/** Answers what other nodes ask about one thing. */
export type Answering = (body: never) => Promise<unknown>

interface Question {
  readonly to: string
  readonly from: string
  readonly number: number
  readonly about: string
  readonly body: unknown
}
interface Answer {
  readonly to: string
  readonly number: number
  readonly value?: unknown
  readonly code?: ErrorCode
  readonly message?: string
}
interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

/** Questions of nodes to each other, over the store's messages. A question may be lost, and so may its answer. */
export class NodeCalls {
  readonly #id: string
  readonly #store: SharedStore
  readonly #line: StoreLine
  readonly #answering = new Map<string, Answering>()
  readonly #waiting = new Map<number, Waiting>()
  #last = 0

  /** `id`: of this life of the node. */
  constructor (id: string, store: SharedStore, line: StoreLine) {
    this.#id = id
    this.#store = store
    this.#line = line
  }

  on (about: string, answering: Answering): void { this.#answering.set(about, answering) }

  /** Rejects with what the other node has rejected with, or with store-unreachable if it does not answer. */
  async ask<T> (to: string, about: string, body: unknown): Promise<T> {
    const number = ++this.#last
    const answered = new Promise<unknown>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(number)
        reject(
          new WeirError('store-unreachable', `another node has not answered within ${PATIENCE_MS / 1000} s`, {
            retry: true
          })
        )
      }, PATIENCE_MS).unref()
      this.#waiting.set(number, { resolve, reject, timer })
    })
    try {
      await this.#send(ASK, { to, from: this.#id, number, about, body } satisfies Question)
    } catch (error) {
      this.#settle({
        to,
        number,
        code: 'store-unreachable',
        message: `the shared store does not answer: ${(error as Error).message}`
      })
    }
    return await answered as T
  }

  /** Another node has sent something. */
  onMessage (topic: string, text: string): void {
    if (topic !== ASK && topic !== ANSWER) return
    let read: { readonly to?: unknown } | null
    try { read = JSON.parse(text) as typeof read } catch { return }
    if (read?.to !== this.#id) return
    if (topic === ASK) void this.#answer(read as Question)
    else this.#settle(read as Answer)
  }

  stop (): void {
    for (const number of this.#waiting.keys())
      this.#settle({ to: this.#id, number, code: 'store-unreachable', message: 'this node stops' })
  }

  async #answer ({ from, number, about, body }: Question): Promise<void> {
    let answer: Answer
    try {
      const answering = this.#answering.get(about)
      if (answering === undefined) throw new Error(`this node knows nothing about '${about}'`)
      answer = { to: from, number, value: await answering(body as never) }
    } catch (error) {
      const { code = 'internal', message } = error as Error & { code?: ErrorCode }
      answer = { to: from, number, code, message }
    }
    await this.#send(ANSWER, answer).catch(() => { /* Whoever has asked waits no longer than it likes. */ })
  }

  #settle ({ number, value, code, message }: Answer): void {
    const waiting = this.#waiting.get(number)
    if (waiting === undefined) return
    this.#waiting.delete(number)
    clearTimeout(waiting.timer)
    if (code === undefined) waiting.resolve(value)
    else waiting.reject(
        new WeirError(code, String(message), { retry: code === 'store-unreachable' || code === 'worker-unavailable' })
      )
  }

  async #send (topic: string, message: Question | Answer): Promise<void> {
    await this.#line.call(async () => { await this.#store.publish(topic, JSON.stringify(message)) })
  }
}
