/** How fast host names are followed, in milliseconds. */
export interface Pace {
  /** A time to live of less is taken as this. */
  readonly minTtlMs: number
  /** One of more is taken as this: an operator who moves a server expects it to be noticed. */
  readonly maxTtlMs: number
  /** Look-ups that fail are repeated after this, then twice that, and so on. */
  readonly retryMs: number
  readonly maxRetryMs: number
  /** Time for all questions about one name. */
  readonly answerMs: number
  /** Of one question to one server, at first. */
  readonly questionMs: number
  /** A change of the configuration waits so long for names whose addresses are servers. */
  readonly firstMs: number
  /** Changes of addresses are applied together, and at most so often. */
  readonly applyMs: number
}

/** The pace of a Weir. */
export const usualPace: Pace = {
  minTtlMs: 1000,
  maxTtlMs: 3_600_000,
  retryMs: 1000,
  maxRetryMs: 30_000,
  answerMs: 5000,
  questionMs: 1500,
  firstMs: 2000,
  applyMs: 500
}
