import { Op } from '@weirlb/sdk/abi'
import type { ByteLink } from '@weirlb/link'
import type { AnswerReader } from '../extension/answer.ts'
import type { StreamSpec } from '../framing/spec.ts'
import type { Owner } from './owner.ts'
import type { Side } from './side.ts'
import { JudgedInlet } from './judged-inlet.ts'

/** Returns the fault of an extension that needs more bytes than may wait. */
export const needsTooMuch = (needed: number, most: number): string =>
  `the extension needs ${needed} bytes at once; at most ${most} may wait (bufferedBytes, heldBytes)`

/**
 * One direction that the extension frames itself. It receives the undecided bytes, one request at a time, and returns
 * counts:
 *
 *   quiet ──(`need` bytes are undecided, or the stream has ended)──► in the sandbox ──(counts, and bytes still
 * needed)──► quiet
 */
export class StreamInlet extends JudgedInlet {
  readonly #spec: StreamSpec
  /** Bytes that are in the sandbox now; 0: none. */
  #asked = 0
  /** Of those, bytes that the answer has decided. */
  #judged = 0
  /** The extension has received the end of the stream with its bytes. */
  #told = false
  /** Undecided bytes that must be here before the next request. */
  #need = 1

  constructor (owner: Owner, side: Side, link: ByteLink, spec: StreamSpec, bufferedBytes: number) {
    super(owner, side, link, bufferedBytes, spec.beginning)
    this.#spec = spec
  }

  onEnd (): void {
    this.ended = true
    // The undecided bytes may be sent again, now with their end.
    this.advance()
    if (this.piped) this.finishIfDone()
  }

  protected ask (): void {
    const undecided = this.end - this.ready
    if (this.#asked > 0 || undecided <= 0 || (undecided < this.#need && !this.ended)) return
    if (!this.owner.onward.mayTake(this, 0)) return
    const shown = Math.min(undecided, this.#spec.entryBytes)
    const last = this.ended && shown === undecided
    if (!this.owner.askData(this, this.buffer, this.ready, this.ready + shown, last)) return
    this.#asked = shown
    this.#judged = 0
    this.#told = last
  }

  override decide (answer: AnswerReader, passes: boolean): boolean {
    // Only the last count of an answer may reach beyond the bytes here.
    if (this.#asked === 0 || !this.settled) return false
    const count = answer.effectCount
    if (passes) {
      this.owner.onward.begin(this, answer, count)
      if (this.owner.ending) return true
    }
    this.#judged += count
    if (passes) this.ready += count
    else this.replace(count, undefined)
    return true
  }

  protected decided (answer: AnswerReader): void {
    const left = Math.max(0, this.#asked - this.#judged)
    this.#asked = 0
    this.#need = 1
    if (answer.op === Op.pipe) {
      this.owner.onward.begin(this, answer, 0)
      if (!this.owner.ending) this.pipe()
    } else if (answer.count === 0 && this.#judged === 0)
      this.owner.extensionFailed('the sandbox answered nothing about the bytes that it was shown')
    else if (answer.count > 0 && left > 0) this.#wait(left, answer.count)
  }

  /** The `left` bytes stay undecided until `count` more are there. */
  #wait (left: number, count: number): void {
    const most = Math.min(this.cap, this.#spec.entryBytes)
    if (left + count > most) {
      this.owner.onBroken(this, needsTooMuch(left + count, most))
    } else if (this.#told) {
      this.owner.onBroken(this, `the stream ended ${count} bytes before the extension could judge its last ${left}`)
    } else {
      this.#need = left + count
    }
  }

  get judgedLength (): number { return 0 }
  get behind (): number { return this.end - this.ready }

  opened (): void { this.batchEnd() }

  pipe (): void {
    if (this.piped) return
    this.piped = true
    this.#asked = 0
    if (this.ready < this.end) this.ready = this.end
  }

  protected finishIfDone (): void {
    if (!this.ended || (!this.piped && (this.#asked > 0 || this.end > this.ready))) return
    this.ended = false
    this.owner.onSideEnded(this)
  }

  override incomplete (): string | undefined {
    const held = this.end - this.ready
    return held <= 0 || this.piped || this.#asked > 0 || held >= this.#need
      ? undefined
      : `${held} of ${this.#need} bytes that the extension needs`
  }

  get asks (): boolean { return this.#asked > 0 }
  protected moved (): void {}
  protected emptied (): void {}
}
