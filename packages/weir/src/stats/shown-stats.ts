import {
  countsOf,
  isHistogram,
  quantileOf,
  statFields,
  sumOf,
  type EngineStats,
  type Histogram,
  type HistogramField
} from '@weirlb/engine'
import { recordFrom } from '@weirlb/model'

/** A histogram, and what people read off it. */
export interface ShownHistogram {
  /** Number of times in each bucket: one for each bound of its field, and one for what is above all of them. */
  readonly counts: readonly number[]
  /** In milliseconds. */
  readonly sum: number
  /** Number of times. */
  readonly count: number
  /** Half of the times are at most so long, in milliseconds; undefined: there are none. */
  readonly p50?: number | undefined
  /** 99 of 100 are. The largest bound, if more are above that. */
  readonly p99?: number | undefined
}

/** Statistics as they are shown. */
export type Shown<T> = T extends Histogram ? ShownHistogram : T extends object ? { [K in keyof T]: Shown<T[K]> } : T

const shownHistogram = ({ bounds }: HistogramField, histogram: Histogram): ShownHistogram => {
  const counts = countsOf(histogram)
  return {
    count: counts.reduce((sum, count) => sum + count, 0),
    sum: sumOf(histogram),
    p50: quantileOf(counts, bounds, 0.5),
    p99: quantileOf(counts, bounds, 0.99),
    counts
  }
}

/** The histograms of each collection's entities. */
const histograms = Object.entries(statFields).map(([collection, table]) =>
  [
    collection,
    Object.entries(table).flatMap(([name, entry]) => isHistogram(entry) ? [[name, entry] as const] : [])
  ] as const
)

type Entities = Record<string, Record<string, unknown>>

/** Returns statistics with quantiles. */
export const shownStats = <S extends EngineStats>(
  stats: S
): Omit<S, keyof EngineStats> & Shown<Pick<S, keyof EngineStats>> => {
  const shown: Record<string, Entities> = {}
  for (const [collection, fields] of histograms) {
    const entities = (stats as unknown as Record<string, Entities>)[collection]!
    shown[collection] = fields.length === 0
      ? entities
      : recordFrom(
        Object.entries(entities).map(([name, numbers]) =>
          [name, {
            ...numbers,
            ...Object.fromEntries(
              fields.map(([field, entry]) => [field, shownHistogram(entry, numbers[field] as Histogram)])
            )
          }] as const
        )
      )
  }
  return { ...stats, ...shown } as unknown as ReturnType<typeof shownStats<S>>
}
