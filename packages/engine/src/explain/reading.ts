import { Op, ThenIndex } from '@weirlb/sdk/abi'
import type { LbExplanation } from '../balancing/lb-explanation.ts'
import type { Cut, CutFrame } from '../framing/cut.ts'
import { MALFORMED } from '../framing/measure.ts'
import type { Judgement } from '../rehearsal/transcript.ts'
import type { ExplainedFrame } from '../trace/shown.ts'
import type { ExplainedRest } from './explanation.ts'
import { lastOf } from './explaining-lb.ts'
import type { Judged } from './judged.ts'
import { splitChunk } from './split-chunk.ts'

/** What was rehearsed, and what became of it. */
export interface Rehearsed {
  /** Length of what was said. */
  readonly length: number
  /** About what was said, in order. */
  readonly judgements: readonly Judgement<Judged>[]
  /** How servers were chosen, in order. */
  readonly decisions: readonly (LbExplanation | undefined)[]
  /** A server is chosen for each message, not at the first one that passes. */
  readonly perMessage: boolean
  /** The server was there before. */
  readonly isServed: boolean
  /** The connection has ended. */
  readonly isOver: boolean
  /** It was tunnelled, because the extension could not be asked. */
  readonly failedOpen: boolean
}

interface Choice { readonly decision: LbExplanation | undefined, /** No server: the connection ends. */ readonly refused: boolean }

/** What a transcript says of the bytes that are explained: what became of each frame, and what is left. */
export class Reading {
  readonly frames: ExplainedFrame[] = []
  rest: ExplainedRest | undefined
  /** This direction passes unseen behind the last frame. */
  then: number = ThenIndex.continue
  /** The service that was chosen last. */
  service: string | undefined
  /** A server has been chosen, or was there before. */
  isChosen: boolean
  readonly #rehearsed: Rehearsed
  #judged = 0
  #chosen = 0

  constructor (rehearsed: Rehearsed) {
    this.#rehearsed = rehearsed
    this.isChosen = rehearsed.isServed
  }

  /** A side that was cut in frames. */
  messages ({ frames, end, limited, broken }: Cut): void {
    for (const frame of frames) {
      const judgement = frame.why === 'handler' ? this.#rehearsed.judgements[this.#judged++] : undefined
      if (frame.why === 'handler' && judgement === undefined) return this.stopAt(frame.offset)
      const { offset, length } = frame
      const choice = judgement === undefined || judgement.answer.op === Op.forward ? this.#choose() : undefined
      // Nobody was asked about it, and it has not gone on.
      if (judgement === undefined && choice !== undefined && choice.decision === undefined) return this.stopAt(offset)
      this.#add(frame, judgement?.answer, choice?.decision)
      if (choice?.refused === true || (judgement !== undefined && isEnd(judgement))) return this.restFrom(offset + length, 'after-end')
      if (judgement?.answer.op !== Op.forward) continue
      this.then = judgement.answer.then
      if (this.then !== ThenIndex.continue) return this.restFrom(offset + length, 'piped')
    }
    if (broken === 0) this.restFrom(end, limited ? 'limit' : 'incomplete')
    else this.restFrom(end, broken === MALFORMED ? 'malformed' : 'too-large')
  }

  #add ({ offset, length, why, entry }: CutFrame, answer: Judged | undefined, decision: LbExplanation | undefined): void {
    const shown = answer && { verdict: answer.verdict, effects: answer.effects }
    this.frames.push({ offset, length, seen: answer !== undefined, why, entered: entry, answer: shown, decision })
  }

  /** A side that the extension cuts itself. Each pass is a frame of its own, and so is what is left of the bytes when the last verdict ends them. */
  stream (): void {
    const { length, judgements } = this.#rehearsed
    let at = 0
    for (;;) {
      const judgement = judgements[this.#judged++]
      if (judgement === undefined) return this.stopAt(at)
      const { answer, entered } = judgement
      const { op, needed } = answer
      const to = at + entered
      let refused = false
      const chunk = splitChunk(answer, at, to, () => {
        const choice = this.#choose()
        refused ||= choice?.refused === true
        return choice
      })
      this.frames.push(...chunk.frames)
      at = chunk.end
      if (refused) return this.restFrom(at, 'after-end')
      // It was asked again, or there is nothing to ask about.
      if (op === Op.more && !judgement.ends && (at >= to || needed === 0 || to + needed <= length)) continue
      const decision = op === Op.pipe ? this.#choose()?.decision : undefined
      if (op === Op.pipe) this.then = answer.then
      if (at < length) this.frames.push({ offset: at, length: length - at, seen: true, why: 'stream', entered: to - at, answer: { verdict: answer.verdict, effects: chunk.effects }, decision })
      return
    }
  }

  /** The extension was not asked about what begins here, nor about anything behind it. */
  stopAt (offset: number): void {
    const { isOver, failedOpen } = this.#rehearsed
    this.restFrom(offset, isOver ? 'after-end' : failedOpen ? 'piped' : 'limit')
  }

  restFrom (offset: number, why: ExplainedRest['why']): void {
    const length = this.#rehearsed.length - offset
    if (length > 0) this.rest = { offset, length, why }
  }

  /** How the server is chosen by what goes on now; undefined when there is one already. */
  #choose (): Choice | undefined {
    if (this.isChosen && (!this.#rehearsed.perMessage || this.#rehearsed.isServed)) return undefined
    this.isChosen = true
    const decision = this.nextDecision()
    return { decision, refused: decision === undefined || lastOf(decision).refusal !== undefined }
  }

  /** The next choice of a server that no frame before has made. */
  nextDecision (): LbExplanation | undefined {
    const decision = this.#rehearsed.decisions[this.#chosen++]
    if (decision !== undefined) this.service = lastOf(decision).service
    return decision
  }
}

const isEnd = ({ ends, answer: { op } }: Judgement<Judged>): boolean => ends || op === Op.reject || op === Op.malformed || op === Op.threw
