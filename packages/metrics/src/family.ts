/** A metric family: what is counted, of what, under which labels. */
export interface Family {
  /** The whole name, unit and `_total` included. */
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  /** Names of its labels, in their order; the buckets of a histogram have `le` beside them. */
  readonly labels: readonly string[]
  /** Of a histogram: the bounds of its buckets, ascending. */
  readonly bounds?: readonly number[] | undefined
}

/** Observations of a histogram: how many in each bucket, one more than it has bounds, and their sum. */
export interface Observations { readonly counts: readonly number[], readonly sum: number }

/** One number of a family, or what a histogram has observed. */
export interface Sample {
  /** In the order of the family's labels. */
  readonly labels: readonly string[]
  readonly value: number | Observations
}
