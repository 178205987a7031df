import { type Monitor as MonitorConfig, patternOf } from '@weirlb/model'
import type { DialTarget, Transport } from '@weirlb/link'
import { Exchange } from './exchange.ts'
import type { MonitorEvents, MonitorMeans } from './monitor.ts'
import { PacedMonitor } from './paced-monitor.ts'

const hexOf = (byte: number): string => `0x${byte.toString(16).padStart(2, '0')}`

/** Compares a reply with a pattern as it comes; nothing of it is kept. */
class PatternExchange extends Exchange {
  readonly #pattern: readonly number[]
  readonly #skip: number
  readonly #done: (failure: string | undefined) => void
  readonly #faulted: (error: unknown) => void
  #seen = 0

  /** Begin; `done` is called once, with why the reply does not fit, or `faulted` with a fault of Weir. */
  constructor (
    question: Uint8Array,
    pattern: readonly number[],
    skip: number,
    transport: Transport,
    target: DialTarget,
    done: (failure: string | undefined) => void,
    faulted: (error: unknown) => void
  ) {
    super(transport, target, question)
    this.#pattern = pattern
    this.#skip = skip
    this.#done = done
    this.#faulted = faulted
  }

  protected override onReply (bytes: Uint8Array): void {
    for (const byte of bytes) {
      const at = this.#seen++ - this.#skip
      const expected = at < 0 ? -1 : this.#pattern[at]!
      if (expected >= 0 && expected !== byte) {
        this.fail(`byte ${this.#seen} of the reply is ${hexOf(byte)}; expected ${hexOf(expected)}`)
        return
      }
      if (at === this.#pattern.length - 1) {
        if (this.end()) this.#done(undefined)
        return
      }
    }
  }

  protected override get soFar (): string {
    return this.#seen === 0 ? '' : `, but ${this.#seen} of ${this.#skip + this.#pattern.length} bytes`
  }
  protected override onFailure (reason: string): void {
    this.#done(reason)
  }
  protected override onFaulted (error: unknown): void {
    this.#faulted(error)
  }
}

/** Sends bytes to a server, and compares its reply. */
export class SendExpectMonitor extends PacedMonitor {
  readonly #question: Uint8Array
  readonly #pattern: readonly number[]
  readonly #skip: number
  readonly #target: DialTarget
  readonly #transport: Transport
  #exchange: PatternExchange | undefined

  constructor (
    config: Extract<MonitorConfig, { type: 'send-expect' }>,
    target: DialTarget,
    means: MonitorMeans,
    events: MonitorEvents
  ) {
    super(config, means, events)
    this.#question = Uint8Array.from(patternOf(config.send, config.format))
    this.#pattern = patternOf(config.expect, config.format)
    this.#skip = config.skip
    this.#target = target
    this.#transport = means.transport
  }

  protected override begin (): void {
    // The link owns what it is given.
    this.#exchange = new PatternExchange(
      this.#question.slice(),
      this.#pattern,
      this.#skip,
      this.#transport,
      this.#target,
      failure => {
        if (failure === undefined) this.succeeded('the reply is as expected')
        else this.failed(failure)
      },
      error => {
        this.faulted(error)
      }
    )
  }

  protected override cancel (): void { this.#exchange?.cancel() }
}
