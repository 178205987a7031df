import { WeirError } from '@weirlb/model'
import type { LeveledLog } from '../log.ts'
import type { SessionOp, SessionReply, SharedStore } from './shared-store.ts'

/** Receives the reply to an operation; undefined: the store has not answered, and may have done it or not. */
export type OnReply = (reply: SessionReply | undefined) => void

/** Called when the store is away, with the reason, and when it answers again. */
export interface LineWatcher {
  onAway (reason: string): void
  /** Called before it counts as back. Rejects with a WeirError if it may not be used. */
  onAnswers? (): Promise<void>
  onBack (): void
}

export interface LineLimits {
  /** How long a client waits for the store, in milliseconds. */
  readonly patienceMs: number
  /** Interval of the attempts to reach a store that is away. */
  readonly retryMs: number
}

interface Batch { readonly sentAt: number, readonly replies: readonly OnReply[] }

const defaults: LineLimits = { patienceMs: 1000, retryMs: 500 }
/** How often the batches under way are looked at within the patience. */
const LOOKS = 8
/** Operations of one round trip. */
const BATCH = 256

class LateAnswer extends Error {
  constructor (ms: number) { super(`no answer within ${ms} ms`) }
}

/**
 * Operations on their way to the store: those of one turn of the event loop share a round trip. Once the store fails or
 * is late, it is away: operations get no reply at once, until an attempt succeeds.
 *
 *   up ──rejects, or is later than `patienceMs`──► away ──an attempt every `retryMs` succeeds──► up
 */
export class StoreLine {
  readonly #store: SharedStore
  readonly #watcher: LineWatcher
  readonly #log: LeveledLog
  readonly #limits: LineLimits
  #ops: SessionOp[] = []
  #replies: OnReply[] = []
  #scheduled = false
  readonly #under = new Set<Batch>()
  #watching: NodeJS.Timeout | undefined
  #away = false
  /** Why it is, as the watcher was told. */
  #reason = ''
  #attempt: NodeJS.Timeout | undefined
  #closed = false
  /** Resolves when the newest round trip has ended, however it does. */
  #last: Promise<void> = Promise.resolve()

  constructor (store: SharedStore, watcher: LineWatcher, log: LeveledLog, limits: Partial<LineLimits> = {}) {
    this.#store = store
    this.#watcher = watcher
    this.#log = log
    this.#limits = { ...defaults, ...limits }
  }

  get away (): boolean { return this.#away }

  /** Send an operation with the others of this turn. `onReply` may be called before this returns. */
  send (op: SessionOp, onReply: OnReply): void {
    if (this.#away || this.#closed) {
      onReply(undefined)
      return
    }
    this.#ops.push(op)
    this.#replies.push(onReply)
    if (this.#ops.length >= BATCH) this.#flush()
    else if (!this.#scheduled) {
      this.#scheduled = true
      setImmediate(this.#turn)
    }
  }

  /** The same, as a promise. */
  async ask (op: SessionOp): Promise<SessionReply | undefined> {
    return await new Promise(resolve => {
      this.send(op, resolve)
    })
  }

  /** Run a call to the store within the patience. Rejects if it fails or is late; then the store is away. */
  async call<T> (call: () => Promise<T>): Promise<T> {
    if (this.#away) throw new Error('the store is away')
    try { return await this.#within(call()) } catch (error) {
      this.#failed(error)
      throw error
    }
  }

  /** Send what waits, and wait for its replies within the patience. */
  async close (): Promise<void> {
    this.#flush()
    this.#closed = true
    clearTimeout(this.#attempt)
    await this.#within(this.#last).catch(() => {})
    clearTimeout(this.#watching)
  }

  readonly #turn = (): void => {
    this.#scheduled = false
    this.#flush()
  }

  #flush (): void {
    if (this.#ops.length === 0) return
    const ops = this.#ops
    const replies = this.#replies
    this.#ops = []
    this.#replies = []
    let call: Promise<readonly SessionReply[]>
    try { call = this.#store.sessions(ops) } catch (error) { call = Promise.reject(error as Error) }
    const batch = { sentAt: performance.now(), replies }
    this.#under.add(batch)
    this.#watching ??= setTimeout(this.#watch, this.#limits.patienceMs / LOOKS)
    this.#last = call.then(found => {
      // One that was late has been answered.
      if (this.#under.delete(batch)) for (let i = 0; i < replies.length; i++) this.#answer(replies[i]!, found[i])
    }, (error: unknown) => {
      if (this.#under.delete(batch)) for (const reply of replies) this.#answer(reply, undefined)
      this.#failed(error)
    })
  }

  /** One timer for all batches: at 10,000 claims a second, one for each was a tenth of their cost. */
  readonly #watch = (): void => {
    const since = performance.now() - this.#limits.patienceMs
    this.#watching = undefined
    // They are in the order of their sending.
    for (const batch of this.#under) {
      if (batch.sentAt > since) break
      this.#under.delete(batch)
      this.#failed(new LateAnswer(this.#limits.patienceMs))
      for (const reply of batch.replies) this.#answer(reply, undefined)
    }
    if (this.#under.size > 0) this.#watching ??= setTimeout(this.#watch, this.#limits.patienceMs / LOOKS)
  }

  /** What one client's reply does must not keep the others from theirs. */
  #answer (onReply: OnReply, reply: SessionReply | undefined): void {
    try {
      onReply(reply)
    } catch (error) {
      this.#log.error(
        { error: (error as Error).stack ?? (error as Error).message },
        'a fault in Weir: the reply of the shared store was not taken'
      )
    }
  }

  async #within<T> (call: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new LateAnswer(this.#limits.patienceMs))
      }, this.#limits.patienceMs)
    })
    try {
      return await Promise.race([call, late])
    } finally {
      clearTimeout(timer)
    }
  }

  #failed (error: unknown): void {
    if (this.#away || this.#closed) return
    this.#away = true
    this.#retry()
    this.#reason = ''
    this.#tell((error as Error | undefined)?.message ?? String(error))
    const replies = this.#replies
    this.#ops = []
    this.#replies = []
    for (const reply of replies) this.#answer(reply, undefined)
  }

  #tell (reason: string): void {
    if (this.#closed || reason === this.#reason) return
    this.#reason = reason
    this.#watcher.onAway(reason)
  }

  #retry (): void {
    if (this.#closed) return
    this.#attempt = setTimeout(() => {
      this.#within(this.#attemptOnce()).then(() => {
        if (this.#closed) return
        this.#away = false
        this.#watcher.onBack()
      }, (error: unknown) => {
        // It answers now, and may not be used: another reason than the first one.
        if (error instanceof WeirError) this.#tell(error.message)
        if (error instanceof LateAnswer) this.#store.renew?.().catch(() => {})
        this.#retry()
      })
    }, this.#limits.retryMs).unref()
  }

  async #attemptOnce (): Promise<void> {
    // A store whose memory is full answers, and takes nothing.
    await this.#store.write({ kind: 'probe', name: 'probe', value: '', ttlMs: this.#limits.retryMs })
    await this.#store.ready?.()
    await this.#watcher.onAnswers?.()
  }
}
