import type { EndRecord, Timeline } from '@weirlb/engine'

/** A sampled connection at its end. */
export interface SampledConnection {
  readonly record: EndRecord
  readonly timeline: Timeline
  /** Milliseconds since 1970 (UTC). */
  readonly endedAt: number
}
