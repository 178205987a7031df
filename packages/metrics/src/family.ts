/** A metric family: what is counted, of what, under which labels. */
export interface Family {
  /** The whole name, unit and `_total` included. */
  readonly name: string
  readonly type: 'counter' | 'gauge'
  readonly help: string
  /** Names of its labels, in their order. */
  readonly labels: readonly string[]
}

/** One number of a family. */
export interface Sample {
  /** In the order of the family's labels. */
  readonly labels: readonly string[]
  readonly value: number
}
