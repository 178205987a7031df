import type { Declaration } from '@weirlb/sdk/abi'
import type { AnswerReader } from '../extension/answer.ts'
import { shownAnswer } from '../trace/shown-answer.ts'
import type { ExplainedAnswer } from '../trace/shown.ts'

/** An answer of the extension in its shown form, with the parts that decide what follows. */
export interface JudgedAnswer extends ExplainedAnswer {
  readonly op: number
  readonly then: number
  /** For a stream: further bytes needed beyond those shown. */
  readonly needed: number
}

/** Returns the shown form of an answer; undefined when the memory holds no such answer. */
export const judgedAnswer = (
  answer: AnswerReader,
  declaration: Declaration,
  mapStack: (stack: string) => string
): JudgedAnswer | undefined => {
  const { op, then, count } = answer
  const shown = shownAnswer(answer, declaration, mapStack)
  return shown && { ...shown, op, then, needed: count }
}

/** Returns the number of passes and drops in an answer about a stream. */
export const countsOf = (judged: JudgedAnswer | undefined): number =>
  judged === undefined ? 0 : judged.effects.filter(({ kind }) => kind === 'pass' || kind === 'drop').length
