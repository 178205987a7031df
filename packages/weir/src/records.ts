import type { BeginRecord, BoundedReport, EndKind, EndRecord, RecordSink, Timeline } from '@weirlb/engine'
import type { AccessLog } from './access-log/access-log.ts'
import type { LifePost } from './lives/life-post.ts'
import type { SampledConnection } from './spans/sampled.ts'

/** What is reported to the control process, or in this one. */
export interface Onlookers { readonly lives: LifePost, readonly sampled: BoundedReport<SampledConnection> }

/** Takes the records of this process's connections and requests, for the access log and for those who look on. */
export class Records implements RecordSink {
  readonly accessLog: AccessLog | undefined
  readonly lives: LifePost

  readonly #spanShare: number
  readonly #sampled: BoundedReport<SampledConnection>

  /** `spanShare`: share of the connections that `sampled` gets at their end, 0 to 1. */
  constructor (accessLog: AccessLog | undefined, { lives, sampled }: Onlookers, spanShare: number) {
    this.accessLog = accessLog
    this.lives = lives
    this.#sampled = sampled
    this.#spanShare = spanShare
  }

  get wantsBegins (): boolean { return this.lives.wanted }
  get wantsEnds (): boolean { return this.accessLog !== undefined || this.lives.wanted }

  onBegin (record: BeginRecord): void { this.lives.add({ type: 'begin', time: Date.now(), ...record }) }

  onEnd (kind: EndKind, record: EndRecord): void {
    this.accessLog?.record(kind, record)
    if (this.lives.wanted) this.lives.add({ type: 'end', time: Date.now(), kind, ...record })
  }

  sample (): boolean { return this.#spanShare > 0 && Math.random() < this.#spanShare }

  onSampled (record: EndRecord, timeline: Timeline): void {
    if (this.#sampled.take())
      this.#sampled.add({ record, timeline, endedAt: performance.timeOrigin + performance.now() })
  }

  /** Report what was seen in this turn of the event loop. */
  flush (): void { this.#sampled.flush() }
}
