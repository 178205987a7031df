import type { Declaration } from '@weirlb/sdk/abi'
import type { AnswerReader } from '../extension/answer.ts'
import { shownAnswer } from '../trace/shown-answer.ts'
import type { ExplainedAnswer } from '../trace/shown.ts'

/** An answer of the extension as people are shown it, and what of it decides what follows. */
export interface Judged extends ExplainedAnswer {
  readonly op: number
  readonly then: number
  /** Of a stream: bytes that are needed beyond those shown. */
  readonly needed: number
}

/** Reads an answer for people; undefined when the memory holds no such answer. */
export const judgedOf = (answer: AnswerReader, declaration: Declaration, mapStack: (stack: string) => string): Judged | undefined => {
  const { op, then, count } = answer
  const shown = shownAnswer(answer, declaration, mapStack)
  return shown && { ...shown, op, then, needed: count }
}

/** How many verdicts about a stream an answer has. */
export const countsOf = (judged: Judged | undefined): number => judged === undefined ? 0 : judged.effects.filter(({ kind }) => kind === 'pass' || kind === 'drop').length
