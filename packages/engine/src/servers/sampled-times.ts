import type { ServiceRuntime } from '../balancing/service.ts'
import type { Timeline } from '../life-record.ts'
import { type ArrivalTimes, FirstTimes } from './first-times.ts'

/** As `performance.now()`, but since 1970. */
const now = (): number => performance.timeOrigin + performance.now()

/** The times of a sampled connection: they are kept until its end. */
export class SampledTimes extends FirstTimes {
  readonly #arrivedAt: number
  readonly #openedAt: number
  #askedAt: number | undefined
  #decidedAt: number | undefined
  readonly #dials: { readonly service: string, readonly at: number, connectedAt: number | undefined }[] = []
  #sentAt: number | undefined
  #repliedAt: number | undefined

  /** `arrivedAt`: undefined if it was accepted just now, without layers. */
  constructor (arrivedAt: number | undefined) {
    super(arrivedAt)
    this.#openedAt = now()
    this.#arrivedAt = arrivedAt === undefined ? this.#openedAt : performance.timeOrigin + arrivedAt
  }

  get timeline (): Timeline {
    return {
      arrivedAt: this.#arrivedAt,
      openedAt: this.#openedAt,
      askedAt: this.#askedAt,
      decidedAt: this.#decidedAt,
      dials: this.#dials,
      sentAt: this.#sentAt,
      repliedAt: this.#repliedAt
    }
  }

  override asked (): void { this.#askedAt ??= now() }

  override messageDecided (vserver: ArrivalTimes): void {
    this.#decidedAt = now()
    super.messageDecided(vserver)
  }

  override dialled (service: ServiceRuntime): void {
    this.#dials.push({ service: service.name, at: now(), connectedAt: undefined })
    super.dialled(service)
  }

  override connected (vserver: ArrivalTimes, service: ServiceRuntime): void {
    const dial = this.#dials.at(-1)
    if (dial !== undefined) dial.connectedAt = now()
    super.connected(vserver, service)
  }

  override sent (): void {
    this.#sentAt = now()
    super.sent()
  }

  override replied (connection: Parameters<FirstTimes['replied']>[0]): void {
    this.#repliedAt = now()
    super.replied(connection)
  }
}
