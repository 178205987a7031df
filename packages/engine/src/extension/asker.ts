import type { AnswerReader } from './answer.ts'

/** Who asks the extension about bytes, and hears its verdict: one direction of a connection. */
export interface Asker {
  /** Whose bytes they are: 0 the client's, 1 a server's. */
  readonly side: number
  /** The verdict on the oldest question without one. Read what is needed before returning: `answer` is reused. */
  onVerdict (answer: AnswerReader): void
}
