import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '@weirlb/engine'
import type { SecurityEvent } from './security-event.ts'
import type { WebhookOptions } from './webhook-options.ts'
import { newDelivery, WebhookRequest } from './webhook-request.ts'
import { readWebhookSecret } from './webhook-secret.ts'

/** Events that wait. Beyond it the oldest are dropped and counted. */
const MAX_WAITING = 5000
/** Events of one delivery. */
const MAX_BATCH = 100
/** How long the first event of a delivery waits for others. */
const GATHER_MS = 200
/**
 * Attempts of one delivery, and the pause before the second and the longest; each is twice the one before, less a
 * random part.
 */
const MAX_ATTEMPTS = 10
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 60_000
/** Time for what waits when the process ends. */
const LAST_MS = 2000
/** Shortest time between two lines in the log about the same trouble. */
const COMPLAIN_MS = 60_000

/** What became of events. */
export interface WebhookStats {
  /** Events that were taken. */
  sent: number
  /** Events that were dropped: too many waited, or their delivery failed for good. */
  dropped: number
  /** Failed attempts. */
  failures: number
  /** Events that wait. */
  waiting: number
}

/**
 * Sends security events to a program of the operator's: in batches, one after the other, each signed. It holds a
 * bounded number, and tries again with growing pauses.
 */
export class Webhook {
  readonly #options: WebhookOptions
  readonly #log: Log
  readonly #request: WebhookRequest
  readonly #end = new AbortController()
  readonly #pauses = new AbortController()
  #waiting: SecurityEvent[] = []
  #work: Promise<void> | undefined
  #stopping = false
  #sent = 0
  #dropped = 0
  /** Dropped ones that no delivery has told of. */
  #untold = 0
  #failures = 0
  #complainedAt = -Infinity

  constructor (options: WebhookOptions, log: Log) {
    this.#options = options
    this.#log = log
    this.#request = new WebhookRequest(options.url)
  }

  get stats (): WebhookStats {
    return { sent: this.#sent, dropped: this.#dropped, failures: this.#failures, waiting: this.#waiting.length }
  }

  /** Rejects with config-invalid if there is no secret to sign with. */
  async start (): Promise<void> { await readWebhookSecret(this.#options.secretFile) }

  /** Send these; `lost` more did not arrive here. */
  add (events: readonly SecurityEvent[], lost: number): void {
    if (this.#stopping) return
    this.#untold += lost
    this.#waiting.push(...events)
    const over = this.#waiting.length - MAX_WAITING
    if (over > 0) this.#drop(this.#waiting.splice(0, over).length)
    if (this.#waiting.length > 0) this.#work ??= this.#deliver()
  }

  /** Send what waits, for a moment. */
  async stop (): Promise<void> {
    this.#stopping = true
    this.#pauses.abort()
    const timer = setTimeout(() => { this.#end.abort() }, LAST_MS)
    await this.#work
    clearTimeout(timer)
    this.#request.close()
  }

  async #deliver (): Promise<void> {
    await this.#pause(GATHER_MS)
    while (this.#waiting.length > 0 && !this.#end.signal.aborted) await this.#deliverNext()
    this.#work = undefined
  }

  async #deliverNext (): Promise<void> {
    const events = this.#waiting.splice(0, MAX_BATCH)
    const untold = this.#untold
    this.#untold = 0
    const delivery = newDelivery(JSON.stringify({ type: 'security-events', events, dropped: untold }))
    let pause = FIRST_PAUSE_MS
    for (let attempt = 1; ; attempt++) {
      const failure = await this.#attempt(delivery)
      if (failure === undefined) {
        this.#sent += events.length
        return
      }
      this.#failures++
      if (failure.final || attempt === MAX_ATTEMPTS || this.#stopping || this.#end.signal.aborted) {
        this.#complain(failure.reason, events.length)
        this.#untold += untold
        this.#drop(events.length)
        return
      }
      this.#complain(failure.reason, 0)
      // The random part keeps several servers from coming together.
      await this.#pause(pause * (0.5 + Math.random() / 2))
      pause = Math.min(2 * pause, LONGEST_PAUSE_MS)
    }
  }

  async #attempt (
    delivery: Parameters<WebhookRequest['send']>[0]
  ): Promise<{ readonly reason: string, readonly final: boolean } | undefined> {
    let secret: Buffer
    try {
      // Anew each time: it may have been replaced.
      secret = await readWebhookSecret(this.#options.secretFile)
    } catch (error) {
      return { reason: (error as Error).message, final: false }
    }
    return await this.#request.send(delivery, secret, this.#end.signal)
  }

  async #pause (ms: number): Promise<void> {
    try { await sleep(ms, undefined, { signal: this.#pauses.signal, ref: false }) } catch { /* It ends. */ }
  }

  #drop (count: number): void {
    this.#dropped += count
    this.#untold += count
  }

  #complain (reason: string, dropped: number): void {
    const now = performance.now()
    if (now - this.#complainedAt < COMPLAIN_MS) return
    this.#complainedAt = now
    this.#log.warn(
      { webhook: this.#request.shown, reason, dropped, waiting: this.#waiting.length },
      'security events were not delivered'
    )
  }
}
