import type { AnswerReader } from './answer.ts'

/** The sender of bytes to the extension and receiver of their verdict: one direction of a connection. */
export interface Asker {
  /** The sender of the bytes: 0 the client, 1 a server. */
  readonly side: number
  /** Called with the verdict on the oldest open request. `answer` is reused: read it before returning. */
  onVerdict (answer: AnswerReader): void
}
