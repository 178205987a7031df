import { Op, ThenIndex } from '@weirlb/sdk/abi'
import type { LbExplanation } from '../balancing/lb-explanation.ts'
import type { Cut } from '../framing/cut.ts'
import { TOO_LARGE } from '../framing/measure.ts'
import type { Judgement } from '../rehearsal/transcript.ts'
import type { ExplainedFrame } from '../trace/shown.ts'
import type { ExplainedRest } from './explanation.ts'
import { lastOf } from './explaining-lb.ts'
import type { JudgedAnswer } from './judged-answer.ts'
import { splitChunk } from './split-chunk.ts'

/** A reading's interface of a rehearsal. */
export interface Rehearsed {
  /** Length of the explained bytes. */
  readonly length: number
  /** About these bytes, in order. */
  readonly judgements: readonly Judgement<JudgedAnswer>[]
  /** The choices of servers, in order. */
  readonly decisions: readonly (LbExplanation | undefined)[]
  /** A server is chosen for each message, not once for the connection. */
  readonly perMessage: boolean
  /** The server was connected before. */
  readonly isServed: boolean
  /** The connection has ended. */
  readonly isOver: boolean
  /** It was tunnelled because the extension was unavailable. */
  readonly failedOpen: boolean
}

interface Choice {
  readonly decision: LbExplanation | undefined
  /** There is no server: the connection ends. */
  readonly refused: boolean
}

/** Reads a transcript back into the frames of the explained bytes, and the rest. */
export class Reading {
  readonly frames: ExplainedFrame[] = []
  rest: ExplainedRest | undefined
  /** State of the direction after the last frame. */
  then: number = ThenIndex.continue
  /** The service chosen last. */
  service: string | undefined
  /** A server has been chosen, or was connected before. */
  isChosen: boolean
  readonly #rehearsed: Rehearsed
  #judged = 0
  #chosen = 0

  constructor (rehearsed: Rehearsed) {
    this.#rehearsed = rehearsed
    this.isChosen = rehearsed.isServed
  }

  /** Reads a side of messages. */
  messages ({ frames, end, limited, broken }: Cut): void {
    for (const frame of frames) {
      const judgement = frame.why === 'handler' ? this.#rehearsed.judgements[this.#judged++] : undefined
      if (frame.why === 'handler' && judgement === undefined) return this.stopAt(frame.offset)
      const { offset, length } = frame
      const choice = judgement === undefined || judgement.answer.op === Op.forward ? this.#choose() : undefined
      // An uninspected frame that was not forwarded.
      if (judgement === undefined && choice !== undefined && choice.decision === undefined) return this.stopAt(offset)
      const byKeys = judgement?.call === 'keys'
      this.#add(
        byKeys ? { ...frame, why: 'keys', entered: 0 } : { ...frame, entered: frame.entry },
        judgement?.answer,
        choice?.decision
      )
      if (choice?.refused === true || (judgement !== undefined && isEnd(judgement)))
        return this.restFrom(offset + length, 'after-end')
      if (judgement?.answer.op !== Op.forward) continue
      this.then = judgement.answer.then
      if (this.then !== ThenIndex.continue) return this.restFrom(offset + length, 'piped')
    }
    if (broken === 0) this.restFrom(end, limited ? 'limit' : 'incomplete')
    else this.restFrom(end, broken === TOO_LARGE ? 'too-large' : 'malformed')
  }

  #add (
    { offset, length, why, entered }: Pick<ExplainedFrame, 'offset' | 'length' | 'why' | 'entered'>,
    answer: JudgedAnswer | undefined,
    decision: LbExplanation | undefined
  ): void {
    const shown = answer && { verdict: answer.verdict, effects: answer.effects }
    this.frames.push({
      offset,
      length,
      seen: answer !== undefined && why !== 'keys',
      why,
      entered,
      answer: shown,
      decision
    })
  }

  /**
   * Reads a side that the extension frames. Each pass or drop is a frame, and so are the bytes left at the last
   * verdict.
   */
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
      // The next judgement is about the rest, if there is one.
      if (op === Op.more && !judgement.ends && (at >= to || needed === 0 || to + needed <= length)) continue
      const decision = op === Op.pipe ? this.#choose()?.decision : undefined
      if (op === Op.pipe) this.then = answer.then
      if (at < length)
        this.frames.push({
          offset: at,
          length: length - at,
          seen: true,
          why: 'stream',
          entered: to - at,
          answer: { verdict: answer.verdict, effects: chunk.effects },
          decision
        })
      return
    }
  }

  /** Ends at bytes that the extension did not inspect. */
  stopAt (offset: number): void {
    const { isOver, failedOpen } = this.#rehearsed
    this.restFrom(offset, isOver ? 'after-end' : failedOpen ? 'piped' : 'limit')
  }

  restFrom (offset: number, why: ExplainedRest['why']): void {
    const length = this.#rehearsed.length - offset
    if (length > 0) this.rest = { offset, length, why }
  }

  /** Returns the choice of a server by the frame being forwarded; undefined if it needs none. */
  #choose (): Choice | undefined {
    if (this.isChosen && (!this.#rehearsed.perMessage || this.#rehearsed.isServed)) return undefined
    this.isChosen = true
    const decision = this.nextDecision()
    return { decision, refused: decision === undefined || lastOf(decision).refusal !== undefined }
  }

  /** Returns the next choice of a server that belongs to no frame yet. */
  nextDecision (): LbExplanation | undefined {
    const decision = this.#rehearsed.decisions[this.#chosen++]
    if (decision !== undefined) this.service = lastOf(decision).service
    return decision
  }
}

const isEnd = ({ ends, answer: { op } }: Judgement<JudgedAnswer>): boolean =>
  ends || op === Op.reject || op === Op.malformed || op === Op.threw
