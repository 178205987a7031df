import type { LbExplanation } from '../balancing/lb-explanation.ts'
import type { ExplainedEffect, ExplainedFrame } from '../trace/shown.ts'
import type { JudgedAnswer } from './judged-answer.ts'

/** The verdicts about one chunk of a stream. */
export interface SplitChunk {
  /** One for each pass or drop. */
  readonly frames: readonly ExplainedFrame[]
  /** Offset of the undecided bytes; a pass may reach beyond the chunk. */
  readonly end: number
  /** Effects of the call whose verdict ended the chunk. */
  readonly effects: readonly ExplainedEffect[]
}

/**
 * Splits an answer about a stream into its verdicts; the handler received `bytes[from..to)`. `choose` returns the
 * choice of a server by the bytes that pass, or undefined when they need none.
 */
export const splitChunk = (
  answer: JudgedAnswer,
  from: number,
  to: number,
  choose: () => { readonly decision: LbExplanation | undefined } | undefined
): SplitChunk => {
  const frames: ExplainedFrame[] = []
  const { token, session, via } = answer.verdict
  let effects: ExplainedEffect[] = []
  let at = from
  for (const effect of answer.effects) {
    if (effect.kind !== 'pass' && effect.kind !== 'drop') {
      effects.push(effect)
      continue
    }
    const { kind: op, count, at: site } = effect
    const choice = op === 'pass' ? choose() : undefined
    const keys = choice === undefined
      ? { token: undefined, session: undefined, via: undefined }
      : { token, session, via }
    const verdict = {
      op,
      at: site,
      count,
      then: undefined,
      replacedBy: undefined,
      why: undefined,
      reply: undefined,
      ...keys
    }
    frames.push({
      offset: at,
      length: count,
      seen: true,
      why: 'stream',
      entered: Math.max(0, to - at),
      answer: { verdict, effects },
      decision: choice?.decision
    })
    effects = []
    at += count
  }
  return { frames, end: at, effects }
}
