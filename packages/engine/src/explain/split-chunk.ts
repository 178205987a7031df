import type { LbExplanation } from '../balancing/lb-explanation.ts'
import type { ExplainedEffect, ExplainedFrame } from '../trace/shown.ts'
import type { Judged } from './judged.ts'

/** What was decided of a chunk of a stream. */
export interface SplitChunk {
  /** One for each pass and drop. */
  readonly frames: readonly ExplainedFrame[]
  /** Where what is undecided begins; a pass may reach beyond the chunk. */
  readonly end: number
  /** What was done at the call whose verdict ends the chunk. */
  readonly effects: readonly ExplainedEffect[]
}

/** Take the many verdicts of one answer apart: `bytes[from..to)` were shown. The first bytes that go on choose the server, if `choose` says that they do. */
export const splitChunk = (answer: Judged, from: number, to: number, choose: () => { readonly decision: LbExplanation | undefined } | undefined): SplitChunk => {
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
    const keys = choice === undefined ? { token: undefined, session: undefined, via: undefined } : { token, session, via }
    const verdict = { op, at: site, count, then: undefined, replacedBy: undefined, why: undefined, reply: undefined, ...keys }
    frames.push({ offset: at, length: count, seen: true, why: 'stream', entered: Math.max(0, to - at), answer: { verdict, effects }, decision: choice?.decision })
    effects = []
    at += count
  }
  return { frames, end: at, effects }
}
